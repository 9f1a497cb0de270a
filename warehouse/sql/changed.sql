-- records: person records of which something that is compared may be other than at an instant; own: in the record itself or its death, not only by whom it worked for
with firm as (
    select source, source_key from core.employer_record where recorded_at >= %(since)s
    union select source, source_key from core.employer_record_history where recorded_to >= %(since)s
), found(source, source_key, own) as (
    select source, source_key, true from core.person_record where recorded_at >= %(since)s
    union all select source, source_key, true from identity.aged where recorded_at >= %(since)s
    union all select source, person_key, true from core.death where recorded_at >= %(since)s
    union all select source, person_key, true from core.death_history where recorded_to >= %(since)s
    union all select source, person_key, false from core.enrolment where recorded_at >= %(since)s and employer_key is not null
    union all select source, person_key, false from core.enrolment_history where recorded_to >= %(since)s and employer_key is not null
    union all select source, person_key, false from core.contribution where recorded_at >= %(since)s and employer_key is not null
    union all select source, person_key, false from core.contribution_history where recorded_to >= %(since)s and employer_key is not null
    union all select p.source, p.source_key, false from firm f join core.person_record p on p.source = f.source and p.employer_key = f.source_key
    union all select e.source, e.person_key, false from firm f join core.enrolment e on e.source = f.source and e.employer_key = f.source_key
    union all select c.source, c.person_key, false from firm f join core.contribution c on c.source = f.source and c.employer_key = f.source_key
)
select f.source, f.source_key, bool_or(f.own) from found f join core.person_record p using (source, source_key) group by 1, 2

-- gone: keys of person records that a source corrected and that no record has now
select r.source, r.old_key from identity.rekey r
where r.entity = 'person_record' and r.recorded_at >= %(since)s
    and not exists (select from core.person_record p where p.source = r.source and p.source_key = r.old_key)

-- judged: records that judgements later than a known one are about, and those their acts rested on
with fresh as (select * from identity.judgement where judgement_id > %(known)s and entity = 'person_record'),
done as (select act_id from fresh union select a.undoes from identity.act a where a.act_id in (select act_id from fresh))
select left_source, left_key from fresh union select right_source, right_key from fresh
union select r.source, r.source_key from identity.judged_record r join done d using (act_id)

-- pinned: records of pins that began or ended
select source, source_key from identity.pin where recorded_at >= %(since)s or ended_at >= %(since)s or (until < current_date and until >= %(since)s::date - 1)

-- drawn: records of links drawn for the audit
select left_source, left_key from identity.sampled where purpose = 'audit' and drawn_at >= %(since)s
union select right_source, right_key from identity.sampled where purpose = 'audit' and drawn_at >= %(since)s

-- resting: records judged by acts that rested on some records
with wanted as (select * from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key)),
acted as (select distinct r.act_id from identity.judged_record r join wanted using (source, source_key))
select j.left_source, j.left_key from identity.judgement j join acted using (act_id) where j.entity = 'person_record'
union select j.right_source, j.right_key from identity.judgement j join acted using (act_id) where j.entity = 'person_record'

-- employers: whether an employer record, a key of one or a judgement on one is new
select exists (select from core.employer_record where recorded_at >= %(since)s) or exists (select from core.employer_record_history where recorded_to >= %(since)s)
    or exists (select from identity.rekey where entity = 'employer_record' and recorded_at >= %(since)s)
    or exists (select from identity.judgement where entity = 'employer_record' and judgement_id > %(known)s)
