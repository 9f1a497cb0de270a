-- star.benefit_year of the persons in question, with the months that should not be: after the death, while an employer paid contributions, or paid elsewhere too
with monthly as (
    select b.person_no, b.source, b.insurance_code, b.area_code, b.benefit_code, b.period_month, count(*) as payments, sum(b.amount) as amount
    from star.benefit b join touched using (person_no)
    where b.known_to = 'infinity' and not b.is_withdrawn and b.period_month is not null group by 1, 2, 3, 4, 5, 6
), marked as (
    select m.*, 1 << (extract(month from m.period_month)::int - 1) as bit, extract(year from m.period_month)::int as year,
        coalesce(to_char(m.period_month, case length(p.death_month) when 4 then 'YYYY' else 'YYYY-MM' end) > p.death_month, false) as is_after_death
    from monthly m left join star.person p on p.person_no = m.person_no and p.known_to = 'infinity' where m.amount > 0
), yearly as (
    select person_no, source, insurance_code, area_code, benefit_code, year, bit_or(bit) as months,
        bit_or(case when payments > 1 then bit else 0 end) as twice, bit_or(case when is_after_death then bit else 0 end) as after_death,
        sum(payments)::int as payments, sum(amount) as amount
    from marked group by 1, 2, 3, 4, 5, 6
), paid as (
    select y.person_no, y.year, bit_or(y.months) as months from star.contribution_year y join touched using (person_no)
    where y.known_to = 'infinity' and y.employer_no is not null group by 1, 2
), numbered as (
    select *, row_number() over () as row, count(*) over (partition by person_no, benefit_code, year) as places from yearly
), other as (
    select b.row, bit_or(o.months) as months from numbered b
    join numbered o on o.person_no = b.person_no and o.year = b.year and o.benefit_code is not distinct from b.benefit_code and o.row <> b.row
    where b.places > 1 and b.person_no <> 0 group by 1
)
select b.person_no, b.source, b.insurance_code, b.area_code, b.benefit_code, b.year, b.months, b.twice, b.after_death,
    b.months & coalesce(p.months, 0) as employed, b.payments, b.amount, b.months & coalesce(o.months, 0) as elsewhere
from numbered b
left join paid p on p.person_no = b.person_no and p.person_no <> 0 and p.year = b.year
left join other o on o.row = b.row
