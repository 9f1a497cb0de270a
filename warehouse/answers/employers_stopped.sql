-- zh: 停止缴费的单位
-- en: Employers who stopped paying
-- means: Employers with persons enrolled in state paying, for whom nothing was received for any month since a month.
-- means zh: 有缴费状态在册职工、但自某月起没有任何所属期缴费的单位。
-- param since: date = null; first month without; five months before the latest month anybody paid for when left out / 首个未缴月份，缺省为最近缴费月之前五个月
-- column employer_no: mart.employer / 单位号
-- column name: name / 单位名称
-- column credit_code: unified social credit code / 统一社会信用代码
-- column area_code: GB/T 2260 / 行政区划
-- column paying_people: persons enrolled and paying / 在册缴费人数
-- column last_month: latest month paid for / 最近缴费所属期
-- chart: area_code paying_people
select employer_no, name, credit_code, area_code, paying_people, last_month from mart.employer
where paying_people > 0 and coalesce(last_month < coalesce(:since, (select max(last_month) from mart.employer) - interval '4 months'), true)
order by paying_people desc, employer_no
