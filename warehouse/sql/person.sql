-- candidates: records somebody may be: the same number or phone, or name and birth date
select source, source_key from (
    select source, source_key, 0 as place from core.person_record where id_number_blind = any(%(numbers)s::bytea[])
    union
    select source, source_key, 1 from core.person_record where phone_blind = any(%(phones)s::bytea[])
    union
    select p.source, p.source_key, 2 from identity.golden g join identity.crosswalk c on c.entity = 'person_record' and c.entity_id = g.person_id
    join core.person_record p on p.source = c.source and p.source_key = c.source_key
    where g.name = %(name)s and (%(birth_date)s::text is null or g.birth_date is null or left(g.birth_date, 4) = left(%(birth_date)s, 4))
) found group by source, source_key order by min(place), source, source_key limit %(limit)s

-- history: placements a person's records had before, the latest first
select h.source, h.source_key, h.entity_id, h.grade, h.model_version, h.recorded_at, h.recorded_to from identity.crosswalk_history h
join unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key) using (source, source_key)
where h.entity = 'person_record' order by h.recorded_to desc, h.source, h.source_key limit %(limit)s

-- redirects: other ids that lead to this person
select candidate_id from identity.crosswalk where entity = 'person_record' and entity_id = %(person_id)s and candidate_id <> %(person_id)s order by 1

-- enrolments: of a person's records
select e.source, e.source_key, e.batch_id, e.row_number, e.insurance_code, e.area_code, e.status_code, e.payment_code, e.start_date, e.end_date
from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, person_key) join core.enrolment e using (source, person_key)
where e.ended_sequence is null order by e.insurance_code, e.start_date nulls last, e.source_key limit %(limit)s

-- contributions: runs of months without a gap, per source and line
select source, insurance_code, min(month), max(month), count(*), sum(lines), sum(amount) from (
    select source, insurance_code, month, lines, amount, month - (row_number() over (partition by source, insurance_code order by month) * interval '1 month') as run
    from (select c.source, c.insurance_code, c.period_month::timestamp as month, count(*) as lines, sum(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0)) as amount
        from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, person_key) join core.contribution c using (source, person_key)
        where c.ended_sequence is null and c.period_month is not null group by 1, 2, 3) monthly) numbered
group by source, insurance_code, run order by insurance_code, 3, source limit %(limit)s

-- benefits: runs of months without a gap, per source, line and kind
select source, insurance_code, benefit_code, min(month), max(month), count(*), sum(lines), sum(amount) from (
    select source, insurance_code, benefit_code, month, lines, amount,
        month - (row_number() over (partition by source, insurance_code, benefit_code order by month) * interval '1 month') as run
    from (select b.source, b.insurance_code, b.benefit_code, b.period_month::timestamp as month, count(*) as lines, sum(b.amount) as amount
        from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, person_key) join core.benefit b using (source, person_key)
        where b.ended_sequence is null and b.period_month is not null group by 1, 2, 3, 4) monthly) numbered
group by source, insurance_code, benefit_code, run order by insurance_code, benefit_code, 4, source limit %(limit)s

-- deaths: as sources report them
select d.source, d.source_key, d.batch_id, d.row_number, d.death_date from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, person_key)
join core.death d using (source, person_key) where d.ended_sequence is null order by d.death_date limit %(limit)s

-- archive: items of the paper archive
select a.source, a.source_key, a.batch_id, a.row_number, a.archive_number, a.class_code, a.title, a.pages, a.made_on
from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, person_key) join core.archive_item a using (source, person_key)
where a.ended_sequence is null order by a.made_on nulls last, a.source_key limit %(limit)s

-- waiting: cases that wait about a person's records
with mine as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key))
select case_id, kind, weight, left_source, left_key, right_source, right_key from (
    select p.* from mine m join identity.pair p on p.entity = 'person_record' and p.left_source = m.source and p.left_key = m.source_key
    union
    select p.* from mine m join identity.pair p on p.entity = 'person_record' and p.right_source = m.source and p.right_key = m.source_key
) found order by weight desc limit %(limit)s
