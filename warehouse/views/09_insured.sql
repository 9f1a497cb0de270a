-- mart.insured: people insured, each once per line, area and month; grain: month, line, area, age band, sex; the months of the last three years.
-- Insured: an enrolment that is not withdrawn, from its first month to its last, never beyond the month of death.
create view mart.insured as
select c.month, c.insurance_code, c.area_code, c.age_band, c.sex_code, c.people, c.people - c.doubled as people_low from star.insured c where {known c};
comment on view mart.insured is 'people insured, counted / 参保人数';
comment on column mart.insured.month is 'first day of the month / 月份'; -- from enrolment.start_date, enrolment.end_date
comment on column mart.insured.insurance_code is 'mart.insurance_line / 险种'; -- from enrolment.insurance_code
comment on column mart.insured.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from enrolment.area_code
comment on column mart.insured.age_band is 'age in years within the month: 0-15, 16-24 … 75+, unknown / 年龄段'; -- from person_record.birth_date
comment on column mart.insured.sex_code is 'GB/T 2261.1; 0 unknown / 性别'; -- from person_record.sex_code
comment on column mart.insured.people is 'persons / 人数'; -- from enrolment.person_key
comment on column mart.insured.people_low is 'persons, were every possible pair that waits for a steward the same person / 若全部待判定疑似对均为同一人时的人数下限'; -- from enrolment.person_key
