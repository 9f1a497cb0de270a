-- people insured, counted for the persons in question: each once per line, area and month, in the months of the last three years
-- insured: an enrolment that is not withdrawn and not ended without a date, from its first month to its last, never beyond the month of death
-- months are whole numbers here, year * 12 + month - 1; a spell is cut where an age band ends, and the counts of the months are the running sums of beginnings and ends
with span as (
    select date_trunc('month', now())::date as latest, (extract(year from now()) * 12 + extract(month from now()))::int - 36 as first,
        (extract(year from now()) * 12 + extract(month from now()))::int as after
), spell as (
    select n.person_no, n.insurance_code, n.area_code, p.birth_month, coalesce(p.sex_code, '0') as sex_code, (p.union_no <> p.person_no)::int as doubled,
        unnest(range_agg(daterange(date_trunc('month', n.start_date)::date, (date_trunc('month', o.last) + interval '1 month')::date))) as during
    from star.enrolment n
    join touched using (person_no)
    join star.person p on p.person_no = n.person_no and p.known_to = 'infinity'
    cross join lateral (select least(coalesce(n.end_date, 'infinity'), case length(p.death_month)
        when 7 then to_date(p.death_month, 'YYYY-MM') when 4 then to_date(p.death_month || '-12', 'YYYY-MM') end, s.latest + interval '1 month - 1 day') as last from span s) o
    where n.known_to = 'infinity' and not n.is_withdrawn and not (n.status_code is not distinct from 'ended' and n.end_date is null) and o.last >= n.start_date
    group by 1, 2, 3, 4, 5, 6
), alike as (
    select insurance_code, area_code, sex_code, doubled, case length(birth_month) when 7 then left(birth_month, 4)::int * 12 + right(birth_month, 2)::int - 1
            when 4 then birth_month::int * 12 + 6 end as birth,
        greatest((extract(year from lower(during)) * 12 + extract(month from lower(during)))::int - 1, first) as first,
        least((extract(year from upper(during)) * 12 + extract(month from upper(during)))::int - 1, after) as after, count(*) as people
    from spell cross join span group by 1, 2, 3, 4, 5, 6, 7
), piece as (
    select a.insurance_code, a.area_code, b.age_band, a.sex_code, greatest(a.first, a.birth + b.low * 12) as first, least(a.after, a.birth + b.high * 12) as after,
        a.people, a.people * a.doubled as doubled
    from alike a join (values ('0-15', -9999, 16), ('16-24', 16, 25), ('25-34', 25, 35), ('35-44', 35, 45), ('45-54', 45, 55), ('55-59', 55, 60), ('60-64', 60, 65),
        ('65-74', 65, 75), ('75+', 75, 9999), ('unknown', null, null)) as b (age_band, low, high)
    on case when a.birth is null then b.low is null else a.birth + b.low * 12 < a.after and a.birth + b.high * 12 > a.first end
    where a.first < a.after
), event as (
    select insurance_code, area_code, age_band, sex_code, first as month, people, doubled from piece
    union all select insurance_code, area_code, age_band, sex_code, after, -people, -doubled from piece
    union all select c.*, m, 0, 0 from (select distinct insurance_code, area_code, age_band, sex_code from piece) c cross join span cross join generate_series(first, after - 1) m
), running as (
    select insurance_code, area_code, age_band, sex_code, month, sum(sum(people)) over upward as people, sum(sum(doubled)) over upward as doubled
    from event group by 1, 2, 3, 4, 5 window upward as (partition by insurance_code, area_code, age_band, sex_code order by month)
)
select make_date(month / 12, month % 12 + 1, 1) as month, insurance_code, area_code, age_band, sex_code, people::bigint, doubled::bigint
from running cross join span where month < after and people > 0
