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
    select area_code, lines, doubts > 0 as is_doubtful, birth_month <= to_char(coalesce(:month, current_date) - interval '16 years', 'YYYY-MM') as is_adult
    from mart.person where :register = any (sources) and death_month is null
)
select area_code, count(*) as people, count(*) filter (where is_adult) as adults,
    count(*) filter (where is_adult and not lines && array['110', '120', '170']) as without_pension,
    count(*) filter (where not lines && array['310', '390']) as without_medical,
    round(count(*) filter (where not lines && array['310', '390'])::numeric / count(*), 4) as without_medical_share,
    count(*) filter (where is_doubtful) as doubtful
from registered group by 1 order by 1
