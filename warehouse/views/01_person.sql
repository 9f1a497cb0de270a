-- mart.person: one row per person found by matching, without identifiers; grain: person_id.
-- birth_month, never the day; area to county; confidence says how many records stand behind the person.
create view mart.person as
select
    g.person_id,
    g.sex_code,
    left(g.birth_date, 7) as birth_month,
    g.ethnic_code,
    left(g.area_code, 6) as area_code,
    left(g.death_date, 7) as death_month,
    g.records,
    (select count(distinct c.source) from identity.crosswalk c where c.entity = 'person_record' and c.entity_id = g.person_id) as sources
from identity.golden g;
comment on view mart.person is '人员: one row per person, resolved across all sources; no name, number, phone or address / 跨部门归一后的人员，一人一行，不含身份标识';
comment on column mart.person.person_id is 'id of the person: stable, says nothing about them / 人员标识';
comment on column mart.person.sex_code is 'GB/T 2261.1: 1 male, 2 female / 性别';
comment on column mart.person.birth_month is 'year and month of birth, YYYY-MM (YYYY where no more is known) / 出生年月';
comment on column mart.person.ethnic_code is 'GB/T 3304 / 民族';
comment on column mart.person.area_code is 'GB/T 2260, six digits / 行政区划';
comment on column mart.person.death_month is 'year and month of death, null while none is reported / 死亡年月';
comment on column mart.person.records is 'source records behind the person / 来源记录数';
comment on column mart.person.sources is 'departments that know the person / 来源部门数';
