-- zh: 未参保人员（对照户籍人口）
-- en: Coverage gaps against the population register
-- means: Living persons of the population register by area, and how many of them stand in no pension line and in no medical line; children under 16 are not asked for a pension.
-- means zh: 户籍在册且在世的人员中，未参加任何养老保险、任何医疗保险的人数；16岁以下不计养老。
-- param register: text = police; the source that is the population register / 户籍人口来源系统
-- param month: date = null; month ages are taken in; today when left out / 计算年龄的月份，缺省为今天
-- column area_code: GB/T 2260 / 行政区划
-- column people: living persons of the register / 在世户籍人口
-- column adults: of those, 16 or older / 其中16岁及以上
-- column without_pension: adults in no pension line / 未参加养老保险的成年人
-- column without_medical: persons in no medical line / 未参加医疗保险的人
-- column without_medical_share: share of the persons / 占比
-- column doubtful: of the persons, in a doubtful pair: they may be counted twice, or hold a line under another person / 其中处于待判定疑似对的人
-- chart: area_code without_medical
with registered as (
    select area_code, lines, birth_month <= to_char(coalesce(:month, current_date) - interval '16 years', 'YYYY-MM') as is_adult, doubts > 0 as is_doubtful, count(*) as people
    from mart.person where :register = any (sources) and death_month is null group by 1, 2, 3, 4
), held as (
    select area_code, is_adult, is_doubtful, people, lines && array['110', '120', '170'] as has_pension, lines && array['310', '390'] as has_medical from registered
)
select area_code, sum(people)::bigint as people, coalesce(sum(people) filter (where is_adult), 0)::bigint as adults,
    coalesce(sum(people) filter (where is_adult and not has_pension), 0)::bigint as without_pension,
    coalesce(sum(people) filter (where not has_medical), 0)::bigint as without_medical,
    round(coalesce(sum(people) filter (where not has_medical), 0) / sum(people), 4) as without_medical_share,
    coalesce(sum(people) filter (where is_doubtful), 0)::bigint as doubtful
from held group by 1 order by 1
