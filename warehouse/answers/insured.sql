-- zh: 参保人数（按险种、统筹区、年龄段）
-- en: People insured by line, area and age
-- means: Persons with an enrolment in a line in one month, each counted once per line and area; people_low is what remains, were every possible pair of records the same person.
-- means zh: 某月在某险种参保的人，每险种每统筹区计一次；people_low 为所有待判定疑似对均为同一人时的下限。
-- param month: date = null; month, first day; the latest one that has begun when left out / 月份（当月第一日），缺省为最近月份
-- param line: text = null; one insurance line, all when left out / 险种，缺省为全部
-- column month: month / 月份
-- column insurance_code: mart.insurance_line / 险种
-- column area_code: GB/T 2260 / 统筹区
-- column age_band: age in years within the month / 年龄段
-- column people: persons / 人数
-- column people_low: lower bound / 人数下限
-- chart: insurance_code people
select month, insurance_code, area_code, age_band, sum(people)::bigint as people, sum(people_low)::bigint as people_low
from mart.insured
where month = coalesce(:month, (select max(month) from mart.insured)) and insurance_code = coalesce(:line, insurance_code)
group by 1, 2, 3, 4 order by 2, 3, 4
