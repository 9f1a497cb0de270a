-- close_older: earlier refusals of the same row give way to this batch
update ops.quarantine set state = %(state)s
where source = %(source)s and stream = %(stream)s and state = 'open' and batch_id <> %(batch_id)s and row_key = any(%(keys)s)

-- close_same: earlier refusals of the same unkeyed raw row give way to this batch
update ops.quarantine set state = 'superseded'
where source = %(source)s and state = 'open' and batch_id <> %(batch_id)s and row_key is null and raw_hash = any(%(hashes)s)

-- close_unkeyed: a whole batch says anew which rows have no key
update ops.quarantine set state = 'superseded' where source = %(source)s and state = 'open' and batch_id <> %(batch_id)s and row_key is null

-- forget: what an earlier publication of this batch had refused
delete from ops.quarantine where batch_id = %(batch_id)s

-- replayed: rows taken into a repair batch
update ops.quarantine q set state = 'replayed', repair_batch_id = %(repair_batch_id)s, repair_row = k.repair_row
from unnest(%(rows)s::bigint[], %(repair_rows)s::bigint[]) as k (row_number, repair_row) where q.batch_id = %(batch_id)s and q.row_number = k.row_number

-- open_rows: refused rows of a source that wait, oldest batch first
select q.batch_id, q.row_number, q.stream, q.row_key, q.reasons, q.recorded_at
from ops.quarantine q join ops.batch b using (batch_id)
where q.state = 'open' and (%(source)s::text is null or q.source = %(source)s) and (%(reason)s::text is null or exists (select from unnest(q.reasons) r where r like '%%' || %(reason)s || '%%'))
order by b.sequence, q.row_number limit %(limit)s

-- summary: open refused rows by source, stream and reason
select source, stream, reason, count(*) from ops.quarantine, unnest(reasons) as reason
where state = 'open' and (%(source)s::text is null or source = %(source)s) group by 1, 2, 3 order by 1, 2, 4 desc, 3

-- one: a refused row
select source, stream, row_key, reasons, raw, state, repair_batch_id from ops.quarantine where batch_id = %(batch_id)s and row_number = %(row_number)s

-- raws: sealed raw rows of one batch that wait
select row_number, stream, raw from ops.quarantine where batch_id = %(batch_id)s and state = 'open' order by row_number

-- waiting_batches: batches of a source with open refused rows
select distinct batch_id from ops.quarantine where source = %(source)s and state = 'open' order by 1

-- repairs: corrections of one batch's rows, in the order they were made
select row_number, sealed from ops.repair where batch_id = %(batch_id)s order by repair_id

-- add_repair: a correction
insert into ops.repair (batch_id, row_number, sealed, author, reason) values (%(batch_id)s, %(row_number)s, %(sealed)s, %(author)s, %(reason)s)

-- waiting_keys: keys of a stream's refused rows that wait, but for this batch's own
select row_key from ops.quarantine where source = %(source)s and stream = %(stream)s and state = 'open' and batch_id <> %(batch_id)s and row_key is not null
