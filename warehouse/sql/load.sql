-- current: what the warehouse holds of a source's records, to tell new from changed from unchanged
copy (
    select source_key, encode(hash, 'hex') as hash, sequence, first_sequence, first_row, ended_sequence, refused_newer
    from core.{table} where source = {source}
) to stdout (format csv, header, force_quote (source_key))

-- current_of: the same for the few keys of a small batch
copy (
    select source_key, encode(hash, 'hex') as hash, sequence, first_sequence, first_row, ended_sequence, refused_newer
    from core.{table} where source = {source} and source_key = any({keys})
) to stdout (format csv, header, force_quote (source_key))

-- copy_in: bulk rows straight into a table
copy {table} ({columns}) from stdin (format csv)

-- stage: an empty copy of a core table for the versions that replace others
create temporary table {stage} (like core.{table} including defaults) on commit drop

-- keep_old: versions about to be replaced go to history (not the empty-hashed ones: a rekey has kept those already)
insert into core.{history} ({columns})
select {old} from core.{table} c join {stage} s using (source, source_key) where c.hash <> ''

-- replace: the new versions become current; a record keeps its age
update core.{table} c
set {assignments},
    first_sequence = least(c.first_sequence, s.first_sequence),
    first_row = case when (s.first_sequence, s.first_row) < (c.first_sequence, c.first_row) then s.first_row else c.first_row end,
    ended_sequence = null, refused_newer = false, recorded_at = now()
from {stage} s
where c.source = s.source and c.source_key = s.source_key

-- make_older: records that an older interval, loaded later, shows to be older
update core.{table} c
set first_sequence = %(sequence)s, first_row = k.first_row
from unnest(%(keys)s::text[], %(rows)s::bigint[]) as k (source_key, first_row)
where c.source = %(source)s and c.source_key = k.source_key and (%(sequence)s::bigint, k.first_row) < (c.first_sequence, c.first_row)

-- note_older: which of these person records that makes older, so that the next run of resolve looks at them
insert into identity.aged (source, source_key)
select c.source, c.source_key from core.person_record c
join unnest(%(keys)s::text[], %(rows)s::bigint[]) as k (source_key, first_row) using (source_key)
where c.source = %(source)s and (%(sequence)s::bigint, k.first_row) < (c.first_sequence, c.first_row)

-- end_history: records whose key is gone keep their last version in history
insert into core.{history} ({columns})
select {columns} from core.{table}
where source = %(source)s and not derived and ended_sequence is null and (source_key = any(%(keys)s) or (position('#' in source_key) > 0 and regexp_replace(source_key, '(?<!\\)#.*$', '') = any(%(keys)s)))

-- end: records whose key is gone are end-dated, never removed
update core.{table} set ended_sequence = %(sequence)s, recorded_at = now()
where source = %(source)s and not derived and ended_sequence is null and (source_key = any(%(keys)s) or (position('#' in source_key) > 0 and regexp_replace(source_key, '(?<!\\)#.*$', '') = any(%(keys)s)))

-- mark_refused: a newer version of these records waits in quarantine
update core.{table} set refused_newer = true
where source = %(source)s and not derived and not refused_newer and (source_key = any(%(keys)s) or (position('#' in source_key) > 0 and regexp_replace(source_key, '(?<!\\)#.*$', '') = any(%(keys)s)))

-- unmark_refused: the source took the refused version back
update core.{table} set refused_newer = false where source = %(source)s and refused_newer and source_key = any(%(keys)s)
