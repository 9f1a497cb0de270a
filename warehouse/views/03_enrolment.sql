-- mart.enrolment: one person in one insurance line over one period, as one source tells it; grain: source row.
create view mart.enrolment as
select {key f.person_no} as person_key, f.employer_no, f.source, f.insurance_code, f.area_code, f.status_code, f.payment_code, f.start_date, f.end_date, f.is_withdrawn
from star.enrolment f where {known f};
comment on view mart.enrolment is 'enrolments of all sources, each under its person / 参保登记：各险种，归到人';
comment on column mart.enrolment.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from enrolment.person_key
comment on column mart.enrolment.employer_no is 'mart.employer / 单位号'; -- from enrolment.employer_key
comment on column mart.enrolment.source is 'mart.source: the department system the row comes from / 来源系统'; -- made: the source the row came from
comment on column mart.enrolment.insurance_code is 'mart.insurance_line / 险种'; -- from enrolment.insurance_code
comment on column mart.enrolment.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from enrolment.area_code
comment on column mart.enrolment.status_code is 'hub.enrolment_status: enrolled, suspended, ended / 参保状态'; -- from enrolment.status_code
comment on column mart.enrolment.payment_code is 'hub.payment_status: paying, suspended, ended, benefit / 缴费状态'; -- from enrolment.payment_code
comment on column mart.enrolment.start_date is 'first day / 开始日期'; -- from enrolment.start_date
comment on column mart.enrolment.end_date is 'last day, null while it runs / 终止日期'; -- from enrolment.end_date
comment on column mart.enrolment.is_withdrawn is 'the row is no longer at its source / 来源已删除'; -- made: the source shows the row no more
