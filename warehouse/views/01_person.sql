-- mart.person: one row per person found by matching, without identifiers; grain: person.
-- The key is the project's own: a year and month of birth, never the day; the area to the county.
create view mart.person as
select {key p.person_no} as person_key, p.sex_code, p.birth_month, p.ethnic_code, p.area_code, p.death_month, p.records, p.sources, p.lines,
    p.drawing, p.numbers, p.shares, p.agreement, p.doubts, p.pensions
from star.person p where {known p};
comment on view mart.person is 'one row per person, resolved across all sources; no name, number, phone or address / 人员：跨部门归一，一人一行，不含身份标识';
comment on column mart.person.person_key is 'the person within this project; another project has another key for them / 人员键，仅在本项目内有效'; -- made: SHA-256 of the project's secret and the person
comment on column mart.person.sex_code is 'GB/T 2261.1: 1 male, 2 female / 性别，GB/T 2261.1'; -- from person_record.sex_code
comment on column mart.person.birth_month is 'year and month of birth, YYYY-MM (YYYY where no more is known) / 出生年月'; -- from person_record.birth_date
comment on column mart.person.ethnic_code is 'ethnic group, GB/T 3304 / 民族，GB/T 3304'; -- from person_record.ethnic_code
comment on column mart.person.area_code is 'county or district, GB/T 2260, six digits / 行政区划，GB/T 2260 六位'; -- from person_record.area_code
comment on column mart.person.death_month is 'year and month of death, null while none is reported / 死亡年月，无报告为空'; -- from death.death_date
comment on column mart.person.records is 'source records behind the person / 来源记录数'; -- from person_record.name
comment on column mart.person.sources is 'departments that know the person / 掌握此人的来源系统'; -- from person_record.name
comment on column mart.person.lines is 'mart.insurance_line: lines with a standing enrolment / 在保险种'; -- from enrolment.insurance_code, enrolment.end_date, enrolment.status_code
comment on column mart.person.drawing is 'mart.insurance_line: lines a pension was paid from / 领取过养老金的险种'; -- from benefit.insurance_code, benefit.benefit_code
comment on column mart.person.numbers is 'different valid identity numbers on the records that agree with their record''s birth date and sex; 2 or more is a finding / 记录中互不相同、且与本记录出生日期和性别一致的有效证件号码个数，大于1为疑点'; -- from person_record.id_number, person_record.birth_date, person_record.sex_code
comment on column mart.person.shares is 'other persons with one of these numbers; 1 or more is a finding / 持有同一号码的其他人数，大于0为疑点'; -- from person_record.id_number
comment on column mart.person.agreement is 'share of the records that carry the commonest of these numbers: how far the links rest on the number alone, 0 to 1 / 持有最常见有效号码的记录占比（0至1），表示归一依据的强度'; -- from person_record.id_number
comment on column mart.person.doubts is 'doubtful pairs of records that touch the person and wait for a steward / 涉及此人、待判定的疑似重复对数'; -- made: pairs that matching left to a steward
comment on column mart.person.pensions is 'number of lines a pension was paid from / 领取过养老金的险种数'; -- from benefit.insurance_code, benefit.benefit_code
