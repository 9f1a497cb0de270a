-- mart.record: whose each person record of a department is; grain: person record. The identity itself, readable as known at a date.
create view mart.record as
select {key r.entity_no} as person_key, encode(substr(sha256({secret} || convert_to(r.source || '/' || r.source_key, 'UTF8')), 1, 10), 'hex') as record_key, r.source,
    p.area_code, r.grade, r.number is not null as has_sound_number
from star.record r left join star.person p on p.person_no = r.entity_no and {known p} where r.entity = 'person_record' and {known r};
comment on view mart.record is 'whose each person record is: the identity itself / 记录归属：每条来源记录属于哪个人';
comment on column mart.record.person_key is 'mart.person / 人员键'; -- made: matching and judgements
comment on column mart.record.record_key is 'the record within this project / 记录键，仅在本项目内有效'; -- made: SHA-256 of the project's secret and the record
comment on column mart.record.source is 'mart.source: the department that holds the record / 来源系统'; -- made: the source the row came from
comment on column mart.record.area_code is 'county of the person, GB/T 2260 / 人员所在行政区划'; -- from person_record.area_code
comment on column mart.record.grade is 'certain, or judged by a person / 归属依据：确定，或人工判定'; -- made: matching and judgements
comment on column mart.record.has_sound_number is 'the record has a valid identity number that does not contradict it / 有与本记录不矛盾的有效证件号码'; -- from person_record.id_number, person_record.birth_date, person_record.sex_code
