-- mart.employer: one row per employer found by credit code or a steward's judgement; grain: employer.
create view mart.employer as
select e.employer_no, e.name, e.credit_code, e.area_code, e.kind_code, e.records, e.paying_people, e.last_month from star.employer e where {known e};
comment on view mart.employer is 'one row per employer, resolved across sources / 参保单位：归一后一单位一行';
comment on column mart.employer.employer_no is 'number of the employer in the mart / 单位号'; -- made: given by the hub
comment on column mart.employer.name is 'name, of the most recently changed record / 单位名称'; -- from employer_record.name
comment on column mart.employer.credit_code is 'unified social credit code, GB 32100 / 统一社会信用代码'; -- from employer_record.credit_code
comment on column mart.employer.area_code is 'county or district, GB/T 2260 / 行政区划'; -- from employer_record.area_code
comment on column mart.employer.kind_code is 'hub.employer_kind: enterprise, institution, government, other / 单位类型'; -- from employer_record.kind_code
comment on column mart.employer.records is 'source records behind the employer / 来源记录数'; -- from employer_record.name
comment on column mart.employer.paying_people is 'persons with a standing enrolment here in state paying / 缴费状态的在册参保人数'; -- from enrolment.payment_code, enrolment.employer_key
comment on column mart.employer.last_month is 'latest month anything was paid for, first day / 最近有缴费的费款所属期'; -- from contribution.period_month, contribution.employer_key
