-- mart.contribution_gap: months without a contribution between two paid ones, in the books of one department; grain: person, source, line, gap.
create view mart.contribution_gap as
select {key f.person_no} as person_key, f.source, f.insurance_code, f.area_code, f.first_month, f.last_month, f.months from star.contribution_gap f where {known f};
comment on view mart.contribution_gap is 'months without a contribution between two paid ones / 断缴：两次缴费之间无缴费的月份';
comment on column mart.contribution_gap.person_key is 'mart.person / 人员键'; -- from contribution.person_key
comment on column mart.contribution_gap.source is 'mart.source: in whose books / 来源系统'; -- made: the source the row came from
comment on column mart.contribution_gap.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.contribution_gap.area_code is 'pooling area of the latest year paid, GB/T 2260 / 最近缴费的统筹区'; -- from contribution.area_code
comment on column mart.contribution_gap.first_month is 'first month without / 断缴首月'; -- from contribution.period_month
comment on column mart.contribution_gap.last_month is 'last month without / 断缴末月'; -- from contribution.period_month
comment on column mart.contribution_gap.months is 'months without / 断缴月数'; -- from contribution.period_month
