-- open: a new batch
insert into ops.batch (batch_id, source, sequence, kind, state, interval_start, interval_end)
values (%(batch_id)s, %(source)s, %(sequence)s, %(kind)s, 'extracting', %(interval_start)s, %(interval_end)s)

-- adopt: a batch known only from its landed files (a replay into an empty warehouse)
insert into ops.batch (batch_id, source, sequence, kind, state, interval_start, interval_end, started_at)
values (%(batch_id)s, %(source)s, %(sequence)s, %(kind)s, 'landed', %(interval_start)s, %(interval_end)s, %(started_at)s)
on conflict (batch_id) do nothing

-- get: one batch
select batch_id, source, sequence, kind, state, interval_start, interval_end, mapping_hash, replay, metrics from ops.batch where batch_id = %(batch_id)s

-- unfinished: batches of a source that a stopped process left behind, oldest first
select batch_id from ops.batch where source = %(source)s and state not in ('published', 'rejected') order by sequence

-- last_sequence: the highest sequence of a source between two bounds
select coalesce(max(sequence), 0) from ops.batch where source = %(source)s and sequence >= %(low)s and sequence < %(high)s

-- interval: the published batch of one data interval, the latest if there are several
select batch_id from ops.batch where source = %(source)s and interval_start = %(interval_start)s and state = 'published' order by sequence desc limit 1

-- set_state: the batch has come further
update ops.batch set state = %(state)s where batch_id = %(batch_id)s

-- set_mapping: what the staged records were made with
update ops.batch set state = 'mapped', mapping_hash = %(mapping_hash)s, override_id = %(override_id)s where batch_id = %(batch_id)s

-- set_metrics: what the gate observed
update ops.batch set metrics = %(metrics)s where batch_id = %(batch_id)s

-- begin_replay: published once more
update ops.batch set replay = replay + 1, state = 'landed' where batch_id = %(batch_id)s

-- publish: the batch is visible
update ops.batch set state = 'published', published_at = now() where batch_id = %(batch_id)s

-- last_metrics: what the gate observed of the last published batches before this one
select metrics from ops.batch
where source = %(source)s and state = 'published' and kind = 'run' and metrics is not null and sequence < %(sequence)s order by sequence desc limit 1

-- ledger: one line of the ledger
insert into ops.ledger (batch_id, replay, stream, extracted, accepted, quarantined, unchanged, superseded, out_of_scope)
values (%(batch_id)s, %(replay)s, %(stream)s, %(extracted)s, %(accepted)s, %(quarantined)s, %(unchanged)s, %(superseded)s, %(out_of_scope)s)

-- read_ledger: the ledger of one batch as last published
select l.stream, l.extracted, l.accepted, l.quarantined, l.unchanged, l.superseded, l.out_of_scope
from ops.ledger l join ops.batch b using (batch_id, replay) where batch_id = %(batch_id)s order by l.stream

-- ask: the gate stopped the batch and asks a person
insert into ops.gate_decision (batch_id, stops) values (%(batch_id)s, %(stops)s)
on conflict (batch_id) do update set stops = excluded.stops, asked_at = now() where gate_decision.decision is null

-- decide: a person's decision, once
update ops.gate_decision set decision = %(decision)s, author = %(author)s, reason = %(reason)s, decided_at = now()
where batch_id = %(batch_id)s and decision is null

-- decision: what was decided
select decision, author, reason, stops from ops.gate_decision where batch_id = %(batch_id)s

-- waiting: stopped batches without a decision
select b.batch_id, b.source, d.asked_at, d.stops from ops.gate_decision d join ops.batch b using (batch_id)
where b.state = 'stopped' and d.decision is null order by d.asked_at

-- overrides: the code mappings people made for a source, the latest of each value
select distinct on (lookup, value) lookup, value, code, override_id from ops.lookup_override where source = %(source)s order by lookup, value, override_id desc

-- watermarks: where the next extraction begins
select stream, value from ops.watermark where source = %(source)s

-- set_watermark: the published batch moves it
insert into ops.watermark (source, stream, value, batch_id) values (%(source)s, %(stream)s, %(value)s, %(batch_id)s)
on conflict (source, stream) do update set value = excluded.value, batch_id = excluded.batch_id
