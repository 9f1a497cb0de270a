-- then: versions of these records that stood at a moment and were replaced since
select h.source, h.source_key, h.name, h.sex_code, h.birth_date, h.sealed, h.recorded_to from core.person_record_history h
join unnest(%(sources)s::text[], %(keys)s::text[]) r(source, source_key) using (source, source_key)
where h.recorded_at <= %(at)s and h.recorded_to > %(at)s order by h.recorded_to desc
