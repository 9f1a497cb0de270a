-- audit_links: certain links drawn for the audit
select left_source || '/' || left_key, right_source || '/' || right_key, (evidence ->> 'weight')::float from identity.sampled where purpose = 'audit'

-- pattern_of: kind and levels of a case, as one text
select kind || ' ' || levels::text from identity.pair where case_id = %(case_id)s and entity = 'person_record'

-- patterns: patterns that many cases (of some areas) share, or a sample was drawn of, the largest first
with found as (
    select p.kind || ' ' || p.levels::text as pattern, p.case_id, p.weight from identity.pair p
    where p.entity = 'person_record' and p.reopened_act is null and not exists (select from identity.sampled s where s.purpose = 'audit' and s.case_id = p.case_id)
        and (%(areas)s::text[] is null or exists (
            select from identity.waiting w, unnest(w.areas) r, unnest(%(areas)s::text[]) a where w.case_id = p.case_id and starts_with(r, a)))
)
select pattern, count(*), min(case_id), min(weight), max(weight) from found group by 1
having count(*) >= %(least)s or pattern in (select b.pattern from identity.sampled b where b.purpose = 'bulk')
order by 2 desc limit %(limit)s

-- cases_like: cases of one pattern that wait
select case_id, left_source, left_key, right_source, right_key, kind, weight, probability, levels from identity.pair p
where entity = 'person_record' and kind || ' ' || levels::text = %(pattern)s and reopened_act is null
    and not exists (select from identity.sampled s where s.purpose = 'audit' and s.case_id = p.case_id)
order by case_id

-- draw: a case into a sample
insert into identity.sampled (purpose, pattern, case_id, left_source, left_key, right_source, right_key, evidence, drawn_by)
values (%(purpose)s, %(pattern)s, %(case_id)s, %(left_source)s, %(left_key)s, %(right_source)s, %(right_key)s, %(evidence)s, %(by)s) on conflict do nothing

-- reviewed: the cases of a sample and what people said of them; verdict null: not looked at, or not decided
select s.case_id, (
    select j.verdict from identity.judgement j
    where ((j.left_source, j.left_key, j.right_source, j.right_key) = (s.left_source, s.left_key, s.right_source, s.right_key)
        or (j.right_source, j.right_key, j.left_source, j.left_key) = (s.left_source, s.left_key, s.right_source, s.right_key))
        and j.entity = 'person_record' and not j.holds and j.undoes is null and j.recorded_at >= s.drawn_at and j.verdict in ('same', 'different')
        and not exists (select from identity.act a where a.act_id = j.act_id and a.kind = 'bulk')
        and not exists (select from identity.judgement u where u.undoes = j.judgement_id)
    order by j.judgement_id desc limit 1)
from identity.sampled s where s.purpose = %(purpose)s and (%(pattern)s::text is null or s.pattern = %(pattern)s) order by s.case_id

-- links: how many records hang on another in a person of several
select count(*) from identity.crosswalk where entity = 'person_record' and grade = 'certain' and candidate_id <> entity_id

-- draw_links: certain links drawn at random, each a record with the record its person is named after; none drawn before or judged
select o.source, o.source_key, c.source, c.source_key from identity.crosswalk c
join identity.crosswalk o on o.candidate_id = c.entity_id
where c.entity = 'person_record' and c.grade = 'certain' and c.candidate_id <> c.entity_id
    and not exists (select from identity.sampled s where s.purpose = 'audit' and (s.right_source, s.right_key) = (c.source, c.source_key))
    and not exists (select from identity.judgement j where j.entity = 'person_record' and ((j.left_source, j.left_key) = (c.source, c.source_key)
        or (j.right_source, j.right_key) = (c.source, c.source_key)))
order by random() limit %(wanted)s
