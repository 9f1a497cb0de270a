-- lines: the ledger as last published, a line per batch and stream
select l.batch_id, b.source, l.stream, l.extracted, l.accepted, l.quarantined, l.unchanged, l.superseded, l.out_of_scope, coalesce(a.ended, 0) as ended
from ops.ledger l
join ops.batch b using (batch_id, replay)
left join ops.absence a using (batch_id, replay, stream)
where (%(batch)s::text is null or l.batch_id = %(batch)s) and (%(source)s::text is null or b.source = %(source)s)
  and (not %(last)s or b.sequence = (select max(sequence) from ops.batch n where n.source = b.source and n.state = 'published' and n.kind <> 'repair'))
order by b.source, b.sequence, l.stream

-- unbalanced: batches whose states do not sum to what was extracted, or whose quarantine or keys disagree; none, always
select batch_id || '/' || stream from ops.ledger where extracted <> accepted + quarantined + unchanged + superseded + out_of_scope
union all
select batch_id || '/' || stream from ops.absence where known <> seen + ended
union all
select b.batch_id || '/' || l.stream from ops.batch b join ops.ledger l using (batch_id, replay)
where b.state = 'published' and l.quarantined <> (select count(*) from ops.quarantine q where q.batch_id = b.batch_id and q.stream = l.stream)
