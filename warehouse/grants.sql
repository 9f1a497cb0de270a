-- Who reaches what in the database.  Run after every migration and whenever views were made anew; any number of times.
-- Roles without login are what the hub's own connections take on; an analyst is a login role that is member of nothing.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['hub_pipeline', 'hub_console', 'hub_steward', 'hub_engineer', 'hub_auditor', 'hub_admin'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin noinherit', wanted);
            exception when duplicate_object or unique_violation then
                null; -- another warehouse of this server made it in the same moment
            end;
        end if;
        if not pg_has_role(current_user, wanted, 'member') then -- an owner who is no superuser takes the role on for the console
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;
end $$;

-- What PostgreSQL gives everybody and nobody here needs: temporary tables and functions, large objects, locks others wait for.
do $$
declare
    f record;
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect, temporary on database %I to hub_pipeline', current_database());
    execute format('grant connect on database %I to hub_console, hub_steward, hub_engineer, hub_auditor, hub_admin', current_database());
    revoke all on schema public from public;
    if (select rolsuper from pg_roles where rolname = current_user) then
        for f in select p.oid::regprocedure as name, p.proname ~ '^pg_(try_)?advisory' as is_lock from pg_proc p
                 where p.pronamespace = 'pg_catalog'::regnamespace
                   and (p.proname ~ '^(lo_|loread|lowrite|pg_(try_)?advisory|pg_logical_emit_message|pg_notify)') loop
            execute format('revoke execute on function %s from public', f.name);
            if f.is_lock then
                execute format('grant execute on function %s to hub_pipeline, hub_console', f.name);
            end if;
        end loop;
    end if;
end $$;
revoke all on schema access, audit, core, identity, mart, ops, star from public;
revoke execute on all functions in schema access, audit, identity, ops from public;

-- Whom a connection reads for.  Analysts: by the name they signed in to the database with, which no statement can change.
-- The console: by access.acting, which only access.act writes, which only the console may call.
create or replace function access.mart_areas() returns text[] language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
    select case when pg_has_role(session_user, current_user, 'usage') or pg_has_role(session_user, 'hub_pipeline', 'usage') then array['']
        else coalesce((select coalesce(a.areas, array['']) from access.analyst a where a.role = session_user), array[]::text[]) end
$$;
create or replace function access.mart_lines() returns text[] language sql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
    select a.lines from access.analyst a where a.role = session_user
$$;
create or replace function access.act(who text, seen_areas text[], seen_lines text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into access.acting select pg_backend_pid(), backend_start, who, seen_areas, seen_lines from pg_stat_get_activity(pg_backend_pid())
    on conflict (pid) do update set started = excluded.started, account = excluded.account, areas = excluded.areas, lines = excluded.lines
$$;
create or replace function access.act_over() returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from access.acting where pid = pg_backend_pid()
$$;
create or replace function access.acting_now() returns access.acting language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a from access.acting a join pg_stat_get_activity(pg_backend_pid()) s on s.backend_start = a.started where a.pid = pg_backend_pid()
$$;
create or replace function access.acting_areas() returns text[] language sql stable security definer set search_path = pg_catalog, access, pg_temp as $$
    select case when n is null then array[]::text[] else coalesce((n).areas, array['']) end from (select access.acting_now() as n) now
$$;
create or replace function access.acting_lines() returns text[] language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (access.acting_now()).lines
$$;
-- The records of a case: claims, sight and the rule of areas rest on this one function.
create or replace function access.case_records(wanted text) returns table (entity text, source text, source_key text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.entity, side.source, side.source_key from identity.pair p
    cross join lateral (values (p.left_source, p.left_key), (p.right_source, p.right_key)) side(source, source_key) where p.case_id = wanted
$$;
create or replace function access.claimed_records() returns text[] language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(r.source || '/' || r.source_key), array[]::text[]) from access.claim c cross join lateral access.case_records(c.case_id) r
    where c.account = (access.acting_now()).account and c.expires_at > now()
$$;
-- Where a record belongs, said of records out of sight too: "held by area B".  Null: there is no such record.
create or replace function access.held_by(of_source text, of_key text) returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(area_code, '') from core.person_record where (source, source_key) = (of_source, of_key)
$$;
-- Hold a case for the lease: `held` with its end, `taken` by somebody else, `absent` from one's areas, `crosses` areas without that right.
create or replace function access.take_claim(wanted text, lease interval) returns table (state text, until timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me access.acting := access.acting_now();
    inside bigint;
    outside bigint;
    ends timestamptz;
begin
    select count(*) filter (where own), count(*) filter (where not own) into inside, outside from (
        select exists (select from unnest(coalesce(me.areas, array[''])) a where starts_with(coalesce(r.area_code, ''), a)) as own
        from access.case_records(wanted) c left join lateral (
            select p.area_code from core.person_record p where c.entity = 'person_record' and (p.source, p.source_key) = (c.source, c.source_key)
            union all
            select e.area_code from core.employer_record e where c.entity = 'employer_record' and (e.source, e.source_key) = (c.source, c.source_key)
        ) r on true) one;
    if me.account is null or inside = 0 then
        return query select 'absent', null::timestamptz;
    elsif outside > 0 and not exists (select from access.role_grant g where g.account = me.account and g.role = 'cross_area' and g.decision = 'approve'
                                      and g.revoked_at is null) then
        return query select 'crosses', null::timestamptz;
    else
        insert into access.claim as c (case_id, account, expires_at) values (wanted, me.account, now() + lease)
        on conflict (case_id) do update set account = excluded.account, claimed_at = now(), expires_at = excluded.expires_at
        where c.account = excluded.account or c.expires_at < now() returning c.expires_at into ends;
        return query select case when ends is null then 'taken' else 'held' end, ends;
    end if;
end $$;
create or replace function access.end_claim(wanted text) returns boolean language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from access.claim where case_id = wanted and account = (access.acting_now()).account returning 1) select exists (select from gone)
$$;
create or replace function access.claimed_cases() returns text[] language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(c.case_id), array[]::text[]) from access.claim c where c.account = (access.acting_now()).account and c.expires_at > now()
$$;
-- Whether whoever asks sees a record, one look-up by its key: written as a subquery in a policy, the planner may read all records instead.
create or replace function access.in_sight(of_entity text, of_source text, of_key text) returns boolean language sql stable as $$
    select case of_entity when 'person_record' then exists (select from core.person_record r where r.source = of_source and r.source_key = of_key)
        else exists (select from core.employer_record r where r.source = of_source and r.source_key = of_key) end
$$;
-- Who may be given a case: names of stewards, for stewards.
create or replace function access.stewards() returns setof text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.name from access.account a where a.disabled_at is null and exists (
        select from access.role_grant g where g.account = a.name and g.role = 'steward' and g.decision = 'approve' and g.revoked_at is null) order by a.name
$$;
revoke execute on all functions in schema access from public;

grant usage on schema core, identity, mart, ops, audit, star to hub_pipeline;
grant select, insert, update, delete on all tables in schema core, identity, ops, star to hub_pipeline;
grant select on all tables in schema mart to hub_pipeline;
grant usage on all sequences in schema core, identity, ops, star to hub_pipeline;
grant execute on function identity.state_of(text) to hub_pipeline;
grant usage on schema access to hub_pipeline; -- for what the views of the mart ask, no table
grant execute on function access.mart_areas(), access.mart_lines() to hub_pipeline;
revoke insert, update, delete on ops.alembic_version from hub_pipeline; -- only the owner brings the tables to another version
do $$
begin
    if current_setting('server_version_num')::int >= 170000 then -- before, only an owner analyses: autovacuum does it a minute later
        grant maintain on all tables in schema core, identity, star to hub_pipeline;
    end if;
end $$;
grant usage on schema access, audit, core, identity, ops to hub_console;
grant select, insert, update on all tables in schema access to hub_console;
revoke insert, update on access.acting, access.analyst from hub_console;
revoke insert, update on access.alert, access.look, access.look_limit from hub_console; -- the trail counts, an administrator settles
revoke all on access.project from hub_console;
grant select (project, purpose, created_by, created_at) on access.project to hub_console;
grant delete on access.recovery_code, access.backoff, access.claim to hub_console;
grant usage on all sequences in schema access to hub_console;
grant execute on function access.act(text, text[], text[]), access.act_over(), access.acting_now() to hub_console;
grant usage on schema access, audit, core, identity, ops to hub_steward;
grant select on all tables in schema core, identity, ops to hub_steward;
grant insert on identity.judgement, ops.repair, ops.lookup_override to hub_steward;
grant execute on function access.acting_areas(), access.acting_lines(), access.acting_now(), access.claimed_records(), access.case_records(text),
    access.held_by(text, text), access.take_claim(text, interval), access.end_claim(text) to hub_steward;
grant select on access.claim, access.unmasking to hub_steward;
grant execute on function access.claimed_cases(), access.stewards(), access.in_sight(text, text, text) to hub_steward;
grant usage on schema audit, mart, ops to hub_engineer;
grant usage on schema access, audit to hub_auditor, hub_admin;
grant select on audit.entry, audit.head to hub_auditor;
grant select on access.role_grant, access.unmasking, access.claim, access.analyst, access.backoff to hub_auditor;
grant select (name, must_change, password_at, totp_at, created_by, created_at, disabled_at) on access.account to hub_auditor;
grant select (account, whole, created_at, seen_at, ended_at, peer, client) on access.session to hub_auditor;
grant select, insert, update on access.account, access.role_grant, access.recovery_code, access.session, access.token, access.backoff to hub_admin;
grant delete on access.recovery_code to hub_admin;
grant select on access.alert, access.look_limit to hub_admin, hub_auditor;
grant update (settled_by, settled_at, comment) on access.alert to hub_admin;
grant update (an_hour, times, least, locks) on access.look_limit to hub_admin;
grant usage on all sequences in schema access to hub_admin;
grant execute on function audit.record(text, text, text, text, jsonb) to hub_pipeline, hub_console, hub_steward, hub_engineer, hub_auditor, hub_admin;

-- Engineers see how the flow goes, never a sealed value.
do $$
declare
    t record;
begin
    for t in select c.relname, string_agg(quote_ident(a.attname), ', ') as columns
             from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and a.attname not in ('raw', 'sealed', 'value_sealed') group by c.relname loop
        execute format('grant select (%s) on ops.%I to hub_engineer', t.columns, t.relname);
    end loop;
    grant insert, update on ops.gate_decision, ops.incident to hub_engineer;
    grant insert on ops.lookup_override to hub_engineer;
    if to_regclass('mart.data_quality') is not null then
        grant select on mart.data_quality to hub_engineer;
    end if;
end $$;

-- Rows of the warehouse: the pipeline works on all; a steward sees their areas and lines, and the records of cases they hold.
do $$
declare
    t record;
    has text[];
    sight text;
begin
    for t in select c.oid::regclass as name, c.relnamespace::regnamespace::text as room, c.relname from pg_class c
             where c.relkind = 'r' and (c.relnamespace = 'core'::regnamespace or c.oid in ('identity.golden'::regclass, 'identity.crosswalk'::regclass,
                                        'identity.pair'::regclass)) loop
        select array_agg(attname::text) into has from pg_attribute where attrelid = t.name and attnum > 0 and not attisdropped;
        sight := case
            when t.relname = 'pair' then 'access.in_sight(entity, left_source, left_key) or access.in_sight(entity, right_source, right_key)'
            when t.relname = 'crosswalk' then 'entity <> ''person_record'' or exists (select from core.person_record r'
                || ' where r.source = crosswalk.source and r.source_key = crosswalk.source_key)'
            when 'area_code' = any (has) then 'exists (select from unnest((select access.acting_areas())) a where starts_with(coalesce(area_code, ''''), a))'
            else format('exists (select from core.person_record r where r.source = %1$I.source and r.source_key = %1$I.person_key)', t.relname) end;
        if 'insurance_code' = any (has) then
            sight := format('(%s) and (insurance_code is null or insurance_code = any (coalesce((select access.acting_lines()), array[insurance_code])))', sight);
        end if;
        if t.relname in ('person_record', 'person_record_history') or 'person_key' = any (has) then -- also what hangs on the records of a claimed case
            sight := format('(%s) or source || ''/'' || %I = any ((select access.claimed_records())::text[])', sight,
                case when 'person_key' = any (has) then 'person_key' else 'source_key' end);
        elsif t.relname = 'golden' then -- of a person with a record in sight; the console shows values from elsewhere as held there
            sight := format('(%s) or exists (select from identity.crosswalk c where c.entity = ''person_record'' and c.entity_id = person_id)', sight);
        end if;
        execute format('alter table %s enable row level security', t.name);
        execute format('drop policy if exists pipeline on %s', t.name);
        execute format('create policy pipeline on %s to hub_pipeline using (true) with check (true)', t.name);
        execute format('drop policy if exists steward on %s', t.name);
        execute format('create policy steward on %s for select to hub_steward using (%s)', t.name, sight);
    end loop;
end $$;

-- A steward reads of openings only their own; the rest of the hub's roles as the grants above say.
alter table access.unmasking enable row level security;
drop policy if exists steward on access.unmasking;
create policy steward on access.unmasking for select to hub_steward using (account = (select (access.acting_now()).account));
drop policy if exists others on access.unmasking;
create policy others on access.unmasking to hub_console, hub_auditor using (true) with check (true);

-- The queue: a steward sees and routes the cases of their areas and lines (a case without an area: whoever sees all), and those they hold.
do $$
declare
    sight constant text := '((select access.acting_areas()) = array['''']'
        || ' or exists (select from unnest(areas) r, unnest((select access.acting_areas())) a where starts_with(r, a))'
        || ' or case_id = any ((select access.claimed_cases())::text[]))'
        || ' and (cardinality(lines) = 0 or (select access.acting_lines()) is null or lines && (select access.acting_lines()))';
begin
    alter table identity.waiting enable row level security;
    drop policy if exists pipeline on identity.waiting;
    create policy pipeline on identity.waiting to hub_pipeline using (true) with check (true);
    drop policy if exists steward on identity.waiting;
    execute format('create policy steward on identity.waiting for select to hub_steward using (%s)', sight);
    drop policy if exists route on identity.waiting;
    execute format('create policy route on identity.waiting for update to hub_steward using (%s)', sight);
end $$;
grant update (routed_to, escalated) on identity.waiting to hub_steward;

-- Refused rows: a steward sees, repairs and counts those that name an area of theirs, and bulk repairs of such rows or of their own.
do $$
declare
    t text;
    sight constant text := '((select access.acting_areas()) = array[''''] or exists (select from unnest(areas) r, unnest((select access.acting_areas())) a'
        || ' where starts_with(r, a)))';
    row_of constant text := 'exists (select from ops.quarantine q where (q.batch_id, q.row_number) = (%1$I.batch_id, %1$I.row_number))';
begin
    foreach t in array array['quarantine', 'repair', 'repair_plan', 'repair_plan_row'] loop
        execute format('alter table ops.%I enable row level security', t);
        execute format('drop policy if exists pipeline on ops.%I', t);
        execute format('create policy pipeline on ops.%I to hub_pipeline using (true) with check (true)', t);
        execute format('drop policy if exists engineer on ops.%I', t);
        execute format('create policy engineer on ops.%I for select to hub_engineer using (true)', t);
        execute format('drop policy if exists steward on ops.%I', t);
        execute format('create policy steward on ops.%I for select to hub_steward using (%s)', t, case t
            when 'quarantine' then sight
            when 'repair_plan' then 'author = (select (access.acting_now()).account) or exists (select from ops.repair_plan_row r where r.plan_id = repair_plan.plan_id)'
            else format(row_of, t) end);
    end loop;
    drop policy if exists mend on ops.repair;
    execute format('create policy mend on ops.repair for insert to hub_steward with check (%s)', format(row_of, 'repair'));
end $$;
-- Lists of the queue: everybody's own, and those that are shared; who keeps one ends it.
alter table identity.saved_list enable row level security;
drop policy if exists pipeline on identity.saved_list;
create policy pipeline on identity.saved_list to hub_pipeline using (true) with check (true);
drop policy if exists steward on identity.saved_list;
create policy steward on identity.saved_list for select to hub_steward using (shared or owner = (select (access.acting_now()).account));
drop policy if exists keep on identity.saved_list;
create policy keep on identity.saved_list for insert to hub_steward with check (owner = (select (access.acting_now()).account));
drop policy if exists again on identity.saved_list;
create policy again on identity.saved_list for update to hub_steward using (owner = (select (access.acting_now()).account))
    with check (owner = (select (access.acting_now()).account));
drop policy if exists let_go on identity.saved_list;
create policy let_go on identity.saved_list for delete to hub_steward using (owner = (select (access.acting_now()).account));
grant insert, update, delete on identity.saved_list to hub_steward;

-- Rows of the mart: every relation with an area, a line or a person shows an analyst only theirs, whoever adds one.
do $$
declare
    t record;
    has text[];
    sight text;
begin
    for t in select c.oid, c.oid::regclass as name, c.relname, c.relkind, coalesce(c.reloptions, '{}') as options from pg_class c
             where c.relnamespace = 'mart'::regnamespace and c.relkind in ('r', 'p', 'v') loop
        select array_agg(attname::text order by attnum) into has from pg_attribute where attrelid = t.oid and attnum > 0 and not attisdropped;
        sight := case
            when 'area_code' = any (has) then '(select access.mart_areas() = array['''']) or exists (select from unnest((select access.mart_areas())) a'
                || ' where starts_with(coalesce(area_code, ''''), a))' -- who sees every area asks no row
            when 'person_key' = any (has) then '(select access.mart_areas() = array['''']) or person_key in (select p.person_key from mart.person p)'
            else 'true' end;
        if 'insurance_code' = any (has) then
            sight := format('(%s) and ((select access.mart_lines() is null) or insurance_code is null or insurance_code = any ((select access.mart_lines())::text[]))', sight);
        end if;
        if t.relkind = 'v' and not 'security_barrier=true' = any (t.options) then
            execute format('create or replace view %s with (security_barrier = true) as select %s from (%s) whole where %s', t.name,
                (select string_agg(quote_ident(c), ', ') from unnest(has) c), rtrim(pg_get_viewdef(t.oid), ';'), sight);
        elsif t.relkind <> 'v' then
            execute format('alter table %s enable row level security', t.name);
            execute format('drop policy if exists analyst on %s', t.name);
            execute format('create policy analyst on %s for select using (%s)', t.name, sight);
        end if;
    end loop;
end $$;

-- Analysts, each by name: the mart and nothing else; without a project, its published figures.
do $$
declare
    who text;
    published boolean;
    t regclass;
begin
    for who, published in select a.role, a.project is null from access.analyst a join pg_roles r on r.rolname = a.role loop
        execute format('grant connect on database %I to %I', current_database(), who);
        execute format('grant usage on schema mart to %I', who);
        execute format('revoke all on all tables in schema mart from %I', who);
        for t in select c.oid::regclass from pg_class c where c.relnamespace = 'mart'::regnamespace and c.relkind in ('r', 'p', 'v')
                 and (not published or c.relname ~ '^published_' or c.relname in ('calendar', 'insurance_line', 'code')) loop
            execute format('grant select on %s to %I', t, who);
        end loop;
        execute format('grant execute on function access.mart_areas(), access.mart_lines() to %I', who);
    end loop;
end $$;
