-- zh: 在职领取失业金
-- en: Employed but drawing unemployment benefit
-- means: Months of unemployment benefit for which an employer paid contributions for the person, in any line.
-- means zh: 领取失业保险金的月份内有单位为其缴费（任一险种）。
-- param since: integer = 2000; first year / 起始年度
-- column person_key: mart.person / 人员键
-- column area_code: GB/T 2260 / 统筹区
-- column month: month drawn and paid for / 月份
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: month count
select distinct person_key, area_code, make_date(year, m, 1) as month, agreement, doubts
from mart.benefit_year cross join generate_series(1, 12) m
where employed <> 0 and benefit_code = 'unemployment' and year >= :since and (employed >> (m - 1)) & 1 = 1 order by month, person_key
