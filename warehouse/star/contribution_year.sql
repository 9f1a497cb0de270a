-- star.contribution_year of the persons in question: a month counts when more was paid for it than taken back
with yearly as (
    select c.person_no, c.employer_no, c.source, c.insurance_code, c.area_code, extract(year from c.period_month)::int as year,
        bit_or(case when coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0) > 0 then 1 << (extract(month from c.period_month)::int - 1) else 0 end) as months,
        bool_or(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0) < 0) as is_taken_back, count(*)::int as lines, sum(c.base_amount) as base_amount,
        sum(c.person_amount) as person_amount, sum(c.employer_amount) as employer_amount
    from star.contribution c join touched using (person_no)
    where c.known_to = 'infinity' and not c.is_withdrawn and c.period_month is not null group by 1, 2, 3, 4, 5, 6
), net as ( -- only where something was taken back need the months be added up one by one
    select person_no, employer_no, source, insurance_code, area_code, year, bit_or(1 << (extract(month from period_month)::int - 1)) as months from (
        select y.person_no, y.employer_no, y.source, y.insurance_code, y.area_code, y.year, c.period_month
        from yearly y join star.contribution c on c.person_no = y.person_no and c.source = y.source and c.employer_no is not distinct from y.employer_no
            and c.insurance_code is not distinct from y.insurance_code and c.area_code is not distinct from y.area_code
            and extract(year from c.period_month)::int = y.year
        where y.is_taken_back and c.known_to = 'infinity' and not c.is_withdrawn
        group by 1, 2, 3, 4, 5, 6, 7 having sum(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0)) > 0
    ) month group by 1, 2, 3, 4, 5, 6
)
select y.person_no, y.employer_no, y.source, y.insurance_code, y.area_code, y.year, case when y.is_taken_back then coalesce(n.months, 0) else y.months end as months,
    y.lines, y.base_amount, y.person_amount, y.employer_amount
from yearly y left join net n on y.is_taken_back and n.person_no = y.person_no and n.year = y.year and n.source = y.source
    and n.employer_no is not distinct from y.employer_no and n.insurance_code is not distinct from y.insurance_code and n.area_code is not distinct from y.area_code
