-- mart.contribution_gap: months without a contribution between two paid ones, in the books of one department; grain: person, source, line, gap.
create view mart.contribution_gap as
select {key f.person_no} as person_key, f.source, f.insurance_code, f.area_code, f.first_month, f.last_month, f.months,
    (select p.agreement from star.person p where p.person_no = f.person_no and {known p}) as agreement,
    (select p.doubts from star.person p where p.person_no = f.person_no and {known p}) as doubts
from star.contribution_gap f where {known f};
comment on view mart.contribution_gap is 'months without a contribution between two paid ones / 断缴：两次缴费之间无缴费的月份';
comment on column mart.contribution_gap.person_key is 'mart.person / 人员键'; -- from contribution.person_key
comment on column mart.contribution_gap.source is 'mart.source: in whose books / 来源系统'; -- made: the source the row came from
comment on column mart.contribution_gap.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.contribution_gap.area_code is 'pooling area of the latest year paid, GB/T 2260 / 最近缴费的统筹区'; -- from contribution.area_code
comment on column mart.contribution_gap.first_month is 'first month without / 断缴首月'; -- from contribution.period_month
comment on column mart.contribution_gap.last_month is 'last month without / 断缴末月'; -- from contribution.period_month
comment on column mart.contribution_gap.months is 'months without / 断缴月数'; -- from contribution.period_month
comment on column mart.contribution_gap.agreement is 'mart.person.agreement: how far the links of the person rest on one number / 归一依据强度'; -- from person_record.id_number
comment on column mart.contribution_gap.doubts is 'mart.person.doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数'; -- made: pairs that matching left to a steward
