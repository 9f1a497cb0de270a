-- mart.benefit: benefits paid, without account and medical detail; grain: source line.
create view mart.benefit as
select {key f.person_no} as person_key, f.source, f.insurance_code, f.area_code, f.benefit_code, f.period_month, f.start_date, f.end_date, f.amount, f.paid_date,
    f.is_withdrawn
from star.benefit f where {known f};
comment on view mart.benefit is 'benefits paid of all sources, each under its person / 待遇支付：归到人';
comment on column mart.benefit.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from benefit.person_key
comment on column mart.benefit.source is 'mart.source: the department system the line comes from / 来源系统'; -- made: the source the row came from
comment on column mart.benefit.insurance_code is 'mart.insurance_line; null for relief / 险种，救助为空'; -- from benefit.insurance_code
comment on column mart.benefit.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from benefit.area_code
comment on column mart.benefit.benefit_code is 'hub.benefit: pension, medical, injury, unemployment, maternity, funeral, relief / 待遇项目'; -- from benefit.benefit_code
comment on column mart.benefit.period_month is 'month it is for, first day / 待遇所属期'; -- from benefit.period_month
comment on column mart.benefit.start_date is 'first day of the period / 开始日期'; -- from benefit.start_date
comment on column mart.benefit.end_date is 'last day of the period / 终止日期'; -- from benefit.end_date
comment on column mart.benefit.amount is 'yuan / 金额（元）'; -- from benefit.amount
comment on column mart.benefit.paid_date is 'day paid / 支付日期'; -- from benefit.paid_date
comment on column mart.benefit.is_withdrawn is 'the line is no longer at its source / 来源已删除'; -- made: the source shows the row no more
