-- mart.enrolment: one person in one insurance line over one period, as one source tells it; grain: source row.
create view mart.enrolment as
select
    p.entity_id as person_id, e.entity_id as employer_id, f.source, f.insurance_code, f.area_code, f.status_code, f.payment_code, f.start_date, f.end_date,
    f.ended_sequence is not null as is_withdrawn
from core.enrolment f
left join identity.crosswalk p on p.entity = 'person_record' and p.source = f.source and p.source_key = f.person_key
left join identity.crosswalk e on e.entity = 'employer_record' and e.source = f.source and e.source_key = f.employer_key;
comment on view mart.enrolment is '参保: enrolments of all sources, each under its person / 各险种参保登记';
comment on column mart.enrolment.person_id is 'mart.person; null while the record is not resolved / 人员标识';
comment on column mart.enrolment.employer_id is 'mart.employer / 单位标识';
comment on column mart.enrolment.source is 'department system the row comes from / 来源系统';
comment on column mart.enrolment.insurance_code is 'hub.insurance: 110 employee pension … 510 maternity / 险种';
comment on column mart.enrolment.area_code is 'pooling area, GB/T 2260 / 统筹区';
comment on column mart.enrolment.status_code is 'enrolled, suspended, ended / 参保状态';
comment on column mart.enrolment.payment_code is 'paying, suspended, ended, benefit / 缴费状态';
comment on column mart.enrolment.start_date is 'first day / 开始日期';
comment on column mart.enrolment.end_date is 'last day / 终止日期';
comment on column mart.enrolment.is_withdrawn is 'the row is no longer at its source / 来源已删除';
