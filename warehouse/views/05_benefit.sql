-- mart.benefit: benefits paid, without account and medical detail; grain: source line.
create view mart.benefit as
select
    p.entity_id as person_id, f.source, f.insurance_code, f.area_code, f.benefit_code, f.period_month, f.start_date, f.end_date, f.amount, f.paid_date,
    f.ended_sequence is not null as is_withdrawn
from core.benefit f
left join identity.crosswalk p on p.entity = 'person_record' and p.source = f.source and p.source_key = f.person_key;
comment on view mart.benefit is '待遇: benefits of all sources, each under its person / 待遇支付';
comment on column mart.benefit.person_id is 'mart.person / 人员标识';
comment on column mart.benefit.source is 'department system / 来源系统';
comment on column mart.benefit.insurance_code is 'hub.insurance / 险种';
comment on column mart.benefit.area_code is 'pooling area, GB/T 2260 / 统筹区';
comment on column mart.benefit.benefit_code is 'hub.benefit: pension, medical, injury, unemployment … / 待遇项目';
comment on column mart.benefit.period_month is 'month it is for, first day / 待遇所属期';
comment on column mart.benefit.start_date is 'first day of the period / 开始日期';
comment on column mart.benefit.end_date is 'last day of the period / 终止日期';
comment on column mart.benefit.amount is 'yuan / 金额';
comment on column mart.benefit.paid_date is 'day paid / 支付日期';
comment on column mart.benefit.is_withdrawn is 'the line is no longer at its source / 来源已删除';
