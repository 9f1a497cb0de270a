-- zh: 同月重复领取
-- en: Paid twice in one month
-- means: Months for which one person drew the same kind of benefit twice: from two areas, two lines, or twice from one.
-- means zh: 同一人同一月份同一项目领取两次：两个统筹区、两个险种，或同处两次。
-- param benefit: text = pension; kind of benefit, hub.benefit / 待遇项目
-- param since: integer = 2000; first year / 起始年度
-- column person_key: mart.person / 人员键
-- column month: month paid for / 待遇所属期
-- column detail: two lines, two divisions, or two payments / 两个险种、两个统筹区或两笔支付
-- column lines: mart.insurance_line / 险种
-- column areas: GB/T 2260 / 统筹区
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: detail count
select person_key, make_date(year, m, 1) as month,
    case when count(distinct insurance_code) > 1 then 'two lines' when count(distinct area_code) > 1 then 'two divisions' else 'two payments' end as detail,
    array_agg(distinct insurance_code) as lines, array_agg(distinct area_code) as areas, min(agreement) as agreement, max(doubts) as doubts
from mart.benefit_year cross join generate_series(1, 12) m
where (elsewhere <> 0 or twice <> 0) and benefit_code = :benefit and year >= :since and person_key is not null and ((elsewhere | twice) >> (m - 1)) & 1 = 1
group by 1, 2 order by 2, 1
