-- blocks: pages of a table now
select (pg_relation_size({table}::regclass) / current_setting('block_size')::int)::bigint

-- old: sealed values of some pages that are not under the key in force
select ctid::text, {sealed}, {names} from {table}
where ctid >= {first}::tid and ctid < {last}::tid and {sealed} is not null and substring({sealed} from 2 for 4) <> {key}

-- count: sealed values under each key
select ('x' || encode(substring({sealed} from 2 for 4), 'hex'))::bit(32)::int, count(*) from {table} where {sealed} is not null group by 1

-- stage: an empty table for a batch of new seals
create temporary table new_seal (place tid, old bytea, new bytea, blind_1 bytea, blind_2 bytea, blind_3 bytea) on commit drop

-- replace: the new seals, where nobody changed the row meanwhile
update {table} t set {assignments} from new_seal n where t.ctid = n.place and t.{sealed} = n.old

-- writers: whether a transaction that began before a moment is still open, in which values may stand under an old key
select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start < %(moment)s)

-- now: the server's clock
select clock_timestamp()
