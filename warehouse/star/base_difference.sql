-- star.base_difference of the persons in question: the base of a month by two departments, normal lines of one employer only
with base as (
    select c.person_no, c.employer_no, c.insurance_code, c.period_month as month, c.source, min(c.area_code) as area_code, sum(c.base_amount) as base_amount
    from star.contribution c join touched using (person_no)
    where c.known_to = 'infinity' and not c.is_withdrawn and c.person_no <> 0 and c.base_amount is not null group by 1, 2, 3, 4, 5
)
select a.person_no, a.employer_no, a.insurance_code, a.area_code, a.month, a.source, a.base_amount, b.source as other_source, b.base_amount as other_base_amount
from base a join base b on b.person_no = a.person_no and b.employer_no is not distinct from a.employer_no and b.insurance_code = a.insurance_code and b.month = a.month
    and b.source > a.source
where a.base_amount <> b.base_amount
