-- add: an act
insert into identity.act (kind, case_id, author, second, proposal_id, blocking, reason_code, comment, undoes, detail)
values (%(kind)s, %(case_id)s, %(author)s, %(second)s, %(proposal_id)s, %(blocking)s, %(reason_code)s, %(comment)s, %(undoes)s, %(detail)s) returning act_id

-- get: one act, and the act that undid it
select a.act_id, a.kind, a.case_id, a.author, a.second, a.proposal_id, a.blocking, a.reason_code, a.comment, a.undoes, a.detail, a.recorded_at, u.act_id
from identity.act a left join identity.act u on u.undoes = a.act_id where a.act_id = %(act_id)s

-- list: acts, the latest first; of one author, one case, or about some records
with about as materialized (
    select r.act_id from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key) join identity.judged_record r using (source, source_key)
)
select a.act_id, a.kind, a.case_id, a.author, a.second, a.proposal_id, a.blocking, a.reason_code, a.comment, a.undoes, a.detail, a.recorded_at, u.act_id
from identity.act a left join identity.act u on u.undoes = a.act_id
where (%(author)s::text is null or a.author = %(author)s) and (%(case_id)s::text is null or a.case_id = %(case_id)s)
    and (%(before)s::bigint is null or a.act_id < %(before)s)
    and (%(sources)s::text[] is null
        or a.act_id in (select act_id from about union select b.act_id from identity.act b join about on b.undoes = about.act_id))
order by a.act_id desc limit %(limit)s

-- add_record: a record an act rested on
insert into identity.judged_record (act_id, source, source_key, basis) values (%(act_id)s, %(source)s, %(source_key)s, %(basis)s)

-- records: what an act rested on
select source, source_key, basis from identity.judged_record where act_id = %(act_id)s order by 1, 2

-- rows_of: judgements of an act, whether they stand, and those it took back
select j.judgement_id, j.entity, j.left_source, j.left_key, j.right_source, j.right_key, j.verdict, j.undoes, j.holds, j.evidence, j.act_id,
    not exists (select from identity.judgement u where u.undoes = j.judgement_id) as stands
from identity.judgement j where j.act_id = %(act_id)s order by j.judgement_id

-- row: one judgement
select judgement_id, entity, left_source, left_key, right_source, right_key, verdict, undoes, holds, evidence, act_id, true
from identity.judgement where judgement_id = %(judgement_id)s

-- standing: judgements in force on two of these records
with wanted as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key))
select j.judgement_id, j.entity, j.left_source, j.left_key, j.right_source, j.right_key, j.verdict, j.undoes, j.holds, j.evidence, j.act_id, true
from identity.judgement j
where j.entity = 'person_record' and j.undoes is null and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
    and (j.left_source, j.left_key) in (select source, source_key from wanted) and (j.right_source, j.right_key) in (select source, source_key from wanted)
order by j.judgement_id

-- cores: verdicts in force with the act they are of: what a person said, without the rows that hold persons whole
select j.judgement_id, j.left_source || '/' || j.left_key, j.right_source || '/' || j.right_key, j.verdict, j.act_id, j.evidence ->> 'weight'
from identity.judgement j
where j.entity = 'person_record' and j.undoes is null and not j.holds and j.act_id is not null
    and not exists (select from identity.judgement u where u.undoes = j.judgement_id) order by j.judgement_id

-- bases: what the acts in force rested on
select r.act_id, r.source, r.source_key, r.basis from identity.judged_record r where r.act_id = any(%(acts)s)

-- propose: an act that waits for a second person
insert into identity.proposal (kind, case_id, plan, blocking, state_token, author, reason_code, comment)
values (%(kind)s, %(case_id)s, %(plan)s, %(blocking)s, %(state_token)s, %(author)s, %(reason_code)s, %(comment)s) returning proposal_id

-- proposal: one, locked until it is decided
select proposal_id, kind, case_id, plan, blocking, state_token, author, reason_code, comment, recorded_at, decision, decided_by, decision_comment, decided_at
from identity.proposal where proposal_id = %(proposal_id)s for update

-- proposals: those that wait (of anybody, or of all but one person), the oldest first
select proposal_id, kind, case_id, plan, blocking, state_token, author, reason_code, comment, recorded_at, decision, decided_by, decision_comment, decided_at
from identity.proposal
where decision is null and (%(author)s::text is null or author = %(author)s) and (%(other)s::text is null or author <> %(other)s)
    and (%(case_id)s::text is null or case_id = %(case_id)s) and (%(kind)s::text is null or kind = %(kind)s)
order by proposal_id limit %(limit)s

-- decide: approved, refused or withdrawn
update identity.proposal set decision = %(decision)s, decided_by = %(by)s, decision_comment = %(comment)s, decided_at = now()
where proposal_id = %(proposal_id)s and decision is null returning proposal_id

-- keep_places: placements that change go to history
insert into identity.crosswalk_history select c.entity, c.source, c.source_key, c.candidate_id, c.entity_id, c.grade, c.model_version, c.recorded_at
from identity.crosswalk c join unnest(%(sources)s::text[], %(keys)s::text[], %(persons)s::text[]) w(source, source_key, person) using (source, source_key)
where c.entity = 'person_record' and c.entity_id <> w.person

-- place: whose the records are now
update identity.crosswalk c set entity_id = w.person, grade = w.grade, recorded_at = now()
from unnest(%(sources)s::text[], %(keys)s::text[], %(persons)s::text[], %(grades)s::text[]) w(source, source_key, person, grade)
where c.entity = 'person_record' and c.source = w.source and c.source_key = w.source_key and c.entity_id <> w.person

-- drop_golden: persons whose golden record is computed anew
delete from identity.golden where person_id = any(%(persons)s)

-- settle_pairs: cases between persons that were decided, or that are one person now, wait no more
with mine as (select source, source_key from identity.crosswalk where entity = 'person_record' and entity_id = any(%(persons)s)),
near as (
    select p.case_id from mine m join identity.pair p on p.left_source = m.source and p.left_key = m.source_key
    union
    select p.case_id from mine m join identity.pair p on p.right_source = m.source and p.right_key = m.source_key
)
delete from identity.pair p using near, identity.crosswalk l, identity.crosswalk r
where p.case_id = near.case_id and p.entity = 'person_record' and l.entity = p.entity and l.source = p.left_source and l.source_key = p.left_key
    and r.entity = p.entity and r.source = p.right_source and r.source_key = p.right_key
    and ((l.entity_id = r.entity_id and p.kind <> 'bridge') or p.case_id = any(%(decided)s)
        or (%(apart)s::text[] is not null and l.entity_id = any(%(apart)s::text[]) and r.entity_id = any(%(apart)s::text[])))
    and p.kind <> 'contradiction'

-- drop_pair: one case waits no more
delete from identity.pair where case_id = %(case_id)s

-- cases_of: cases that wait between records of some persons, whole rows
with mine as (select source, source_key from identity.crosswalk where entity = 'person_record' and entity_id = any(%(persons)s))
select to_jsonb(p) from identity.pair p where p.case_id in (
    select q.case_id from mine m join identity.pair q on q.entity = 'person_record' and q.left_source = m.source and q.left_key = m.source_key
    union
    select q.case_id from mine m join identity.pair q on q.entity = 'person_record' and q.right_source = m.source and q.right_key = m.source_key
    union
    select %(case_id)s
)

-- reopen: a case waits again, as it stood, if its records are two persons (or employers) now
insert into identity.pair select r.* from jsonb_populate_record(null::identity.pair, %(row)s) r
where r.entity <> 'person_record' or (
    select count(distinct c.entity_id) from identity.crosswalk c where c.entity = 'person_record'
        and (c.source, c.source_key) in ((r.left_source, r.left_key), (r.right_source, r.right_key))) = 2
on conflict (case_id) do nothing

-- pace: when somebody gave their latest verdicts, the latest first
select recorded_at from (
    (select recorded_at from identity.act where author = %(account)s and kind = 'verdict' order by act_id desc limit %(limit)s)
    union all
    (select recorded_at from identity.proposal where author = %(account)s and kind = 'verdict' order by proposal_id desc limit %(limit)s)
) given order by recorded_at desc
