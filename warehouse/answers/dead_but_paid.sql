-- zh: 死亡后仍领待遇
-- en: Dead but paid
-- means: Benefits for months after the month of death, whichever department reports the death; funeral allowances are right and are left out.
-- means zh: 死亡次月以后仍支付的待遇（任一部门报告死亡即计），不含丧葬补助。
-- param benefit: text = pension; kind of benefit, hub.benefit / 待遇项目
-- column person_key: mart.person / 人员键
-- column source: department that pays / 支付部门
-- column insurance_code: mart.insurance_line / 险种
-- column area_code: GB/T 2260 / 统筹区
-- column month: month paid for after the death / 死亡后仍支付的月份
-- column year_amount: paid in the whole year, yuan / 当年支付额（元）
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: month count
select person_key, source, insurance_code, area_code, make_date(year, m, 1) as month, amount as year_amount, agreement, doubts
from mart.benefit_year cross join generate_series(1, 12) m
where after_death <> 0 and benefit_code = :benefit and (after_death >> (m - 1)) & 1 = 1 order by month, person_key, source, insurance_code, area_code
