-- zh: 一人多号
-- en: Two numbers for one person
-- means: Persons on whose records two or more different valid identity numbers stand, none of which contradicts its record; and pairs of persons whom all but their two valid numbers says to be one: matching never links such a pair by itself.
-- means zh: 一个人的记录上有两个以上互不相同、且与本记录不矛盾的有效证件号码；以及除两个有效号码外各项均表明为同一人的两人（系统从不自动归一此类记录）。
-- param least: numeric = 0.9; least probability of a pair / 疑似对的最低概率
-- column person_key: mart.person / 人员键
-- column other_person_key: the other person of a pair; empty where one person holds the numbers / 疑似对的另一人员键，同一人时为空
-- column area_code: GB/T 2260 / 行政区划
-- column birth_month: mart.person / 出生年月
-- column numbers: different numbers / 号码个数
-- column records: source records / 来源记录数
-- column sources: departments / 来源系统
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- column probability: of the pair being one person; empty where one person holds the numbers / 疑似对为同一人的概率
-- chart: numbers count
select person_key, null::text as other_person_key, area_code, birth_month, numbers, records, sources, agreement, doubts, null::numeric as probability
from mart.person where numbers > 1
union all
select person_key, other_person_key, area_code, birth_month, 2, records, sources, agreement, 1, probability
from mart.doubtful_pair where kind = 'two_numbers' and probability >= :least
order by numbers desc, person_key, other_person_key
