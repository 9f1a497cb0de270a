-- unknown: the work list, and whether rows refused for an unknown code still wait in that stream
select u.source, u.stream, u.lookup, u.value_blind, u.value_sealed, u.rows, u.batch_id,
       exists (select from ops.quarantine q where q.source = u.source and q.stream = u.stream and q.state = 'open'
               and exists (select from unnest(q.reasons) r where r like '%%:code_unknown'))
from ops.unknown_code u where %(source)s::text is null or u.source = %(source)s order by u.source, u.lookup

-- map: what a value means, from now on
insert into ops.lookup_override (source, lookup, value, code, author, reason) values (%(source)s, %(lookup)s, %(value)s, %(code)s, %(author)s, %(reason)s)
returning recorded_at

-- decided: every decision, the latest first
select source, lookup, value, code, author, reason, recorded_at from ops.lookup_override
where %(source)s::text is null or source = %(source)s order by override_id desc limit 500
