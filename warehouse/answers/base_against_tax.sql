-- zh: 缴费基数与税务不一致
-- en: Contribution base against tax
-- means: Months for which the tax bureau holds another contribution base than an insurance centre, for one person at one employer.
-- means zh: 同一人在同一单位同一月份，税务与经办机构的缴费基数不同。
-- param tax: text = tax; the source that is the tax bureau / 税务来源系统
-- param least: numeric = 0.01; least difference, yuan / 最小差额（元）
-- column person_key: mart.person / 人员键
-- column employer_no: mart.employer / 单位号
-- column insurance_code: mart.insurance_line / 险种
-- column area_code: GB/T 2260 / 统筹区
-- column month: month / 费款所属期
-- column base_amount: base at the insurance centre, yuan / 经办机构基数（元）
-- column tax_base_amount: base at the tax bureau, yuan / 税务基数（元）
-- column difference: tax minus centre, yuan / 差额（元）
-- column agreement: mart.person.agreement: how far the links of the person rest on one number / 归一依据强度
-- column doubts: doubtful pairs that touch the person / 涉及此人的待判定疑似对数
-- chart: month count
select person_key, employer_no, insurance_code, area_code, month,
    case when source = :tax then other_base_amount else base_amount end as base_amount,
    case when source = :tax then base_amount else other_base_amount end as tax_base_amount,
    (base_amount - other_base_amount) * case when source = :tax then 1 else -1 end as difference,
    agreement, doubts
from mart.base_difference where :tax in (source, other_source) and abs(base_amount - other_base_amount) >= :least
order by abs(base_amount - other_base_amount) desc, month, person_key
