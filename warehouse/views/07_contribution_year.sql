-- mart.contribution_year: what was paid for a person in a line and year, the months as bits; grain: person, employer, source, line, area, year.
-- A month counts when more was paid for it than taken back; withdrawn lines do not. Twelve times fewer rows than mart.contribution: count people and months here.
-- (months >> (m - 1)) & 1 = 1 says that month m is paid.
create view mart.contribution_year as
select {key f.person_no} as person_key, f.employer_no, f.source, f.insurance_code, f.area_code, f.year, f.months, f.lines, f.base_amount, f.person_amount, f.employer_amount
from star.contribution_year f where {known f};
comment on view mart.contribution_year is 'contributions of a person in a line and year, the months as bits / 年度缴费：人员×险种×年，月份按位';
comment on column mart.contribution_year.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from contribution.person_key
comment on column mart.contribution_year.employer_no is 'mart.employer; null where the person pays alone / 单位号，个人缴费为空'; -- from contribution.employer_key
comment on column mart.contribution_year.source is 'mart.source / 来源系统'; -- made: the source the row came from
comment on column mart.contribution_year.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.contribution_year.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from contribution.area_code
comment on column mart.contribution_year.year is 'year of the months paid for / 所属年度'; -- from contribution.period_month
comment on column mart.contribution_year.months is 'bit 0 January … bit 11 December: months with more paid than taken back / 已缴月份，第0位为一月'; -- from contribution.period_month, contribution.person_amount, contribution.employer_amount
comment on column mart.contribution_year.lines is 'lines / 明细行数'; -- from contribution.period_month
comment on column mart.contribution_year.base_amount is 'sum of the bases, yuan / 缴费基数合计（元）'; -- from contribution.base_amount
comment on column mart.contribution_year.person_amount is 'yuan / 个人缴费合计（元）'; -- from contribution.person_amount
comment on column mart.contribution_year.employer_amount is 'yuan / 单位缴费合计（元）'; -- from contribution.employer_amount
