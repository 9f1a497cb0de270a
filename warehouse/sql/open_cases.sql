-- project_of: an analyst's project
select project from access.analyst where role = %(role)s

-- is_officer: whether an account may take findings: a steward who can sign in
select exists (select from access.account a join access.role_grant g on g.account = a.name where a.name = %(officer)s and a.disabled_at is null
    and g.role in ('steward', 'cross_area') and g.revoked_at is null and g.decision is distinct from 'refuse')

-- add: a finding handed over
insert into access.open_case (project, answer, purpose, officer, asked_by, person_keys)
values (%(project)s, %(answer)s, %(purpose)s, %(officer)s, %(asked_by)s, %(keys)s) returning case_no

-- of_officer: cases of one officer, the open ones first
select case_no, project, answer, purpose, officer, asked_by, asked_at, cardinality(person_keys), opened_at, closed_at, result
from access.open_case where officer = %(officer)s order by closed_at is not null, case_no desc

-- get: one case
select case_no, project, answer, purpose, officer, asked_by, asked_at, cardinality(person_keys), opened_at, closed_at, result
from access.open_case where case_no = %(case_no)s

-- persons: who the persons of a case are now: a person joined to another since is that one
select k.person_key, coalesce((select c.entity_id from identity.crosswalk c where c.entity = 'person_record' and c.candidate_id = k.person_id), k.person_id) from (
    select encode(substr(sha256(j.secret || int4send(e.entity_no)), 1, 10), 'hex') as person_key, e.entity_id as person_id
    from star.entity e cross join access.open_case o join access.project j using (project) where o.case_no = %(case_no)s
) k join access.open_case o on o.case_no = %(case_no)s and k.person_key = any (o.person_keys) order by 1

-- opened: the officer saw them
update access.open_case set opened_at = coalesce(opened_at, now()) where case_no = %(case_no)s

-- close: the counts
update access.open_case set closed_at = now(), result = %(result)s where case_no = %(case_no)s

-- in_sight: persons the connection sees
select person_id from identity.golden where person_id = any(%(persons)s)
