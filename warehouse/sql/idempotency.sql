-- forget: keys of long ago, and those a dead process left
delete from access.idempotency where recorded_at < now() - %(days)s * interval '1 day' or (status is null and recorded_at < now() - interval '5 minutes')

-- begin: a key is taken once
insert into access.idempotency (account, key, request_hash) values (%(account)s, %(key)s, %(hash)s) on conflict do nothing returning key

-- get: what a key was used for
select request_hash, status, answer from access.idempotency where account = %(account)s and key = %(key)s

-- finish: the answer
update access.idempotency set status = %(status)s, answer = %(answer)s where account = %(account)s and key = %(key)s

-- drop: may be tried again
delete from access.idempotency where account = %(account)s and key = %(key)s
