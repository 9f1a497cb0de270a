-- zh: 未来24个月预计退休人数
-- en: Expected retirements in the next 24 months
-- means: Living persons in a pension line who draw no pension and reach retirement age, by the ages in force since 2025. Women of employers retire at 50 or 55 (before the delay), which no department reports: people_low counts those certain to reach it, people all who may.
-- means zh: 在保、在世、未领取养老金且将到法定退休年龄的人数（按2025年起渐进式延迟退休）。女职工原定50岁或55岁无数据可区分：people_low 为确定者，people 为可能者。
-- param start: date = null; first month; the next one when left out / 起始月份，缺省为下月
-- param months: integer = 24; number of months / 月数
-- column month: month retirement age is reached / 到龄月份
-- column insurance_code: mart.insurance_line / 险种
-- column people_low: persons certain to reach it / 确定人数
-- column people: persons who may / 可能人数
-- chart: month people
-- The ages: decision of the NPC Standing Committee of 2024-09-13: men 60 -> 63 and women of 55 -> 58 by one month for every four months of birth, women of 50 -> 55
-- by one month for every two, for births from 1965-01, 1970-01 and 1975-01 on; residents' pension 60.
with span as (
    select date_trunc('month', coalesce(:start, (current_date + interval '1 month')::date))::date as first
), alike as ( -- counted before any date is reckoned
    select p.sex_code, line.insurance_code, p.birth_month, count(*) as people
    from mart.person p cross join unnest(p.lines) as line (insurance_code)
    where line.insurance_code in ('110', '120', '170') and p.death_month is null and p.pensions = 0 and length(p.birth_month) = 7
        and p.birth_month between '1955-01' and to_char((select first from span) + make_interval(months => :months) - interval '50 years', 'YYYY-MM')
    group by 1, 2, 3
), born as (
    select sex_code, insurance_code, to_date(birth_month, 'YYYY-MM') as birth, people from alike
), rule as (
    select b.*, r.years, r.certain, (b.birth + make_interval(years => r.years, months => case when b.insurance_code = '170' or b.birth < r.since then 0
        else least(r.most, (((extract(year from b.birth) - extract(year from r.since)) * 12 + extract(month from b.birth) - 1)::int / r.every) + 1) end))::date as month
    from born b join (values
        ('1', 'work', 60, date '1965-01-01', 4, 36, true), ('2', 'work', 50, date '1975-01-01', 2, 60, false), ('2', 'work', 55, date '1970-01-01', 4, 36, false),
        ('1', 'resident', 60, date '1965-01-01', 4, 0, true), ('2', 'resident', 60, date '1965-01-01', 4, 0, true)
    ) as r (sex_code, kind, years, since, every, most, certain)
    on r.sex_code = b.sex_code and r.kind = case when b.insurance_code = '170' then 'resident' else 'work' end
)
select month, insurance_code, coalesce(sum(people) filter (where certain), 0)::bigint as people_low, sum(people)::bigint as people
from rule cross join span where month >= first and month < first + make_interval(months => :months) group by 1, 2 order by 1, 2
