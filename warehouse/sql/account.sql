-- add: an account with a password somebody else knows
insert into access.account (name, password_hash, password_until, created_by) values (%(name)s, %(hash)s, %(until)s, %(author)s)
on conflict (name) do nothing returning name

-- get: one account
select name, password_hash, must_change, password_until, totp, totp_step, totp_at, language, disabled_at from access.account where name = %(name)s

-- all: accounts with their roles
select a.name, a.disabled_at is not null, a.totp_at is not null, a.created_at,
    coalesce((select array_agg(distinct g.role order by g.role) from access.role_grant g
              where g.account = a.name and g.decision = 'approve' and g.revoked_at is null), '{}')
from access.account a order by a.name

-- any: whether there is an account
select exists (select from access.account)

-- set_password: chosen by the person, or given for one use
update access.account set password_hash = %(hash)s, must_change = %(must_change)s, password_at = now(), password_until = %(until)s where name = %(name)s

-- disable: nobody signs in as them any more
update access.account set disabled_at = coalesce(disabled_at, now()) where name = %(name)s

-- enable: they may sign in again
update access.account set disabled_at = null where name = %(name)s

-- set_look: how a person wants every page; what is null stays
update access.account set language = coalesce(%(language)s, language), theme = coalesce(%(theme)s, theme), density = coalesce(%(density)s, density)
where name = %(name)s

-- set_totp: a second factor that is not confirmed yet
update access.account set totp = %(totp)s, totp_at = null, totp_step = 0 where name = %(name)s

-- use_step: a time step is taken once; no row when it was
update access.account set totp_step = %(step)s, totp_at = coalesce(totp_at, now()) where name = %(name)s and totp_step < %(step)s returning name

-- forget_factor: the person sets up another
update access.account set totp = null, totp_at = null, totp_step = 0 where name = %(name)s

-- forget_codes: recovery codes
delete from access.recovery_code where account = %(name)s

-- add_code: a recovery code
insert into access.recovery_code (account, hash) values (%(name)s, %(hash)s)

-- use_code: a recovery code is taken once
update access.recovery_code set used_at = now() where account = %(name)s and hash = %(hash)s and used_at is null returning account

-- codes_left: recovery codes not used
select count(*) from access.recovery_code where account = %(name)s and used_at is null

-- lock: one attempt for a subject at a time
select pg_advisory_xact_lock(hashtextextended(%(subject)s, 1))

-- wait: seconds until the next attempt is looked at
select coalesce(max(extract(epoch from until - now())), 0)::float from access.backoff where subject = any(%(subjects)s) and until > now()

-- fail: another failure; the wait doubles from the free ones on
insert into access.backoff as b (subject, failures, until) values (%(subject)s, 1, now()) on conflict (subject) do update set
    failures = case when b.last_at < now() - interval '1 day' then 1 else b.failures + 1 end,
    last_at = now(),
    until = case when b.last_at < now() - interval '1 day' or b.failures + 1 < %(free)s then now()
        else now() + least(interval '15 seconds' * 2 ^ least(b.failures + 1 - %(free)s, 12), interval '1 hour') end
returning failures

-- forgive: a whole sign-in ends the waits of an account
delete from access.backoff where subject = %(subject)s

-- add_session: begun
insert into access.session (hash, account, whole, peer, client) values (%(hash)s, %(account)s, %(whole)s, %(peer)s, %(client)s)

-- session: one that is open, not idle for too long and not too old
select s.account, s.whole, a.must_change, a.totp_at is not null, a.language, a.theme, a.density, s.proven_at > now() - %(proven)s::interval, s.seen_at < now() - interval '30 seconds',
    coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'areas', g.areas, 'lines', g.lines)) from access.role_grant g
              where g.account = a.name and g.decision = 'approve' and g.revoked_at is null), '[]')
from access.session s join access.account a on a.name = s.account
where s.hash = %(hash)s and s.ended_at is null and a.disabled_at is null
    and s.seen_at > now() - %(idle)s::interval and s.created_at > now() - %(whole)s::interval

-- seen: still there
update access.session set seen_at = now() where hash = %(hash)s

-- prove: the password was given again
update access.session set proven_at = now() where hash = %(hash)s

-- end_session: signed out
update access.session set ended_at = now() where hash = %(hash)s and ended_at is null

-- end_sessions: of an account, but one
update access.session set ended_at = now() where account = %(account)s and ended_at is null and hash <> %(hash)s

-- sessions: open ones of an account, the latest first
select encode(hash, 'hex'), created_at, seen_at, peer, client from access.session
where account = %(account)s and ended_at is null and seen_at > now() - %(idle)s::interval and created_at > now() - %(whole)s::interval order by created_at desc

-- add_token: for programs
insert into access.token (hash, account, label, scopes, expires_at) values (%(hash)s, %(account)s, %(label)s, %(scopes)s, now() + %(days)s * interval '1 day') returning token_id

-- token: one that works
update access.token t set used_at = now() from access.account a
where t.hash = %(hash)s and t.revoked_at is null and t.expires_at > now() and a.name = t.account and a.disabled_at is null and not a.must_change
returning t.account, t.scopes

-- tokens: of an account, the latest first
select token_id, label, scopes, created_at, expires_at, used_at from access.token where account = %(account)s and revoked_at is null and expires_at > now() order by token_id desc

-- revoke_token: works no more; no row when it is not theirs
update access.token set revoked_at = now() where token_id = %(token_id)s and account = %(account)s and revoked_at is null returning token_id

-- revoke_tokens: of an account
update access.token set revoked_at = now() where account = %(account)s and revoked_at is null

-- grants: live ones, and those that wait for a second person
select grant_id, account, role, areas, lines, reason, asked_by, asked_at, decided_by, decision from access.role_grant
where revoked_at is null and decision is distinct from 'refuse' and (%(account)s::text is null or account = %(account)s) order by grant_id

-- ask: a right is asked for
insert into access.role_grant (account, role, areas, lines, reason, asked_by) values (%(account)s, %(role)s, %(areas)s, %(lines)s, %(reason)s, %(author)s)
returning grant_id

-- decide: given or refused
update access.role_grant set decision = %(decision)s, decided_by = %(author)s, decided_at = now() where grant_id = %(grant_id)s and decision is null returning account

-- revoke: taken back
update access.role_grant set revoked_at = now(), revoked_by = %(author)s
where account = %(account)s and role = %(role)s and revoked_at is null and decision is distinct from 'refuse' returning grant_id

-- open: one record in clear for a while
insert into access.unmasking (account, object, purpose, expires_at) values (%(account)s, %(object)s, %(purpose)s, now() + %(lease)s::interval) returning expires_at

-- is_open: whether a record is in clear now
select exists (select from access.unmasking where account = %(account)s and object = %(object)s and expires_at > now())

-- claim: a case is held by one person for the lease, where their areas and rights allow it
select state, until from access.take_claim(%(case_id)s, %(lease)s::interval)

-- release: a case is free again
select access.end_claim(%(case_id)s)

-- held: areas of records the connection does not see, by record; a record that is nowhere is held by nobody, and the owner sees all
select w.source, w.source_key, coalesce(access.held_by(w.source, w.source_key), '')
from unnest(%(sources)s::text[], %(keys)s::text[]) w(source, source_key)
where (access.acting_now()).account is not null
    and not exists (select from core.person_record r where (r.source, r.source_key) = (w.source, w.source_key))

-- areas: where records belong that the connection sees
select source, source_key, coalesce(area_code, '') from core.person_record
where (source, source_key) in (select * from unnest(%(sources)s::text[], %(keys)s::text[]))

-- standing: what an account may, whoever acts for it
select true, must_change, totp_at is not null, language, false,
    coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'areas', g.areas, 'lines', g.lines)) from access.role_grant g
              where g.account = a.name and g.decision = 'approve' and g.revoked_at is null), '[]')
from access.account a where a.name = %(name)s and a.disabled_at is null

-- act: from here on, until the transaction ends, the connection reads for a person, in a role
select access.act(%(account)s, %(areas)s, %(lines)s), set_config('role', %(role)s, true)

-- act_over: it reads for nobody any more; the connection may be lent to another
reset role; select access.act_over()
