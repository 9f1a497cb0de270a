-- waits: whether a batch is still stopped, and whether its time for a decision is over
select b.state = 'stopped', coalesce(d.asked_at + %(limit)s < now(), false)
from ops.batch b left join ops.gate_decision d on d.batch_id = b.batch_id and d.decision is null where b.batch_id = %(batch_id)s

-- health: per source its last published batch, its age in seconds, its rows, and for how long the hub knows the source
select b.source, last.batch_id, extract(epoch from now() - last.published_at)::float8,
       rows.extracted, rows.accepted, rows.quarantined, extract(epoch from now() - min(b.started_at))::float8
from ops.batch b
left join lateral (
    select n.batch_id, n.replay, n.published_at from ops.batch n
    where n.source = b.source and n.published_at is not null and n.kind <> 'repair' order by n.published_at desc limit 1
) last on true
left join lateral (
    select sum(l.extracted)::bigint as extracted, sum(l.accepted)::bigint as accepted, sum(l.quarantined)::bigint as quarantined
    from ops.ledger l where l.batch_id = last.batch_id and l.replay = last.replay
) rows on true
group by b.source, last.batch_id, last.published_at, rows.extracted, rows.accepted, rows.quarantined

-- age: for how long this warehouse has taken batches, in seconds
select extract(epoch from now() - min(started_at))::float8 from ops.batch

-- volume: rows a source brought in the last `over`, first publications only
select coalesce(sum(l.extracted), 0)::bigint from ops.batch b join ops.ledger l on l.batch_id = b.batch_id and l.replay = 0
where b.source = %(source)s and b.kind <> 'repair' and l.recorded_at > now() - %(over)s

-- open: incidents that are not over
select incident_id, source, kind, subject, en, zh, opened_at from ops.incident where closed_at is null order by source, opened_at

-- raise: an incident, unless it is open already
insert into ops.incident (source, kind, subject, en, zh) values (%(source)s, %(kind)s, %(subject)s, %(en)s, %(zh)s)
on conflict (source, kind, subject) where closed_at is null do nothing

-- close: incidents that are over
update ops.incident set closed_at = now() where incident_id = any(%(ids)s) and closed_at is null

-- failed: open failures of a source or DAG
select incident_id from ops.incident where source = %(source)s and kind = 'failed' and closed_at is null

-- mended: open failures of sources that have published since
select i.incident_id from ops.incident i where i.kind = 'failed' and i.closed_at is null
  and exists (select from ops.batch b where b.source = i.source and b.published_at > i.opened_at)

-- untold: what nobody was told yet, beginnings and ends, oldest first; whoever reads it holds it until the end of the transaction
select incident_id, source, kind, subject, en, zh, opened_at, closed_at, opened_told_at is not null
from ops.incident where opened_told_at is null or (closed_at is not null and closed_told_at is null) order by incident_id for update skip locked

-- told: somebody was told
update ops.incident set opened_told_at = coalesce(opened_told_at, now()), closed_told_at = case when closed_at is not null then now() end
where incident_id = %(incident_id)s
