-- forget: findings on records that have a new version
delete from ops.finding where source = %(source)s and entity = %(entity)s and source_key = any(%(keys)s)

-- stage: an empty copy of the findings
create temporary table new_finding (like ops.finding) on commit drop

-- add: findings of the new versions, once each
insert into ops.finding select * from new_finding on conflict do nothing

-- add_code: a code nobody explained
insert into ops.unknown_code (source, stream, lookup, value_blind, value_sealed, rows, batch_id)
values (%(source)s, %(stream)s, %(lookup)s, %(value_blind)s, %(value_sealed)s, %(rows)s, %(batch_id)s)
on conflict (source, stream, lookup, value_blind) do update set rows = excluded.rows, batch_id = excluded.batch_id
