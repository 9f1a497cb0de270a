-- mart.employer: one row per employer found by credit code or a steward's judgement; grain: employer_id.
create view mart.employer as
select distinct on (c.entity_id)
    c.entity_id as employer_id, e.name, e.credit_code, e.area_code, e.kind_code
from identity.crosswalk c
join core.employer_record e using (source, source_key)
where c.entity = 'employer_record'
order by c.entity_id, e.credit_code is null, e.ended_sequence is not null, e.updated_on desc nulls last, e.source;
comment on view mart.employer is '单位: one row per employer, resolved across sources / 归一后的参保单位';
comment on column mart.employer.employer_id is 'id of the employer / 单位标识';
comment on column mart.employer.name is 'name, of the most recently changed record / 单位名称';
comment on column mart.employer.credit_code is 'unified social credit code / 统一社会信用代码';
comment on column mart.employer.area_code is 'GB/T 2260 / 行政区划';
comment on column mart.employer.kind_code is 'enterprise, institution, government, other / 单位类型';
