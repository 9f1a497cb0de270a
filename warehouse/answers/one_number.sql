-- zh: 重号（一号多人）
-- en: One number for two persons
-- means: Pairs of persons on whose records the same valid identity number stands.
-- means zh: 两个不同的人记录上有同一有效证件号码。
-- column person_key: mart.person / 人员键
-- column other_person_key: mart.person / 另一人员键
-- column area_code: GB/T 2260 / 行政区划
-- column agreement: mart.person.agreement of the less well held of the two / 两者中较弱的归一依据强度
-- chart: area_code count
select person_key, other_person_key, area_code, least(agreement, other_agreement) as agreement from mart.shared_number order by 1, 2
