-- moved_later: keys that a later batch replaced by others; an older batch that is replayed has nothing to say of them
select distinct old_key from identity.rekey where source = %(source)s and sequence > %(sequence)s

-- movable: which of the corrected keys have a record under the old key and none under the new one
select k.old_key, k.new_key from unnest(%(old)s::text[], %(new)s::text[]) as k (old_key, new_key)
where exists (select from core.{table} where source = %(source)s and source_key = k.old_key)
  and not exists (select from core.{table} where source = %(source)s and source_key = k.new_key)

-- keep_old: the version under the old key goes to history
insert into core.{history} ({columns}) select {columns} from core.{table} where source = %(source)s and source_key = any(%(old)s)

-- move: the record goes on under the new key; the empty hash makes this batch's version replace it whole
update core.{table} c set source_key = k.new_key, hash = ''
from unnest(%(old)s::text[], %(new)s::text[]) as k (old_key, new_key) where c.source = %(source)s and c.source_key = k.old_key

-- refer: records that speak of the old key speak of the new one
update core.{table} c set {column} = k.new_key
from unnest(%(old)s::text[], %(new)s::text[]) as k (old_key, new_key) where c.source = %(source)s and c.{column} = k.old_key

-- keep_place: whose it was under the old key
insert into identity.crosswalk_history (entity, source, source_key, candidate_id, entity_id, grade, model_version, recorded_at)
select entity, source, source_key, candidate_id, entity_id, grade, model_version, recorded_at from identity.crosswalk
where entity = %(entity)s and source = %(source)s and source_key = any(%(old)s)

-- move_place: its place goes along
update identity.crosswalk c set source_key = k.new_key, recorded_at = now()
from unnest(%(old)s::text[], %(new)s::text[]) as k (old_key, new_key) where c.entity = %(entity)s and c.source = %(source)s and c.source_key = k.old_key

-- note: the correction, with the first key the record had
insert into identity.rekey (source, entity, old_key, new_key, origin_key, sequence)
select %(source)s, %(entity)s, k.old_key, k.new_key, coalesce(r.origin_key, k.old_key), %(sequence)s
from unnest(%(old)s::text[], %(new)s::text[]) as k (old_key, new_key)
left join identity.rekey r on r.source = %(source)s and r.entity = %(entity)s and r.new_key = k.old_key
on conflict do nothing

-- all: every correction of an entity, oldest first
select source, old_key, new_key, origin_key, recorded_at from identity.rekey where entity = %(entity)s order by recorded_at, source, new_key
