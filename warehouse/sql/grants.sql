-- add_analyst: whose mart rows a login role sees
insert into access.analyst (role, areas, lines, created_by, project) values (%(role)s, %(areas)s, %(lines)s, %(author)s, %(project)s)
on conflict (role) do update set areas = excluded.areas, lines = excluded.lines, project = excluded.project, created_by = excluded.created_by, created_at = now()

-- drop_analyst: nobody's any more
delete from access.analyst where role = %(role)s

-- analysts: everybody who may read the mart
select role, areas, lines, created_by, created_at, project from access.analyst order by role

-- role_exists: whether the server knows a role
select exists (select from pg_roles where rolname = %(role)s)

-- flow_role: of a role the server knows, whether it is a login that only fills the warehouse
select rolcanlogin and not rolsuper and pg_has_role(oid, 'hub_pipeline', 'member') from pg_roles where rolname = %(role)s

-- is_analyst: whether this connection is authenticated as an analyst, and as nobody more
select pg_has_role(session_user, 'hub_pipeline', 'member') is false and session_user = current_user
    and not (select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = session_user)
    and has_schema_privilege('mart', 'usage') and not has_schema_privilege('core', 'usage')

-- add_project: a project, with random person keys of its own
insert into access.project (project, purpose, secret, created_by)
values (%(project)s, %(purpose)s, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), %(author)s) on conflict (project) do nothing

-- projects: what analysts work on
select project, purpose, created_by, created_at from access.project order by project

-- who_is: whose keys of a project these are
select k.person_key, k.person_id from (
    select encode(substr(sha256(j.secret || int4send(e.entity_no)), 1, 10), 'hex') as person_key, e.entity_id as person_id
    from star.entity e cross join access.project j where j.project = %(project)s
) k where k.person_key = any(%(keys)s)
