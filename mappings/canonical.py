"""The canonical model: one dictionary of entities and fields that every stage reads.

Names follow LD/T 92-2013 where it has one (`code`).  `personal` fields are sealed before they reach PostgreSQL;
`matchable` fields are evidence for identity.  Types are those of PostgreSQL; a partial date is kept as ISO text
(`1956`, `1956-03`) so that its precision is never invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "date", "partial_date", "month", "amount", "integer", "key"]


@dataclass(frozen=True)
class Field:
    """One canonical field: what it means, how it is called in the field, how it is treated."""

    name: str
    kind: Kind
    zh: str
    meaning: str
    code: str = ""
    """LD/T 92 (or DA/T) name."""
    code_system: str = ""
    required: bool = False
    personal: bool = False
    matchable: bool = False
    refers_to: str = ""
    """Entity whose `source_key` (same source) a field of kind `key` holds."""
    length: int = 200
    """Longest value, in characters; a longer one refuses the row."""


@dataclass(frozen=True)
class Entity:
    """One kind of canonical record, keyed by (source, source_key)."""

    name: str
    zh: str
    meaning: str
    fields: tuple[Field, ...]

    @property
    def by_name(self) -> dict[str, Field]:
        """Fields by their names."""
        return {field.name: field for field in self.fields}

    @property
    def personal(self) -> tuple[str, ...]:
        """Names of the fields that are sealed."""
        return tuple(f.name for f in self.fields if f.personal)

    @property
    def open(self) -> tuple[str, ...]:
        """Names of the fields that stand in the warehouse as they are."""
        return tuple(f.name for f in self.fields if not f.personal)


def _person_key(required: bool = True) -> Field:
    return Field("person_key", "key", "人员", "source key of the person record", required=required, refers_to="person_record")


def _employer_key() -> Field:
    return Field("employer_key", "key", "单位", "source key of the employer record", refers_to="employer_record")


def _insurance(required: bool = True) -> Field:
    return Field("insurance_code", "code", "险种类型", "insurance line", "AAE140", "hub.insurance", required=required)


PERSON_RECORD = Entity(
    "person_record",
    "人员记录",
    "a person as one source knows them",
    (
        Field("name", "text", "姓名", "name as written, cleaned of padding only", "AAC003", required=True, matchable=True),
        Field("former_name", "text", "曾用名", "an earlier name", matchable=True),
        Field("id_number", "text", "证件号码", "citizen number or other document number", "AAC002", personal=True, matchable=True),
        Field("id_type_code", "code", "证件类型", "kind of document (see hub.id_type)", "AAA029", "hub.id_type"),
        Field("sex_code", "code", "性别", "sex", "AAC004", "GB/T 2261.1", matchable=True),
        Field("birth_date", "partial_date", "出生日期", "birth date as known, to its precision", "AAC006", matchable=True),
        Field("ethnic_code", "code", "民族", "ethnic group", "AAC005", "GB/T 3304", matchable=True),
        Field("phone", "text", "联系电话", "telephone", "AAE005", personal=True, matchable=True),
        Field("address", "text", "通讯地址", "address", "AAE006", personal=True, matchable=True, length=500),
        Field("area_code", "code", "行政区划", "division where insured or registered", "AAB301", "GB/T 2260", matchable=True),
        Field("household_no", "text", "户号", "household number of the population register", personal=True, matchable=True),
        Field("employer_name", "text", "单位名称", "employer as written beside the person", "AAB004", matchable=True),
        _employer_key(),
        Field("account", "text", "银行账号", "bank account for payment", "AAE010", personal=True),
        Field("status_code", "code", "状态", "state at the source", "AAC008", "hub.person_status"),
        Field("updated_on", "date", "更新日期", "when the source last changed the row", "AAE036"),
    ),
)
EMPLOYER_RECORD = Entity(
    "employer_record",
    "单位记录",
    "an employer as one source knows it",
    (
        Field("name", "text", "单位名称", "name as written", "AAB004", required=True, matchable=True),
        Field("credit_code", "text", "统一社会信用代码", "unified social credit code", "BAB010", matchable=True),
        Field("area_code", "code", "行政区划", "division", "AAB301", "GB/T 2260", matchable=True),
        Field("kind_code", "code", "单位类型", "kind of employer", "AAB019", "hub.employer_kind"),
        Field("address", "text", "单位地址", "business address", "AAE006", length=500),
        Field("updated_on", "date", "更新日期", "when the source last changed the row", "AAE036"),
    ),
)
ENROLMENT = Entity(
    "enrolment",
    "参保登记",
    "one person in one insurance line over one period",
    (
        _person_key(),
        _employer_key(),
        _insurance(),
        Field("area_code", "code", "统筹区", "pooling area", "AAB301", "GB/T 2260"),
        Field("status_code", "code", "参保状态", "enrolled, suspended, ended", "AAC008", "hub.enrolment_status"),
        Field("payment_code", "code", "缴费状态", "paying, suspended, ended", "AAC031", "hub.payment_status"),
        Field("start_date", "date", "开始日期", "first day", "AAE030", required=True),
        Field("end_date", "date", "终止日期", "last day", "AAE031"),
        Field("updated_on", "date", "更新日期", "when the source last changed the row", "AAE036"),
    ),
)
CONTRIBUTION = Entity(
    "contribution",
    "缴费明细",
    "one contribution line, as in a ledger: corrections are further lines",
    (
        _person_key(),
        _employer_key(),
        _insurance(),
        Field("period_month", "month", "费款所属期", "month it is for", "AAE003", required=True),
        Field("base_amount", "amount", "缴费基数", "contribution base, yuan", "AAE180"),
        Field("person_amount", "amount", "个人缴费", "person's part, yuan", "AAE022"),
        Field("employer_amount", "amount", "单位缴费", "employer's part, yuan", "AAE020"),
        Field("kind_code", "code", "缴费类型", "normal, arrears, refund, reversal", "AAA115", "hub.contribution_kind"),
        Field("paid_date", "date", "到账日期", "day received", "AAE079"),
        Field("area_code", "code", "统筹区", "pooling area", "AAB301", "GB/T 2260"),
        Field("reverses_key", "key", "冲销对象", "line this one reverses", refers_to="contribution"),
    ),
)
BENEFIT = Entity(
    "benefit",
    "待遇支付",
    "one benefit paid for one month or event",
    (
        _person_key(),
        _insurance(required=False),  # relief comes from no insurance
        Field("benefit_code", "code", "待遇项目", "kind of benefit", "AAA036", "hub.benefit", required=True),
        Field("period_month", "month", "待遇所属期", "month it is for", "AAE002", required=True),
        Field("start_date", "date", "开始日期", "first day of the period", "AAE030"),
        Field("end_date", "date", "终止日期", "last day of the period", "AAE031"),
        Field("amount", "amount", "金额", "yuan", "AAE019", required=True),
        Field("paid_date", "date", "支付日期", "day paid"),
        Field("area_code", "code", "统筹区", "pooling area", "AAB301", "GB/T 2260"),
        Field("account", "text", "银行账号", "account paid to", "AAE010", personal=True),
        Field("medical_detail", "text", "诊疗信息", "diagnosis or injury", personal=True, length=2000),
    ),
)
DEATH = Entity(
    "death",
    "死亡登记",
    "a death as one source reports it",
    (
        _person_key(),
        Field("death_date", "partial_date", "死亡日期", "day of death as known", "AAE138", required=True, matchable=True),
        Field("registered_date", "date", "登记日期", "day of registration"),
        Field("area_code", "code", "行政区划", "division", "AAB301", "GB/T 2260"),
    ),
)
ARCHIVE_ITEM = Entity(
    "archive_item",
    "档案条目",
    "one item of the paper archive (DA/T 22, GB/T 18894)",
    (
        _person_key(required=False),
        Field("archive_number", "text", "档号", "archive number, unique", required=True),
        Field("fonds", "text", "全宗号", "fonds"),
        Field("catalogue", "text", "目录号", "catalogue"),
        Field("year", "integer", "年度", "year of the item"),
        Field("class_code", "code", "分类号", "class", "", "hub.archive_class"),
        Field("retention_code", "code", "保管期限", "retention: permanent, or years", "", "hub.retention", required=True),
        Field("item_no", "text", "件号", "item number"),
        Field("title", "text", "题名", "title", length=1000),
        Field("pages", "integer", "页数", "pages"),
        Field("made_on", "date", "形成日期", "day of the document"),
    ),
)

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in (EMPLOYER_RECORD, PERSON_RECORD, ENROLMENT, CONTRIBUTION, BENEFIT, DEATH, ARCHIVE_ITEM)}
"""All entities, in the order they load."""

CODES: dict[str, dict[str, str]] = {
    "GB/T 2261.1": {"0": "未知", "1": "男", "2": "女", "9": "未说明"},
    "hub.id_type": {"01": "居民身份证", "02": "护照", "03": "港澳台居民居住证", "04": "外国人永久居留身份证", "99": "其他"},
    "hub.insurance": {
        "110": "企业职工基本养老保险",
        "120": "机关事业单位养老保险",
        "170": "城乡居民基本养老保险",
        "210": "失业保险",
        "310": "职工基本医疗保险",
        "390": "城乡居民基本医疗保险",
        "410": "工伤保险",
        "510": "生育保险",
        "610": "长期护理保险",
    },
    "hub.person_status": {"alive": "在世", "dead": "死亡", "left": "迁出", "unknown": "不详"},
    "hub.employer_kind": {"enterprise": "企业", "institution": "事业单位", "government": "机关", "other": "其他"},
    "hub.enrolment_status": {"enrolled": "参保", "suspended": "暂停", "ended": "终止"},
    "hub.payment_status": {"paying": "缴费", "suspended": "中断", "ended": "终止", "benefit": "享受待遇"},
    "hub.contribution_kind": {"normal": "正常应缴", "arrears": "补缴", "refund": "退费", "reversal": "冲销"},
    "hub.benefit": {
        "pension": "养老金",
        "medical": "医疗费用结算",
        "injury": "工伤待遇",
        "unemployment": "失业保险金",
        "maternity": "生育津贴",
        "funeral": "丧葬补助",
        "relief": "最低生活保障",
    },
    "hub.archive_class": {
        "registration": "参保登记类",
        "collection": "征缴类",
        "account": "个人账户类",
        "approval": "待遇核定类",
        "payment": "待遇支付类",
        "audit": "稽核类",
        "certificate": "证明类",
    },
    "hub.retention": {"permanent": "永久", "100": "100年", "50": "50年", "30": "30年", "10": "10年"},
}
"""Code lists of the hub."""

CODE_FORMS: dict[str, str] = {
    "GB/T 2260": r"^[1-9][0-9]{5}(?:[0-9]{3}(?:[0-9]{3})?)?$",
    "GB/T 3304": r"^(?:0[1-9]|[1-4][0-9]|5[0-6]|97|98)$",
}
"""Code systems too large or too changeable to list: their codes are checked by form only (divisions to street or village)."""
