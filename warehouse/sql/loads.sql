-- list: batches with their ledger, the latest first
select b.batch_id, b.source, b.kind, b.state, b.interval_start, b.started_at, b.published_at, b.replay, l.extracted, l.accepted, l.quarantined, l.unchanged,
       l.superseded, l.out_of_scope, a.ended, b.metrics, d.decision, d.author, d.reason, d.stops
from ops.batch b
left join lateral (select sum(extracted)::bigint as extracted, sum(accepted)::bigint as accepted, sum(quarantined)::bigint as quarantined,
    sum(unchanged)::bigint as unchanged, sum(superseded)::bigint as superseded, sum(out_of_scope)::bigint as out_of_scope
    from ops.ledger where batch_id = b.batch_id and replay = b.replay) l on true
left join lateral (select sum(ended)::bigint as ended from ops.absence where batch_id = b.batch_id and replay = b.replay) a on true
left join ops.gate_decision d on d.batch_id = b.batch_id
where (%(source)s::text is null or b.source = %(source)s) and (%(batch)s::text is null or b.batch_id = %(batch)s)
  and (%(before)s::text is null or (b.started_at, b.batch_id) < (select n.started_at, n.batch_id from ops.batch n where n.batch_id = %(before)s))
order by b.started_at desc, b.batch_id desc limit %(limit)s

-- latest: the last ordinary batches of every source, oldest first
select b.batch_id, b.source, b.kind, b.state, b.interval_start, b.started_at, b.published_at, b.replay, l.extracted, l.accepted, l.quarantined, l.unchanged,
       l.superseded, l.out_of_scope, a.ended, b.metrics, d.decision, d.author, d.reason, d.stops
from (select *, row_number() over (partition by source order by started_at desc, batch_id desc) as place from ops.batch where kind <> 'repair') b
left join lateral (select sum(extracted)::bigint as extracted, sum(accepted)::bigint as accepted, sum(quarantined)::bigint as quarantined,
    sum(unchanged)::bigint as unchanged, sum(superseded)::bigint as superseded, sum(out_of_scope)::bigint as out_of_scope
    from ops.ledger where batch_id = b.batch_id and replay = b.replay) l on true
left join lateral (select sum(ended)::bigint as ended from ops.absence where batch_id = b.batch_id and replay = b.replay) a on true
left join ops.gate_decision d on d.batch_id = b.batch_id
where b.place <= %(each)s order by b.source, b.place desc

-- unfinished: neither settled nor waiting for a person
select b.batch_id, b.source, b.kind, b.state, b.interval_start, b.started_at, b.published_at, b.replay, l.extracted, l.accepted, l.quarantined, l.unchanged,
       l.superseded, l.out_of_scope, a.ended, b.metrics, d.decision, d.author, d.reason, d.stops
from ops.batch b
left join lateral (select sum(extracted)::bigint as extracted, sum(accepted)::bigint as accepted, sum(quarantined)::bigint as quarantined,
    sum(unchanged)::bigint as unchanged, sum(superseded)::bigint as superseded, sum(out_of_scope)::bigint as out_of_scope
    from ops.ledger where batch_id = b.batch_id and replay = b.replay) l on true
left join lateral (select sum(ended)::bigint as ended from ops.absence where batch_id = b.batch_id and replay = b.replay) a on true
left join ops.gate_decision d on d.batch_id = b.batch_id
where b.state not in ('published', 'rejected', 'stopped') order by b.started_at

-- days: rows published by day
select to_char(day, 'YYYY-MM-DD'), coalesce(sum(l.extracted), 0)::bigint, coalesce(sum(l.accepted), 0)::bigint, coalesce(sum(l.quarantined), 0)::bigint,
       coalesce(sum(l.unchanged), 0)::bigint
from generate_series(current_date - (%(days)s - 1), current_date, interval '1 day') day
left join ops.ledger l on l.recorded_at >= day and l.recorded_at < day + interval '1 day'
group by day order by day
