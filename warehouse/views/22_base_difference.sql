-- mart.base_difference: months for which two departments hold different bases of one person at one employer; grain: person, employer, line, month, two sources.
create view mart.base_difference as
select {key f.person_no} as person_key, f.employer_no, f.insurance_code, f.area_code, f.month, f.source, f.base_amount, f.other_source, f.other_base_amount
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
