-- mart.handed_over: findings of the project that were handed to an officer, and the counts that came back; grain: finding.
-- Who the persons are stays with the officer; an analyst sees how many, and what came of it.
create view mart.handed_over as
select o.case_no, o.answer, o.purpose, o.officer, o.asked_by, o.asked_at, cardinality(o.person_keys) as persons, o.opened_at, o.closed_at,
    (o.result ->> 'confirmed')::int as confirmed, (o.result ->> 'link_error')::int as link_error, (o.result ->> 'source_error')::int as source_error,
    (o.result ->> 'no_finding')::int as no_finding
from access.open_case o where o.project = (select a.project from access.analyst a where a.role = session_user);
comment on view mart.handed_over is 'findings of the project handed to an officer, and the counts that came back / 本项目移交经办人员核查的疑点及反馈计数';
comment on column mart.handed_over.case_no is 'number of the finding / 编号'; -- made: findings handed over
comment on column mart.handed_over.answer is 'the ready answer it came from / 来源问题'; -- made: findings handed over
comment on column mart.handed_over.purpose is 'what it was handed over for / 用途'; -- made: findings handed over
comment on column mart.handed_over.officer is 'who alone may see who they are / 经办人员'; -- made: findings handed over
comment on column mart.handed_over.asked_by is 'login that handed it over / 移交人'; -- made: findings handed over
comment on column mart.handed_over.asked_at is 'when / 移交时间'; -- made: findings handed over
comment on column mart.handed_over.persons is 'persons in it / 人数'; -- made: findings handed over
comment on column mart.handed_over.opened_at is 'when the officer saw who they are / 查看时间'; -- made: findings handed over
comment on column mart.handed_over.closed_at is 'when the counts came back / 反馈时间'; -- made: findings handed over
comment on column mart.handed_over.confirmed is 'persons of whom it is so / 属实人数'; -- made: the officer's counts
comment on column mart.handed_over.link_error is 'persons whose records were wrongly linked / 归一错误人数'; -- made: the officer's counts
comment on column mart.handed_over.source_error is 'persons with an error at the department / 部门数据错误人数'; -- made: the officer's counts
comment on column mart.handed_over.no_finding is 'persons of whom it is not so / 不属实人数'; -- made: the officer's counts
