-- patterns: rows that wait, by source, stream and everything they were refused for; `corrected` have a correction nobody replayed yet
select q.source, q.stream, q.reasons, count(*), count(distinct q.batch_id), min(q.recorded_at), max(q.recorded_at),
       count(*) filter (where exists (select from ops.repair r where r.batch_id = q.batch_id and r.row_number = q.row_number))
from ops.quarantine q where q.state = 'open' and (%(source)s::text is null or q.source = %(source)s)
group by 1, 2, 3 order by 4 desc, 1, 2, 3

-- waiting: how many rows wait, in all
select count(*) from ops.quarantine where state = 'open'

-- rows: rows of one pattern, oldest batch first
select q.batch_id, q.row_number, q.stream, q.row_key, q.reasons, q.recorded_at,
       exists (select from ops.repair r where r.batch_id = q.batch_id and r.row_number = q.row_number)
from ops.quarantine q join ops.batch b using (batch_id)
where q.state = 'open' and q.source = %(source)s and q.stream = %(stream)s and q.reasons = %(reasons)s
order by b.sequence, q.row_number limit %(limit)s offset %(offset)s

-- sample: some rows of one pattern, whichever; the seed gives the same ones again
select q.batch_id, q.row_number, q.stream, q.row_key, q.reasons, q.recorded_at,
       exists (select from ops.repair r where r.batch_id = q.batch_id and r.row_number = q.row_number)
from ops.quarantine q
where q.state = 'open' and q.source = %(source)s and q.stream = %(stream)s and q.reasons = %(reasons)s
order by md5(q.batch_id || '/' || q.row_number || %(seed)s) limit %(limit)s

-- raws: sealed raw rows by batch and number
select q.batch_id, q.row_number, q.stream, q.raw from ops.quarantine q
join unnest(%(batches)s::text[], %(rows)s::bigint[]) with ordinality as k (batch_id, row_number, place) using (batch_id, row_number) order by k.place

-- corrections: of rows, in the order they were made
select r.batch_id, r.row_number, r.sealed from ops.repair r
join unnest(%(batches)s::text[], %(rows)s::bigint[]) as k (batch_id, row_number) using (batch_id, row_number) order by r.repair_id

-- history: corrections of one row, the first first
select repair_id, author, reason, recorded_at, plan_id, sealed from ops.repair where batch_id = %(batch_id)s and row_number = %(row_number)s order by repair_id

-- one: a refused row, and where its replay went
select q.source, q.stream, q.row_key, q.reasons, q.state, q.recorded_at, q.repair_batch_id, q.repair_row, b.interval_start
from ops.quarantine q join ops.batch b using (batch_id) where q.batch_id = %(batch_id)s and q.row_number = %(row_number)s

-- in_sight: whether a refused row is seen
select exists (select from ops.quarantine where batch_id = %(batch_id)s and row_number = %(row_number)s)

-- intervals: first day of the data of some batches (null: not dated)
select batch_id, interval_start from ops.batch where batch_id = any(%(batches)s)

-- propose: a bulk repair
insert into ops.repair_plan (source, stream, reasons, columns, sealed, passing, failing, alone, author, reason)
values (%(source)s, %(stream)s, %(reasons)s, %(columns)s, %(sealed)s, %(passing)s, %(failing)s, %(alone)s, %(author)s, %(reason)s) returning plan_id

-- plans: bulk repairs, those that wait first, then the latest
select plan_id, source, stream, reasons, columns, passing, failing, alone, author, reason, recorded_at, decision, decided_by, decided_reason, decided_at
from ops.repair_plan
where (%(plan_id)s::bigint is null or plan_id = %(plan_id)s) and (%(source)s::text is null or source = %(source)s) and (not %(waiting)s or decision is null)
order by decision is not null, plan_id desc limit %(limit)s

-- plan_steps: sealed steps of a bulk repair
select sealed from ops.repair_plan where plan_id = %(plan_id)s

-- plan_rows: the rows a bulk repair stands for that still wait
select r.batch_id, r.row_number from ops.repair_plan_row r join ops.quarantine q using (batch_id, row_number)
where r.plan_id = %(plan_id)s and q.state = 'open' order by 1, 2

-- plan_sample: some of them, whichever
select r.batch_id, r.row_number from ops.repair_plan_row r join ops.quarantine q using (batch_id, row_number)
where r.plan_id = %(plan_id)s and q.state = 'open' order by md5(r.batch_id || '/' || r.row_number || %(seed)s) limit %(limit)s

-- plan_state: what became of the rows of a bulk repair
select q.state, count(*) from ops.repair_plan_row r join ops.quarantine q using (batch_id, row_number) where r.plan_id = %(plan_id)s group by 1

-- plan_batches: the batches its rows were replayed in, with their states
select b.batch_id, b.state, count(*) from ops.repair_plan_row r join ops.quarantine q using (batch_id, row_number) join ops.batch b on b.batch_id = q.repair_batch_id
where r.plan_id = %(plan_id)s group by 1, 2 order by 1

-- decide_plan: once
update ops.repair_plan set decision = %(decision)s, decided_by = %(author)s, decided_reason = %(reason)s, decided_at = now()
where plan_id = %(plan_id)s and decision is null returning source
