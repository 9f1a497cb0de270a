-- star.base_difference of the persons in question: the base of a month by two departments, at one employer
with met as ( -- years in which two departments hold lines at all
    select y.person_no, y.employer_no, y.insurance_code, y.year from star.contribution_year y join touched using (person_no)
    where y.known_to = 'infinity' and y.person_no <> 0 group by 1, 2, 3, 4 having min(y.source) <> max(y.source)
), base as (
    select c.person_no, c.employer_no, c.insurance_code, c.period_month as month, c.source, min(c.area_code) as area_code, sum(c.base_amount) as base_amount
    from met m join star.contribution c on c.person_no = m.person_no and extract(year from c.period_month)::int = m.year
        and c.employer_no is not distinct from m.employer_no and c.insurance_code is not distinct from m.insurance_code
    where c.known_to = 'infinity' and not c.is_withdrawn and c.base_amount is not null group by 1, 2, 3, 4, 5
), told as (
    select person_no, employer_no, insurance_code, month, min(area_code) as area_code, array_agg(source order by source) as sources,
        array_agg(base_amount order by source) as bases
    from base group by 1, 2, 3, 4 having count(*) > 1
)
select t.person_no, t.employer_no, t.insurance_code, t.area_code, t.month, t.sources[i] as source, t.bases[i] as base_amount, t.sources[j] as other_source,
    t.bases[j] as other_base_amount
from told t cross join lateral generate_subscripts(t.sources, 1) i cross join lateral generate_subscripts(t.sources, 1) j
where j > i and t.bases[i] <> t.bases[j]
