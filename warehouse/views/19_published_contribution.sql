-- mart.published_contribution: persons paid for and amounts, for everybody: cells under ten persons are suppressed; grain: year, line, area.
create view mart.published_contribution as
with cell as (
    select year, insurance_code, area_code, count(distinct person_no) as people, sum(person_amount) as person_amount, sum(employer_amount) as employer_amount
    from star.contribution_year where known_to = 'infinity' and months > 0 and person_no <> 0 group by 1, 2, 3
)
select year, insurance_code, area_code, case when people >= 10 then people end as people, case when people >= 10 then person_amount end as person_amount,
    case when people >= 10 then employer_amount end as employer_amount
from cell;
comment on view mart.published_contribution is 'persons paid for and amounts, cells under 10 persons suppressed / 缴费人数与金额（公开），不足10人不公布';
comment on column mart.published_contribution.year is 'year of the months paid for / 所属年度'; -- from contribution.period_month
comment on column mart.published_contribution.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.published_contribution.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from contribution.area_code
comment on column mart.published_contribution.people is 'persons; null where suppressed / 人数，空为不公布'; -- from contribution.person_key
comment on column mart.published_contribution.person_amount is 'yuan; null where suppressed / 个人缴费合计（元）'; -- from contribution.person_amount
comment on column mart.published_contribution.employer_amount is 'yuan; null where suppressed / 单位缴费合计（元）'; -- from contribution.employer_amount
