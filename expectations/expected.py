"""What a refused value should have been, in words: beside every reason, for whoever repairs the row."""

from __future__ import annotations

from datetime import date
from typing import Any

from expectations.suite import Rule, merged, reasons, resolve
from mappings.canonical import CODES, ENTITIES, Field
from mappings.source import Source
from mappings.where import columns_of, field_map

Both = tuple[str, str]
"""Chinese, English."""
MOST_CODES = 12


def parts(reason: str) -> tuple[str, str, str]:
    """Take `entity.field:code` apart."""
    entity, _, rest = reason.partition(".")
    field, _, code = rest.rpartition(":")
    return entity, field, code


def sentence(reason: str) -> Both:
    """Say why a row was refused."""
    code = parts(reason)[2]
    return reasons().get(code, (code, code))


def label(reason: str) -> Both:
    """Name the value a reason is about."""
    entity, field, _ = parts(reason)
    if entity not in ENTITIES:
        return ("整行", "the row") if field == "row" else ("记录标识", "the record's key")
    known = ENTITIES[entity].by_name.get(field)
    return (known.zh if known else field, field.replace("_", " "))


def expected(source: Source, stream: str, reason: str, as_of: date) -> Both:
    """Say what would have been right: from the mapping, the code lists and the rule that refused it; empty where only the sentence tells."""
    entity, field, code = parts(reason)
    known = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    columns = "、".join(columns_of(source, stream, entity, field))
    if code in ("key_missing", "name_missing", "value_missing"):
        return (f"{columns} 须填写" if columns else "须填写", f"a value in {columns}" if columns else "a value")
    if code == "code_unknown":
        return _codes(source, stream, entity, field, known)
    if code.startswith(("date_", "month_")):
        how = field_map(source, stream, entity, field)
        forms = ", ".join(how.formats) if how and how.formats else "2026-11-20, 20261120, 2026/11/20, 2026年11月20日"
        return (f"真实存在的日期，写法：{forms}", f"a date that exists, written as {forms}")
    return _SHAPES.get(code) or _bound(_rule(source, entity, field, code), as_of) or ("", "")


_SHAPES: dict[str, Both] = {
    "amount_unreadable": ("数字，例 1234.56", "a number, as 1234.56"),
    "integer_unreadable": ("整数", "a whole number"),
    "too_few_columns": ("与表头同样多的列", "as many columns as the headings"),
    "too_many_columns": ("与表头同样多的列", "as many columns as the headings"),
    "person_absent": ("该来源已有的人员标识", "a key of a person this source holds"),
    "employer_absent": ("该来源已有的单位标识", "a key of an employer this source holds"),
    "end_before_start": ("终止日期不早于开始日期", "an end on or after the start"),
}


def _codes(source: Source, stream: str, entity: str, field: str, known: Field | None) -> Both:
    how = field_map(source, stream, entity, field)
    system = (known.code_system if known else None) or ""
    values = list(source.lookups.get(how.lookup, {}) if how and how.lookup else CODES.get(system, {}))
    shown = ", ".join(values[:MOST_CODES]) + (" …" if len(values) > MOST_CODES else "")
    return (f"已登记的代码：{shown}", f"a code of the table: {shown}") if values else ("", "")


def _rule(source: Source, entity: str, field: str, code: str) -> Rule | None:
    return next((rule for rule in merged(source, entity).rules if (rule.field, rule.code) == (field, code)), None) if entity in ENTITIES else None


def _bound(rule: Rule | None, as_of: date) -> Both | None:
    if rule is None:
        return None
    values = resolve(rule.kwargs, as_of)
    low, high = (_plain(rule, values.get(name)) for name in ("min_value", "max_value"))
    if low is None and high is None:
        return None
    zh = "，".join(([f"不小于 {low}"] if low is not None else []) + ([f"不大于 {high}"] if high is not None else []))
    en = " and ".join(([f"at least {low}"] if low is not None else []) + ([f"at most {high}"] if high is not None else []))
    return f"{zh}（{rule.origin}）", f"{en} ({rule.origin})"


def _plain(rule: Rule, value: Any) -> str | None:
    """Write a bound as people do: days and months are whole numbers inside the gate."""
    if value is None:
        return None
    text = str(value)
    if text.isdigit() and len(text) == 8 and text[:2] in ("18", "19", "20", "21"):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if text.isdigit() and len(text) == 6 and "month" in rule.field + str(rule.kwargs.get("column", "")):
        return f"{text[:4]}-{text[4:]}"
    return f"{value:,}" if isinstance(value, int | float) else text
