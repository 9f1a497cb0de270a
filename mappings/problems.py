"""Every reason for which a raw row is refused or remarked upon while it is mapped, with a sentence for the steward.

A `refuse` sends the row to quarantine with all its records; a `finding` lets it load and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Severity = Literal["refuse", "finding"]


@dataclass(frozen=True)
class Reason:
    """What a reason code means, in both languages."""

    severity: Severity
    zh: str
    en: str


class Problem(Enum):
    """The closed list of reasons; a member's `code` is what the ledger and quarantine store.

    `too_few_columns` to `not_an_object` are the connectors' (rows that never became columns); they know only the codes.
    """

    KEY_MISSING = Reason("refuse", "标识该记录的字段为空", "A column that identifies the record is blank.")
    NAME_MISSING = Reason("refuse", "姓名或名称为空", "The name is blank.")
    VALUE_MISSING = Reason("refuse", "必填项为空", "A required value is blank.")
    VALUE_TOO_LONG = Reason("refuse", "内容超过允许长度", "The value is longer than the field may be.")
    DATE_IMPOSSIBLE = Reason("refuse", "日期不存在（如2月30日）", "The date does not exist in the calendar (such as 30 February).")
    DATE_UNREADABLE = Reason("refuse", "日期无法识别", "The date is in none of the declared forms.")
    DATE_INCOMPLETE = Reason("refuse", "日期缺少月或日", "The date lacks its month or day, and this field needs a whole date.")
    MONTH_IMPOSSIBLE = Reason("refuse", "月份不存在（如13月）", "The month does not exist in the calendar (such as month 13).")
    MONTH_UNREADABLE = Reason("refuse", "月份无法识别", "The month is in none of the declared forms.")
    AMOUNT_UNREADABLE = Reason("refuse", "金额无法识别", "The amount is not a number of at most twelve digits before the point.")
    INTEGER_UNREADABLE = Reason("refuse", "整数无法识别", "The value is not a whole number.")
    CODE_UNKNOWN = Reason("refuse", "代码未登记，需先建立对照", "The code is not in the table of codes; map it, then replay the row.")
    TOO_FEW_COLUMNS = Reason("refuse", "该行列数不足", "The row has fewer columns than the headings.")
    TOO_MANY_COLUMNS = Reason("refuse", "该行列数过多", "The row has more columns than the headings.")
    TOO_SHORT = Reason("refuse", "该行长度不足", "The line is shorter than its layout.")
    TOO_LONG = Reason("refuse", "该行长度超出", "The line is longer than its layout.")
    UNCLOSED_QUOTE = Reason("refuse", "引号未闭合", "A quote is opened and never closed.")
    UNDECODABLE = Reason("refuse", "含无法解码的字节", "The row holds bytes that are no text in the declared encoding.")
    NOT_AN_OBJECT = Reason("refuse", "该条不是对象", "The entry is no object with named values.")
    AMOUNT_ROUNDED = Reason("finding", "金额超过两位小数，已四舍五入到分", "The amount had fractions of a fen and was rounded.")
    ID_CHECK_FAILED = Reason("finding", "证件号码校验码或日期不符", "The identity number fails its check digit or holds no real date.")
    ID_LENGTH = Reason("finding", "证件号码位数不符", "The identity number has a wrong number of characters.")
    ID_MASKED = Reason("finding", "证件号码已脱敏，仅作部分证据", "The identity number is masked with asterisks; what is left of it is partial evidence.")
    ID_JUNK = Reason("finding", "证件号码为占位内容，未采用", "The identity number is a placeholder or a telephone number and was not used.")
    ID_BIRTH_CONTRADICTS = Reason("finding", "证件号码中的出生日期与记录不一致", "The birth date in the identity number differs from the record's own.")
    ID_SEX_CONTRADICTS = Reason("finding", "证件号码中的性别与记录不一致", "The sex in the identity number differs from the record's own.")
    PHONE_UNREADABLE = Reason("finding", "电话号码格式不符", "The telephone number has no known form.")
    CREDIT_CODE_FAILED = Reason("finding", "统一社会信用代码校验不符", "The unified social credit code fails its check character.")
    NAME_PLACEHOLDER = Reason("finding", "姓名含占位符，可能丢失生僻字", "The name holds a placeholder; a rare character may have been lost at the source.")

    @property
    def code(self) -> str:
        """The reason code as stored."""
        return self.name.lower()

    @property
    def severity(self) -> Severity:
        """Whether the row is refused."""
        return self.value.severity
