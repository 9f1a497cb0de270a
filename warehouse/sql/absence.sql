-- keys: keys a stream holds or held, and the batch that missed those that are gone
copy (select row_key, ended_sequence from ops.raw_key where source = {source} and stream = {stream}) to stdout (format csv, header, force_quote (row_key))

-- end: keys that are gone
update ops.raw_key set ended_sequence = %(sequence)s where source = %(source)s and stream = %(stream)s and row_key = any(%(keys)s)

-- reopen: keys that came back
update ops.raw_key set ended_sequence = null where source = %(source)s and stream = %(stream)s and row_key = any(%(keys)s)

-- record: the balance of one stream
insert into ops.absence (batch_id, replay, stream, known, seen, ended, new)
values (%(batch_id)s, %(replay)s, %(stream)s, %(known)s, %(seen)s, %(ended)s, %(new)s)

-- later: whether a later batch of the source is already published
select exists (select from ops.batch where source = %(source)s and sequence > %(sequence)s and state = 'published')
