-- mart.benefit_year: what a person was paid of one kind in a year, the months as bits; grain: person, source, line, area, kind, year.
create view mart.benefit_year as
select {key f.person_no} as person_key, f.source, f.insurance_code, f.area_code, f.benefit_code, f.year, f.months, f.twice, f.after_death, f.employed,
    f.elsewhere, f.payments, f.amount, (select p.agreement from star.person p where p.person_no = f.person_no and {known p}) as agreement,
    (select p.doubts from star.person p where p.person_no = f.person_no and {known p}) as doubts
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
comment on column mart.benefit_year.elsewhere is 'months of the same kind paid from another line, area or department too / 同一项目在其他险种、统筹区或部门也支付的月份'; -- from benefit.period_month, benefit.insurance_code, benefit.area_code
comment on column mart.benefit_year.payments is 'payments / 支付笔数'; -- from benefit.period_month
comment on column mart.benefit_year.amount is 'yuan / 金额合计（元）'; -- from benefit.amount
comment on column mart.benefit_year.agreement is 'mart.person.agreement: how far the links of the person rest on one number / 归一依据强度'; -- from person_record.id_number
comment on column mart.benefit_year.doubts is 'mart.person.doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数'; -- made: pairs that matching left to a steward
