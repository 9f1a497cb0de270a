-- add_analyst: whose mart rows a login role sees
insert into access.analyst (role, areas, lines, created_by) values (%(role)s, %(areas)s, %(lines)s, %(author)s)
on conflict (role) do update set areas = excluded.areas, lines = excluded.lines, created_by = excluded.created_by, created_at = now()

-- drop_analyst: nobody's any more
delete from access.analyst where role = %(role)s

-- analysts: everybody who may read the mart
select role, areas, lines, created_by, created_at from access.analyst order by role

-- role_exists: whether the server knows a role
select exists (select from pg_roles where rolname = %(role)s)

-- is_analyst: whether this connection is authenticated as an analyst, and as nobody more
select pg_has_role(session_user, 'hub_pipeline', 'member') is false and session_user = current_user
    and not (select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = session_user)
    and has_schema_privilege('mart', 'usage') and not has_schema_privilege('core', 'usage')
