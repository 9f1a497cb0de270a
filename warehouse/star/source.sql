-- star.source: every department, what it holds, what waits of it, how many of its person records are in doubt
with doubtful as (
    select s.source, count(distinct s.key) as records from identity.pair p
    cross join lateral (values (p.left_source, p.left_key), (p.right_source, p.right_key)) s (source, key) where p.entity = 'person_record' group by 1
), held as (
    select source, count(*) as records from star.record where known_to = 'infinity' and entity = 'person_record' group by 1
), keys as (
    select source, count(*) as rows from ops.raw_key where ended_sequence is null group by 1
), waiting as (
    select source, count(*) as rows from ops.quarantine where state = 'open' group by 1
), batches as (
    select source, max(published_at) as published_at from ops.batch where state = 'published' group by 1
)
select coalesce(b.source, h.source) as source, l.name_zh, l.name_en, b.published_at, coalesce(k.rows, 0) as rows_known, coalesce(w.rows, 0) as rows_waiting,
    coalesce(h.records, 0) as records, coalesce(d.records, 0) as records_doubtful
from batches b
full join held h on h.source = b.source
left join keys k on k.source = b.source
left join waiting w on w.source = b.source
left join doubtful d on d.source = coalesce(b.source, h.source)
left join label l on l.source = coalesce(b.source, h.source)
