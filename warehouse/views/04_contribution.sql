-- mart.contribution: contribution lines as in a ledger, corrections are further lines; grain: source line.
create view mart.contribution as
select {key f.person_no} as person_key, f.employer_no, f.source, f.insurance_code, f.area_code, f.period_month, f.kind_code, f.base_amount, f.person_amount,
    f.employer_amount, f.paid_date, f.is_withdrawn
from star.contribution f where {known f};
comment on view mart.contribution is 'contribution lines of all sources, each under its person / 缴费明细：归到人';
comment on column mart.contribution.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from contribution.person_key
comment on column mart.contribution.employer_no is 'mart.employer / 单位号'; -- from contribution.employer_key
comment on column mart.contribution.source is 'mart.source: the department system the line comes from / 来源系统'; -- made: the source the row came from
comment on column mart.contribution.insurance_code is 'mart.insurance_line / 险种'; -- from contribution.insurance_code
comment on column mart.contribution.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from contribution.area_code
comment on column mart.contribution.period_month is 'month it is for, first day / 费款所属期'; -- from contribution.period_month
comment on column mart.contribution.kind_code is 'hub.contribution_kind: normal, arrears, refund, reversal / 缴费类型'; -- from contribution.kind_code
comment on column mart.contribution.base_amount is 'contribution base, yuan / 缴费基数（元）'; -- from contribution.base_amount
comment on column mart.contribution.person_amount is 'the person''s part, yuan / 个人缴费（元）'; -- from contribution.person_amount
comment on column mart.contribution.employer_amount is 'the employer''s part, yuan / 单位缴费（元）'; -- from contribution.employer_amount
comment on column mart.contribution.paid_date is 'day received / 到账日期'; -- from contribution.paid_date
comment on column mart.contribution.is_withdrawn is 'the line is no longer at its source / 来源已删除'; -- made: the source shows the row no more
