-- members: the records of persons, each by its person, oldest first
select c.entity_id, c.source, c.source_key from identity.crosswalk c join core.person_record p using (source, source_key)
where c.entity = 'person_record' and c.entity_id = any(%(persons)s) order by c.entity_id, p.first_sequence, p.first_row, p.source, p.source_key

-- persons_of: whose records these are
select c.source, c.source_key, c.entity_id from identity.crosswalk c
join unnest(%(sources)s::text[], %(keys)s::text[]) wanted(source, source_key) using (source, source_key) where c.entity = 'person_record'

-- facts: per side, entity and insurance line: how many, how much, and the first and last month
with member as (select * from unnest(%(sides)s::int[], %(sources)s::text[], %(keys)s::text[]) m(side, source, source_key)),
fact as (
    select m.side, 'enrolment' as entity, e.insurance_code as code, null::numeric as amount, e.start_date as since, e.end_date as until
    from member m join core.enrolment e on e.source = m.source and e.person_key = m.source_key where e.ended_sequence is null
    union all
    select m.side, 'contribution', c.insurance_code, coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0), c.period_month, c.period_month
    from member m join core.contribution c on c.source = m.source and c.person_key = m.source_key where c.ended_sequence is null
    union all
    select m.side, 'benefit', b.benefit_code, b.amount, b.period_month, b.period_month
    from member m join core.benefit b on b.source = m.source and b.person_key = m.source_key where b.ended_sequence is null
    union all
    select m.side, 'death', 'death', null, null, null from member m join core.death d on d.source = m.source and d.person_key = m.source_key where d.ended_sequence is null
    union all
    select m.side, 'archive_item', coalesce(a.class_code, ''), null, a.made_on, a.made_on
    from member m join core.archive_item a on a.source = m.source and a.person_key = m.source_key where a.ended_sequence is null
)
select side, entity, coalesce(code, ''), count(*), sum(amount), min(since), max(coalesce(until, since)) from fact group by 1, 2, 3 order by 2, 3, 1

-- samples: the latest lines of each entity and side, to look at
with member as (select * from unnest(%(sides)s::int[], %(sources)s::text[], %(keys)s::text[]) m(side, source, source_key)),
fact as (
    select m.side, 'enrolment' as entity, e.insurance_code as code, e.source, e.source_key, e.batch_id, e.row_number, e.start_date as since, e.end_date as until,
        null::numeric as amount
    from member m join core.enrolment e on e.source = m.source and e.person_key = m.source_key where e.ended_sequence is null
    union all
    select m.side, 'contribution', c.insurance_code, c.source, c.source_key, c.batch_id, c.row_number, c.period_month, c.period_month,
        coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0)
    from member m join core.contribution c on c.source = m.source and c.person_key = m.source_key where c.ended_sequence is null
    union all
    select m.side, 'benefit', b.benefit_code, b.source, b.source_key, b.batch_id, b.row_number, b.period_month, b.period_month, b.amount
    from member m join core.benefit b on b.source = m.source and b.person_key = m.source_key where b.ended_sequence is null
    union all
    select m.side, 'archive_item', a.class_code, a.source, a.source_key, a.batch_id, a.row_number, a.made_on, a.made_on, null
    from member m join core.archive_item a on a.source = m.source and a.person_key = m.source_key where a.ended_sequence is null
)
select side, entity, coalesce(code, ''), source, source_key, batch_id, row_number, since, until, amount from (
    select *, row_number() over (partition by side, entity order by since desc nulls last, source, source_key) as place from fact
) ranked where place <= %(limit)s order by entity, side, place

-- in_payment: groups of records with a benefit of the last months, or a death
with member as (select * from unnest(%(groups)s::int[], %(sources)s::text[], %(keys)s::text[]) m(grp, source, source_key)),
latest as (select max(period_month) as month from core.benefit where ended_sequence is null)
select distinct m.grp from member m join core.benefit b on b.source = m.source and b.person_key = m.source_key, latest
where b.ended_sequence is null and b.amount > 0 and b.benefit_code <> 'medical' and b.period_month > latest.month - interval '3 months'

-- conflicts: what would stand against each other in one person, per group, by the rules of hub/pipeline/verdicts.yml
with member as (select * from unnest(%(groups)s::int[], %(sides)s::int[], %(sources)s::text[], %(keys)s::text[]) m(grp, side, source, source_key)),
golden as (select * from unnest(%(golden_groups)s::int[], %(golden_sides)s::int[], %(births)s::text[], %(sexes)s::text[]) g(grp, side, birth_date, sex_code)),
enrolment as (
    select m.grp, m.side, e.source, e.insurance_code as line, coalesce(e.area_code, '') as area, e.start_date as since, coalesce(e.end_date, date '9999-01-01') as until,
        e.end_date is null and coalesce(e.status_code, 'enrolled') = 'enrolled' as open
    from member m join core.enrolment e on e.source = m.source and e.person_key = m.source_key
    where e.ended_sequence is null and e.start_date is not null
),
contribution as ( -- per month what is left after reversals and refunds
    select m.grp, m.side, c.source, c.insurance_code as line, c.period_month as month, sum(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0)) as amount,
        bool_or(c.employer_key is not null and coalesce(c.employer_amount, 0) > 0) as employed
    from member m join core.contribution c on c.source = m.source and c.person_key = m.source_key
    where c.ended_sequence is null and coalesce(c.kind_code, 'normal') <> 'arrears' and c.period_month is not null
    group by 1, 2, 3, 4, 5 having sum(coalesce(c.person_amount, 0) + coalesce(c.employer_amount, 0)) > 0
),
benefit as (
    select m.grp, m.side, b.source, coalesce(b.insurance_code, '') as line, b.benefit_code as kind, b.period_month as month, b.start_date, b.end_date, b.amount
    from member m join core.benefit b on b.source = m.source and b.person_key = m.source_key
    where b.ended_sequence is null and b.amount > 0 and b.period_month is not null
),
death as (
    select m.grp, m.side, d.death_date as told, to_date(left(d.death_date, 7) || '-01', 'YYYY-MM-DD') as month
    from member m join core.death d on d.source = m.source and d.person_key = m.source_key
    where d.ended_sequence is null and length(d.death_date) >= 7
),
archive as (
    select m.grp, m.side, a.class_code, a.made_on
    from member m join core.archive_item a on a.source = m.source and a.person_key = m.source_key where a.ended_sequence is null
),
born as (select grp, side, sex_code, to_date(case when length(birth_date) = 4 then birth_date || '-12-31' when length(birth_date) = 7 then birth_date || '-28'
    else birth_date end, 'YYYY-MM-DD') as on_day, left(birth_date, 4)::int as year from golden where length(birth_date) in (4, 7, 10)),
apart as (
    select a.grp, j.judgement_id,
        (a.source = %(left_source)s and a.source_key = %(left_key)s and b.source = %(right_source)s and b.source_key = %(right_key)s)
        or (b.source = %(left_source)s and b.source_key = %(left_key)s and a.source = %(right_source)s and a.source_key = %(right_key)s) as itself
    from identity.judgement j
    join member a on (a.source, a.source_key) = (j.left_source, j.left_key)
    join member b on (b.source, b.source_key) = (j.right_source, j.right_key) and b.grp = a.grp and b.side <> a.side
    where j.entity = 'person_record' and j.verdict = 'different' and j.undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
),
found as (
    select a.grp, 'birth_years_apart' as code, null::date as since, null::date as until, 1 as n, null::numeric as amount
    from born a join born b on b.grp = a.grp and b.side > a.side where abs(a.year - b.year) >= %(apart)s
    union all
    select grp, 'judged_different', null, null, 1, null from apart where itself
    union all
    select grp, 'joins_judged_apart', null, null, 1, null from apart where not itself
    union all
    select a.grp, 'two_deaths', a.month, b.month, 1, null from death a join death b on b.grp = a.grp and b.side > a.side
    where length(a.told) = 10 and length(b.told) = 10 and abs(to_date(a.told, 'YYYY-MM-DD') - to_date(b.told, 'YYYY-MM-DD')) > 31
    union all
    select d.grp, 'dead_and_alive', d.month, null, 1, null from death d join enrolment e on e.grp = d.grp and e.side <> d.side where e.open
    union all
    select d.grp, 'paid_after_death', b.month, b.month, 1, b.amount from death d join benefit b on b.grp = d.grp and b.side <> d.side
    where b.month > d.month and b.kind <> 'funeral'
    union all
    select d.grp, 'contributed_after_death', c.month, c.month, 1, c.amount from death d join contribution c on c.grp = d.grp and c.side <> d.side where c.month > d.month
    union all
    select a.grp, 'double_pension', a.month, a.month, 1, least(a.amount, b.amount) from benefit a
    join benefit b on b.grp = a.grp and b.side > a.side and b.month = a.month and b.kind = 'pension' where a.kind = 'pension'
    union all
    select a.grp, 'double_benefit', a.month, a.month, 1, least(a.amount, b.amount) from benefit a
    join benefit b on b.grp = a.grp and b.side > a.side and b.month = a.month and b.kind = a.kind and b.line = a.line where a.kind not in ('pension', 'medical')
    union all
    select a.grp, 'pension_and_unemployment', a.month, a.month, 1, b.amount from benefit a
    join benefit b on b.grp = a.grp and b.side <> a.side and b.month = a.month and b.kind = 'unemployment' where a.kind = 'pension'
    union all
    select c.grp, 'work_and_unemployment', c.month, c.month, 1, b.amount from contribution c
    join benefit b on b.grp = c.grp and b.side <> c.side and b.month = c.month and b.kind = 'unemployment' where c.employed and c.line in ('110', '120', '310')
    union all
    select c.grp, 'paid_and_drawing', c.month, c.month, 1, b.amount from contribution c
    join benefit b on b.grp = c.grp and b.side <> c.side and b.month = c.month and b.kind = 'pension' where c.line in ('110', '120', '170')
    union all
    select a.grp, 'double_contribution', a.month, a.month, 1, least(a.amount, b.amount) from contribution a
    join contribution b on b.grp = a.grp and b.side > a.side and b.month = a.month and b.line = a.line and b.source = a.source
    union all
    select a.grp, case when a.area <> b.area then 'two_areas' else 'overlapping_enrolment' end, greatest(a.since, b.since), least(a.until, b.until), 1, null
    from enrolment a join enrolment b on b.grp = a.grp and b.side > a.side and b.line = a.line and least(a.until, b.until) - greatest(a.since, b.since) >= 28
    union all
    select a.grp, 'employee_and_resident', greatest(a.since, b.since), least(a.until, b.until), 1, null
    from enrolment a join enrolment b on b.grp = a.grp and b.side <> a.side and least(a.until, b.until) - greatest(a.since, b.since) >= 28
        and ((a.line in ('110', '120') and b.line = '170') or (a.line = '310' and b.line = '390'))
    union all
    select a.grp, 'stays_overlap', greatest(a.start_date, b.start_date), least(a.end_date, b.end_date), 1, least(a.amount, b.amount)
    from benefit a join benefit b on b.grp = a.grp and b.side > a.side and b.kind = 'medical' and b.end_date > b.start_date
        and a.start_date <= b.end_date and b.start_date <= a.end_date
    where a.kind = 'medical' and a.end_date > a.start_date
    union all
    select b.grp, 'maternity_and_male', b.month, b.month, 1, b.amount from benefit b join golden g on g.grp = b.grp and g.side <> b.side and g.sex_code = '1'
    where b.kind = 'maternity'
    union all
    select b.grp, 'pension_too_young', b.month, b.month, 1, b.amount from benefit b join born g on g.grp = b.grp and g.side <> b.side
    where b.kind = 'pension' and b.month < g.on_day + make_interval(years => %(pension_age)s)
    union all
    select e.grp, 'enrolled_too_young', e.since, e.since, 1, null from enrolment e join born g on g.grp = e.grp and g.side <> e.side
    where e.line in ('110', '120', '210', '310', '410', '510') and e.since < g.on_day + make_interval(years => %(work_age)s)
    union all
    select c.grp, 'relief_and_wage', c.month, c.month, 1, b.amount from contribution c
    join benefit b on b.grp = c.grp and b.side <> c.side and b.month = c.month and b.kind = 'relief' where c.employed
    union all
    select a.grp, 'two_files', a.made_on, b.made_on, 1, null from archive a join archive b on b.grp = a.grp and b.side > a.side and b.class_code = a.class_code
    where a.class_code in ('registration', 'approval')
    union all
    select a.grp, 'two_pins', null, null, 1, null from member a join identity.pin p on (p.source, p.source_key) = (a.source, a.source_key)
    join member b on b.grp = a.grp and b.side > a.side join identity.pin q on (q.source, q.source_key) = (b.source, b.source_key) and q.field = p.field
    where p.ended_at is null and q.ended_at is null
)
select grp, code, min(since), max(nullif(until, date '9999-01-01')), count(*), count(distinct date_trunc('month', since)), sum(amount)
from found group by grp, code order by grp, code

-- records: some person records with what else their source says of the person, as identity.persons gives all
copy (
    select p.source, p.source_key, p.first_sequence, p.first_row, p.batch_id, p.row_number, p.name, p.former_name, p.sex_code, p.birth_date, p.ethnic_code,
        p.area_code, coalesce(p.employer_name, e.name) as employer_name, e.credit_code as employer_code, d.death_date, p.updated_on, p.status_code,
        p.ended_sequence is not null as ended, encode(p.sealed, 'hex') as sealed
    from unnest({sources}::text[], {keys}::text[]) wanted(source, source_key) join core.person_record p using (source, source_key)
    left join lateral (select min(death_date) as death_date from core.death d where d.source = p.source and d.person_key = p.source_key and d.ended_sequence is null) d
        on true
    left join lateral (
        select employer_key from (
            select employer_key, start_date as since from core.enrolment f
            where f.source = p.source and f.person_key = p.source_key and employer_key is not null and ended_sequence is null
            union all
            select employer_key, period_month from core.contribution f
            where f.source = p.source and f.person_key = p.source_key and employer_key is not null and ended_sequence is null
        ) f order by since desc nulls last, employer_key limit 1
    ) w on true
    left join core.employer_record e on e.source = p.source and e.source_key = coalesce(p.employer_key, w.employer_key)
    order by p.source collate "C", p.source_key collate "C"
) to stdout (format csv, header)

-- record_states: the version of each record
select p.source, p.source_key, encode(p.hash, 'hex'), p.ended_sequence is not null from core.person_record p
join unnest(%(sources)s::text[], %(keys)s::text[]) wanted(source, source_key) using (source, source_key)

-- verdicts_among: verdicts in force on two of these records
with wanted as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key))
select j.judgement_id from identity.judgement j
where (j.left_source, j.left_key) in (select source, source_key from wanted) and (j.right_source, j.right_key) in (select source, source_key from wanted)
    and j.entity = 'person_record' and j.undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id) order by 1

-- follow: records of other persons that are in a case with one of these persons
with mine as (select source, source_key from identity.crosswalk where entity = 'person_record' and entity_id = any(%(persons)s)),
other as (
    select p.right_source as source, p.right_key as source_key from mine m join identity.pair p on p.left_source = m.source and p.left_key = m.source_key
    where p.entity = 'person_record'
    union
    select p.left_source, p.left_key from mine m join identity.pair p on p.right_source = m.source and p.right_key = m.source_key where p.entity = 'person_record'
)
select distinct c.source, c.source_key from other o join identity.crosswalk w on w.entity = 'person_record' and w.source = o.source and w.source_key = o.source_key
join identity.crosswalk c on c.entity = 'person_record' and c.entity_id = w.entity_id
where not c.entity_id = any(%(persons)s) order by 1, 2
