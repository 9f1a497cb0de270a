-- star.employer, all of them: the most recently changed record speaks; who is enrolled and paying, and the last month anything was paid for
with spoken as (
    select distinct on (r.entity_no) r.entity_no, e.name, e.credit_code, left(e.area_code, 6) as area_code, e.kind_code
    from star.record r join core.employer_record e using (source, source_key)
    where r.known_to = 'infinity' and r.entity = 'employer_record'
    order by r.entity_no, e.credit_code is null, e.ended_sequence is not null, e.updated_on desc nulls last, e.source
), held as (
    select entity_no, count(*)::int as records from star.record where known_to = 'infinity' and entity = 'employer_record' group by 1
), enrolled as (
    select employer_no, count(distinct person_no)::int as paying_people from star.enrolment
    where known_to = 'infinity' and not is_withdrawn and payment_code = 'paying' and end_date is null group by 1
), paid as (
    select employer_no, max(make_date(year, length(ltrim(months::bit(12)::text, '0')), 1)) as last_month from star.contribution_year
    where known_to = 'infinity' and months > 0 group by 1
)
select s.entity_no as employer_no, s.name, s.credit_code, s.area_code, s.kind_code, h.records, coalesce(n.paying_people, 0) as paying_people, p.last_month
from spoken s join held h using (entity_no) left join enrolled n on n.employer_no = s.entity_no left join paid p on p.employer_no = s.entity_no
