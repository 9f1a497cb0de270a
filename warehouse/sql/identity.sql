-- persons: every person record with what else its source says of the person: death, employer
copy (
    with employed as (
        select distinct on (source, person_key) source, person_key, employer_key from (
            select source, person_key, employer_key, start_date as since from core.enrolment where employer_key is not null and ended_sequence is null
            union all
            select source, person_key, employer_key, period_month from core.contribution where employer_key is not null and ended_sequence is null
        ) f order by source, person_key, since desc nulls last, employer_key
    ), died as (
        select source, person_key, min(death_date) as death_date from core.death where ended_sequence is null group by 1, 2
    )
    select p.source, p.source_key, p.first_sequence, p.first_row, p.batch_id, p.row_number, p.name, p.former_name, p.sex_code, p.birth_date, p.ethnic_code,
        p.area_code, coalesce(p.employer_name, e.name) as employer_name, e.credit_code as employer_code, d.death_date, p.updated_on, p.status_code,
        p.ended_sequence is not null as ended, encode(p.sealed, 'hex') as sealed
    from core.person_record p
    left join employed w on w.source = p.source and w.person_key = p.source_key
    left join core.employer_record e on e.source = p.source and e.source_key = coalesce(p.employer_key, w.employer_key)
    left join died d on d.source = p.source and d.person_key = p.source_key
    order by p.source collate "C", p.source_key collate "C"
) to stdout (format csv, header)

-- employers: every employer record
copy (
    select source, source_key, first_sequence, first_row, name, credit_code, area_code from core.employer_record order by source collate "C", source_key collate "C"
) to stdout (format csv, header)

-- state_key: what a run of resolve rests on; the same again would change nothing
select concat_ws('/',
    (select string_agg(batch_id || ':' || replay, ',' order by batch_id) from ops.batch where state = 'published'),
    (select coalesce(max(judgement_id), 0) from identity.judgement),
    (select coalesce(max(pin_id), 0) || ',' || count(*) filter (where ended_at is null and (until is null or until >= current_date)) from identity.pin),
    (select count(*) from identity.sampled)),
    (select coalesce(max(version), 0) from identity.model_version where state = 'approved')

-- last_judgement: the latest row
select coalesce(max(judgement_id), 0) from identity.judgement

-- judged_since: records of judgements that came later
select left_source, left_key from identity.judgement where judgement_id > %(known)s and entity = 'person_record'
union select right_source, right_key from identity.judgement where judgement_id > %(known)s and entity = 'person_record'

-- last_run: what the latest run rested on
select state_key, model_version, counts, watermark, judgement_id, trust from identity.run order by run_id desc limit 1

-- add_run: a run
insert into identity.run (state_key, model_version, counts, watermark, judgement_id, trust)
values (%(state_key)s, %(model_version)s, %(counts)s, %(watermark)s, %(judgement_id)s, %(trust)s)

-- count_persons: golden records
select count(*) from identity.golden

-- count_pairs: person cases that wait, by kind
select kind, count(*) from identity.pair where entity = 'person_record' group by kind order by kind

-- model_in_force: its version
select version from identity.model_version where state = 'approved' order by version desc limit 1

-- anybody: one person
select entity_id from identity.crosswalk where entity = 'person_record' limit 1

-- model: the model in force
select version, model from identity.model_version where state = 'approved' order by version desc limit 1

-- add_model: another version
insert into identity.model_version (version, model, state, effect, author, reason)
select coalesce(max(version), 0) + 1, %(model)s, %(state)s, %(effect)s, %(author)s, %(reason)s from identity.model_version returning version

-- set_model_state: a version comes into force or leaves it
update identity.model_version set state = %(state)s where version = %(version)s

-- models: all versions
select version, state, effect, author, reason, recorded_at from identity.model_version order by version

-- judgements: what people decided and nobody took back, the latest last
select judgement_id, left_source, left_key, right_source, right_key, verdict, recorded_at
from identity.judgement j
where entity = %(entity)s and undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
order by judgement_id

-- verdicts: the same without the rows that only keep persons whole
select judgement_id, left_source, left_key, right_source, right_key, verdict, recorded_at
from identity.judgement j
where entity = %(entity)s and undoes is null and not holds and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
order by judgement_id

-- judgements_among: the same for pairs of some records
with wanted as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key))
select judgement_id, left_source, left_key, right_source, right_key, verdict, recorded_at
from identity.judgement j
where entity = 'person_record' and undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
    and (j.left_source, j.left_key) in (select source, source_key from wanted) and (j.right_source, j.right_key) in (select source, source_key from wanted)
order by judgement_id

-- judge: a decision
insert into identity.judgement (entity, left_source, left_key, right_source, right_key, verdict, reason, author, undoes, evidence, act_id, holds)
values (%(entity)s, %(left_source)s, %(left_key)s, %(right_source)s, %(right_key)s, %(verdict)s, %(reason)s, %(author)s, %(undoes)s, %(evidence)s, %(act_id)s,
    %(holds)s)
returning judgement_id

-- stage_crosswalk: an empty copy
create temporary table new_place (like identity.crosswalk including defaults) on commit drop

-- count_staged: so that few placements are joined to many by the index
analyze new_place

-- moves: of those not dropped, records placed for the first time, records of another entity than before, records of another grade only
select count(*) filter (where c.source is null), count(*) filter (where c.entity_id <> n.entity_id),
    count(*) filter (where c.entity_id = n.entity_id and c.grade <> n.grade)
from new_place n left join identity.crosswalk c using (entity, source, source_key)

-- drop_unmoved: placements that are as they were
delete from new_place n using identity.crosswalk c
where (c.entity, c.source, c.source_key, c.entity_id, c.grade) = (n.entity, n.source, n.source_key, n.entity_id, n.grade)

-- keep_crosswalk: placements that change go to history
insert into identity.crosswalk_history ({columns}) select {old} from identity.crosswalk c join new_place n using (entity, source, source_key)

-- place: the new placements
insert into identity.crosswalk select * from new_place
on conflict (entity, source, source_key) do update
set candidate_id = excluded.candidate_id, entity_id = excluded.entity_id, grade = excluded.grade, model_version = excluded.model_version, recorded_at = now()

-- forget_pairs: cases are computed anew by each run
delete from identity.pair where entity = %(entity)s

-- forget_pairs_of: those that name one of some records
with wanted as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key))
delete from identity.pair p where p.entity = %(entity)s and p.case_id in (
    select l.case_id from identity.pair l join wanted w on l.left_source = w.source and l.left_key = w.source_key
    union select r.case_id from identity.pair r join wanted w on r.right_source = w.source and r.right_key = w.source_key)

-- cases: pairs that wait for a person and were not decided, the closest to certain first
select p.case_id, p.entity, p.left_source, p.left_key, p.right_source, p.right_key, p.kind, p.weight, p.probability, p.levels,
    (select j.verdict from identity.judgement j where (j.entity, j.left_source, j.left_key, j.right_source, j.right_key)
        = (p.entity, p.left_source, p.left_key, p.right_source, p.right_key) and j.undoes is null
        and not exists (select from identity.judgement u where u.undoes = j.judgement_id) order by j.judgement_id desc limit 1) as verdict, p.reopened_act, p.changed
from identity.pair p
where (%(kind)s::text is null or p.kind = %(kind)s) and (%(case_id)s::text is null or p.case_id = %(case_id)s)
order by p.weight desc, p.case_id limit %(limit)s

-- cases_page: the same by their ids, from one on
select p.case_id, p.entity, p.left_source, p.left_key, p.right_source, p.right_key, p.kind, p.weight, p.probability, p.levels,
    (select j.verdict from identity.judgement j where (j.entity, j.left_source, j.left_key, j.right_source, j.right_key)
        = (p.entity, p.left_source, p.left_key, p.right_source, p.right_key) and j.undoes is null
        and not exists (select from identity.judgement u where u.undoes = j.judgement_id) order by j.judgement_id desc limit 1) as verdict, p.reopened_act, p.changed
from identity.pair p
where (%(kind)s::text is null or p.kind = %(kind)s) and (%(after)s::text is null or p.case_id > %(after)s)
order by p.case_id limit %(limit)s

-- golden: hashes of the golden records
copy (select person_id, encode(hash, 'hex') as hash from identity.golden) to stdout (format csv, header)

-- golden_of: the same of some persons
copy (select g.person_id, encode(g.hash, 'hex') as hash from unnest({persons}::text[]) w(person_id) join identity.golden g using (person_id)) to stdout (format csv, header)

-- drop_golden: persons that are no more (joined to others) or have new values
delete from identity.golden where person_id = any(%(ids)s)

-- person: one golden record, by any id it ever had; apart, so that row security lets the index be used
with wanted as materialized (
    select coalesce((select entity_id from identity.crosswalk where candidate_id = %(person_id)s and entity = 'person_record'), %(person_id)s) as id
)
select g.* from wanted w join identity.golden g on g.person_id = w.id

-- find: persons by number (blind index) or name
select person_id from identity.golden
where (%(blind)s::bytea is not null and id_number_blind = %(blind)s) or (%(name)s::text is not null and name = %(name)s)
union
select c.entity_id from core.person_record p join identity.crosswalk c on c.entity = 'person_record' and c.source = p.source and c.source_key = p.source_key
where (%(blind)s::bytea is not null and p.id_number_blind = %(blind)s)
order by 1 limit %(limit)s

-- records_of: the source records of one person, oldest first
select c.source, c.source_key, c.grade, c.model_version, p.batch_id, p.row_number, p.name, p.sex_code, p.birth_date, p.area_code, p.sealed, p.ended_sequence is not null
from identity.crosswalk c join core.person_record p using (source, source_key)
where c.entity = 'person_record' and c.entity_id = %(person_id)s order by p.first_sequence, p.first_row, p.source

-- model_of: one version's model
select model from identity.model_version where version = %(version)s

-- runs: runs of resolve, the latest first
select run_id, model_version, counts, recorded_at from identity.run order by run_id desc limit 50

-- unstage: the copy has served
drop table new_place
