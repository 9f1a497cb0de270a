-- star.person of the persons in question: the golden record without identifiers, and how well its records hold together
with held as (
    select entity_no, sum(n)::int as records, count(number)::int as numbers,
        case when sum(n) = 1 then 1 else round(coalesce(max(n) filter (where number is not null), 0) / sum(n), 3) end as agreement
    from (select r.entity_no, r.number, count(*) as n from star.record r join touched t on t.person_no = r.entity_no
          where r.known_to = 'infinity' group by 1, 2) each group by 1
), met as (
    select r.entity_no, array_agg(distinct r.source order by r.source) as sources from star.record r join touched t on t.person_no = r.entity_no
    where r.known_to = 'infinity' group by 1
), shared as (
    select r.entity_no, count(distinct o.entity_no)::int as shares from star.record r join touched t on t.person_no = r.entity_no
    join star.record o on o.number = r.number and o.entity_no <> r.entity_no and o.known_to = 'infinity' where r.known_to = 'infinity' group by 1
), enrolled as (
    select n.person_no, array_agg(distinct n.insurance_code order by n.insurance_code) as lines from star.enrolment n join touched using (person_no)
    where n.known_to = 'infinity' and not n.is_withdrawn and n.end_date is null and n.status_code is distinct from 'ended' group by 1
), drawn as (
    select b.person_no, array_agg(distinct b.insurance_code order by b.insurance_code) as lines from star.benefit b join touched using (person_no)
    where b.known_to = 'infinity' and not b.is_withdrawn and b.benefit_code = 'pension' group by 1
)
select e.entity_no as person_no, g.sex_code, left(g.birth_date, 7) as birth_month, g.ethnic_code, left(g.area_code, 6) as area_code,
    left(g.death_date, 7) as death_month, h.records, m.sources, coalesce(n.lines, '{}') as lines, coalesce(w.lines, '{}') as drawing, h.numbers, coalesce(s.shares, 0) as shares, h.agreement, coalesce(d.doubts, 0) as doubts,
    coalesce(d.union_no, e.entity_no) as union_no, coalesce(cardinality(w.lines), 0) as pensions
from identity.golden g
join star.entity e on e.entity_id = g.person_id
join touched t on t.person_no = e.entity_no
join held h on h.entity_no = e.entity_no
join met m on m.entity_no = e.entity_no
left join shared s on s.entity_no = e.entity_no
left join enrolled n on n.person_no = e.entity_no
left join drawn w on w.person_no = e.entity_no
left join doubt d on d.person_no = e.entity_no
