-- people insured, counted for the persons in question: each once per line, area and month, in the months of the last three years
-- insured: an enrolment that is not withdrawn and not ended without a date, from its first month to its last, never beyond the month of death
with months as (
    select (date_trunc('month', now()) - interval '35 months')::date as first, (date_trunc('month', now()) + interval '1 month')::date as after
), spell as (
    select n.person_no, n.insurance_code, n.area_code, p.birth_month, coalesce(p.sex_code, '0') as sex_code, (p.union_no <> p.person_no)::int as doubled,
        unnest(range_agg(daterange(date_trunc('month', n.start_date)::date, (date_trunc('month', o.last) + interval '1 month')::date))) as during
    from star.enrolment n
    join touched using (person_no)
    join star.person p on p.person_no = n.person_no and p.known_to = 'infinity'
    cross join lateral (select least(coalesce(n.end_date, 'infinity'), case length(p.death_month)
        when 7 then to_date(p.death_month, 'YYYY-MM') when 4 then to_date(p.death_month || '-12', 'YYYY-MM') end, m.after - 1) as last from months m) o
    where n.known_to = 'infinity' and not n.is_withdrawn and not (n.status_code is not distinct from 'ended' and n.end_date is null) and o.last >= n.start_date
    group by 1, 2, 3, 4, 5, 6
), alike as (
    select insurance_code, area_code, birth_month, sex_code, doubled, greatest(lower(during), m.first) as first, least(upper(during), m.after) as after, count(*) as people
    from spell cross join months m where upper(during) > m.first group by 1, 2, 3, 4, 5, 6, 7
), monthly as (
    select s.month::date as month, a.insurance_code, a.area_code, a.sex_code, a.people, a.people * a.doubled as doubled,
        extract(year from age(s.month, case length(a.birth_month) when 7 then to_date(a.birth_month, 'YYYY-MM')
            when 4 then to_date(a.birth_month || '-07', 'YYYY-MM') end))::int as years
    from alike a cross join lateral generate_series(a.first, a.after - 1, interval '1 month') as s (month)
)
select month, insurance_code, area_code,
    case when years is null then 'unknown' when years < 16 then '0-15' when years < 25 then '16-24' when years < 35 then '25-34' when years < 45 then '35-44'
        when years < 55 then '45-54' when years < 60 then '55-59' when years < 65 then '60-64' when years < 75 then '65-74' else '75+' end as age_band,
    sex_code, sum(people)::bigint as people, sum(doubled)::bigint as doubled
from monthly group by 1, 2, 3, 4, 5
