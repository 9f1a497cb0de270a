-- zh: 断缴月份
-- en: Contribution months and gaps
-- means: Months without a contribution between two paid ones of one line, in the books of one department.
-- means zh: 同一险种两次缴费之间没有缴费的月份（按一个部门的账）。
-- param line: text = 110; insurance line / 险种
-- param source: text = pension; department whose books are read / 来源系统
-- param least: integer = 3; least number of months / 最少月数
-- param most: integer = 600; most / 最多月数
-- column person_key: mart.person / 人员键
-- column area_code: GB/T 2260 / 统筹区
-- column first_month: first month without / 断缴首月
-- column last_month: last month without / 断缴末月
-- column months: months without / 断缴月数
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: months count
select person_key, area_code, first_month, last_month, months, agreement, doubts
from mart.contribution_gap where insurance_code = :line and source = :source and months between :least and :most order by months desc, first_month, person_key
