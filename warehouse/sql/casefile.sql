-- lives: what each of these records holds besides itself, by line: periods, lines, amounts
with r as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) r(source, source_key))
select r.source, r.source_key, 'enrolment' as entity, e.insurance_code as code, count(*), min(e.start_date), max(e.end_date), bool_or(e.end_date is null), null::numeric
from r join core.enrolment e on e.source = r.source and e.person_key = r.source_key where e.ended_sequence is null group by 1, 2, 4
union all
select r.source, r.source_key, 'contribution', c.insurance_code, count(*), min(c.period_month), max(c.period_month), false, sum(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0))
from r join core.contribution c on c.source = r.source and c.person_key = r.source_key where c.ended_sequence is null group by 1, 2, 4
union all
select r.source, r.source_key, 'benefit', b.benefit_code, count(*), min(coalesce(b.period_month, b.start_date)), max(coalesce(b.period_month, b.end_date, b.start_date)), false,
    (array_agg(b.amount order by b.period_month desc nulls last))[1]
from r join core.benefit b on b.source = r.source and b.person_key = r.source_key where b.ended_sequence is null group by 1, 2, 4
order by 3, 4

-- findings: quality findings on these records
select f.source, f.source_key, f.field, f.code from ops.finding f join unnest(%(sources)s::text[], %(keys)s::text[]) r(source, source_key) using (source, source_key)
where f.entity = 'person_record'

-- batches: when the batches were published
select batch_id, published_at from ops.batch where batch_id = any(%(batches)s)
