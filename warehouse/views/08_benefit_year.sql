-- mart.benefit_year: what a person was paid of one kind in a year, the months as bits; grain: person, source, line, area, kind, year.
create view mart.benefit_year as
select {key f.person_no} as person_key, f.source, f.insurance_code, f.area_code, f.benefit_code, f.year, f.months, f.twice, f.after_death, f.employed,
    f.payments, f.amount
from star.benefit_year f where {known f};
comment on view mart.benefit_year is 'benefits of a person of one kind in a year, the months as bits / 年度待遇：人员×项目×年，月份按位';
comment on column mart.benefit_year.person_key is 'mart.person; null while the record is not resolved / 人员键'; -- from benefit.person_key
comment on column mart.benefit_year.source is 'mart.source / 来源系统'; -- made: the source the row came from
comment on column mart.benefit_year.insurance_code is 'mart.insurance_line; null for relief / 险种，救助为空'; -- from benefit.insurance_code
comment on column mart.benefit_year.area_code is 'pooling area, GB/T 2260 / 统筹区'; -- from benefit.area_code
comment on column mart.benefit_year.benefit_code is 'hub.benefit / 待遇项目'; -- from benefit.benefit_code
comment on column mart.benefit_year.year is 'year of the months paid for / 所属年度'; -- from benefit.period_month
comment on column mart.benefit_year.months is 'bit 0 January … bit 11 December: months paid for / 已付月份，第0位为一月'; -- from benefit.period_month, benefit.amount
comment on column mart.benefit_year.twice is 'those of them with more than one payment / 其中支付多次的月份'; -- from benefit.period_month, benefit.amount
comment on column mart.benefit_year.after_death is 'those of them after the month of death / 其中死亡次月以后的月份'; -- from benefit.period_month, death.death_date
comment on column mart.benefit_year.employed is 'those of them in which an employer paid contributions for the person / 其中单位为其缴费的月份'; -- from benefit.period_month, contribution.period_month, contribution.employer_key
comment on column mart.benefit_year.payments is 'payments / 支付笔数'; -- from benefit.period_month
comment on column mart.benefit_year.amount is 'yuan / 金额合计（元）'; -- from benefit.amount
