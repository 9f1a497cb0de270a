-- mart.area: divisions that occur; grain: county or district of GB/T 2260.
create view mart.area as
select a.area_code, left(a.area_code, 2) || '0000' as province_code, left(a.area_code, 4) || '00' as city_code
from (select area_code from star.insured where known_to = 'infinity' union select area_code from star.employer where known_to = 'infinity') a where a.area_code is not null;
comment on view mart.area is 'divisions that occur / 出现过的行政区划';
comment on column mart.area.area_code is 'county or district, GB/T 2260 / 县区代码'; -- from enrolment.area_code, employer_record.area_code
comment on column mart.area.province_code is 'province / 省级代码'; -- from enrolment.area_code, employer_record.area_code
comment on column mart.area.city_code is 'city or prefecture / 市级代码'; -- from enrolment.area_code, employer_record.area_code
