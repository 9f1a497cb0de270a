-- mart.base_difference: months for which two departments hold different bases of one person at one employer; grain: person, employer, line, month, two sources.
create view mart.base_difference as
select {key f.person_no} as person_key, f.employer_no, f.insurance_code, f.area_code, f.month, f.source, f.base_amount, f.other_source, f.other_base_amount,
    (select p.agreement from star.person p where p.person_no = f.person_no and {known p}) as agreement,
    (select p.doubts from star.person p where p.person_no = f.person_no and {known p}) as doubts
from star.base_difference f where {known f};
comment on view mart.base_difference is 'months for which two departments hold different contribution bases / 缴费基数不一致';
comment on column mart.base_difference.person_key is 'mart.person / 人员键'; -- from contribution.person_key
comment on column mart.base_difference.employer_no is 'mart.employer / 单位号'; -- from contribution.employer_key
comment on column mart.base_difference.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.base_difference.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from contribution.area_code
comment on column mart.base_difference.month is 'month the base is for / 费款所属期'; -- from contribution.period_month
comment on column mart.base_difference.source is 'mart.source: one department / 来源系统一'; -- made: the source the row came from
comment on column mart.base_difference.base_amount is 'its base, yuan / 其缴费基数（元）'; -- from contribution.base_amount
comment on column mart.base_difference.other_source is 'mart.source: the other department / 来源系统二'; -- made: the source the row came from
comment on column mart.base_difference.other_base_amount is 'its base, yuan / 其缴费基数（元）'; -- from contribution.base_amount
comment on column mart.base_difference.agreement is 'mart.person.agreement: how far the links of the person rest on one number / 归一依据强度'; -- from person_record.id_number
comment on column mart.base_difference.doubts is 'mart.person.doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数'; -- made: pairs that matching left to a steward
