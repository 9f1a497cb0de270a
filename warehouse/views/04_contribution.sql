-- mart.contribution: contribution lines as in a ledger, corrections are further lines; grain: source line.
create view mart.contribution as
select
    p.entity_id as person_id, e.entity_id as employer_id, f.source, f.insurance_code, f.area_code, f.period_month, f.kind_code,
    f.base_amount, f.person_amount, f.employer_amount, f.paid_date, f.ended_sequence is not null as is_withdrawn
from core.contribution f
left join identity.crosswalk p on p.entity = 'person_record' and p.source = f.source and p.source_key = f.person_key
left join identity.crosswalk e on e.entity = 'employer_record' and e.source = f.source and e.source_key = f.employer_key;
comment on view mart.contribution is '缴费: contribution lines of all sources, each under its person / 缴费明细';
comment on column mart.contribution.person_id is 'mart.person / 人员标识';
comment on column mart.contribution.employer_id is 'mart.employer / 单位标识';
comment on column mart.contribution.source is 'department system / 来源系统';
comment on column mart.contribution.insurance_code is 'hub.insurance / 险种';
comment on column mart.contribution.area_code is 'pooling area, GB/T 2260 / 统筹区';
comment on column mart.contribution.period_month is 'month it is for, first day / 费款所属期';
comment on column mart.contribution.kind_code is 'normal, arrears, refund, reversal / 缴费类型';
comment on column mart.contribution.base_amount is 'contribution base, yuan / 缴费基数';
comment on column mart.contribution.person_amount is 'yuan / 个人缴费';
comment on column mart.contribution.employer_amount is 'yuan / 单位缴费';
comment on column mart.contribution.paid_date is 'day received / 到账日期';
comment on column mart.contribution.is_withdrawn is 'the line is no longer at its source / 来源已删除';
