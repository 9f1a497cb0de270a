-- mart.area: divisions that occur, by name; grain: county or district of GB/T 2260.
-- Names come from mappings/standards/divisions.csv; a division without a line there has none.
create view mart.area as
with named (code, zh, en) as (values {divisions}), met as (
    select area_code from star.insured where known_to = 'infinity' union select area_code from star.employer where known_to = 'infinity'
    union select area_code from star.person where known_to = 'infinity'
)
select a.area_code, n.zh as name_zh, n.en as name_en, left(a.area_code, 4) || '00' as city_code, c.zh as city_zh, c.en as city_en,
    left(a.area_code, 2) || '0000' as province_code, p.zh as province_zh, p.en as province_en
from met a left join named n on n.code = a.area_code left join named c on c.code = left(a.area_code, 4) || '00' left join named p on p.code = left(a.area_code, 2) || '0000'
where a.area_code is not null;
comment on view mart.area is 'divisions that occur, by name / 出现过的行政区划及名称';
comment on column mart.area.area_code is 'county or district, GB/T 2260 / 县区代码'; -- from enrolment.area_code, employer_record.area_code, person_record.area_code
comment on column mart.area.name_zh is 'name in Chinese / 中文名'; -- made: mappings/standards/divisions.csv
comment on column mart.area.name_en is 'name in English / 英文名'; -- made: mappings/standards/divisions.csv
comment on column mart.area.city_code is 'city or prefecture / 市级代码'; -- from enrolment.area_code, employer_record.area_code, person_record.area_code
comment on column mart.area.city_zh is 'its name in Chinese / 市级中文名'; -- made: mappings/standards/divisions.csv
comment on column mart.area.city_en is 'its name in English / 市级英文名'; -- made: mappings/standards/divisions.csv
comment on column mart.area.province_code is 'province / 省级代码'; -- from enrolment.area_code, employer_record.area_code, person_record.area_code
comment on column mart.area.province_zh is 'its name in Chinese / 省级中文名'; -- made: mappings/standards/divisions.csv
comment on column mart.area.province_en is 'its name in English / 省级英文名'; -- made: mappings/standards/divisions.csv
