-- star.contribution_year of the persons in question: a month counts when more was paid for it than taken back
with monthly as (
    select c.person_no, c.employer_no, c.source, c.insurance_code, c.area_code, c.period_month, count(*) as lines, sum(c.base_amount) as base_amount,
        sum(c.person_amount) as person_amount, sum(c.employer_amount) as employer_amount
    from star.contribution c join touched using (person_no)
    where c.known_to = 'infinity' and not c.is_withdrawn and c.period_month is not null group by 1, 2, 3, 4, 5, 6
)
select person_no, employer_no, source, insurance_code, area_code, extract(year from period_month)::int as year,
    bit_or(case when coalesce(person_amount, 0) + coalesce(employer_amount, 0) > 0 then 1 << (extract(month from period_month)::int - 1) else 0 end) as months,
    sum(lines)::int as lines, sum(base_amount) as base_amount, sum(person_amount) as person_amount, sum(employer_amount) as employer_amount
from monthly group by 1, 2, 3, 4, 5, 6
