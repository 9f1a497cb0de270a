from __future__ import annotations

import pytest

from hub.settings import REPO
from mappings.canonical import ENTITIES
from mappings.load import load_named
from mappings.masks import MASKS, PUBLIC, mask, mask_row


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "张伟", "张*"),
        ("name", "阿依古丽·买买提", "阿***"),
        ("former_name", "𠮷", "𠮷"),
        ("id_number", "11010119491231002X", "1101**********002X"),
        ("id_number", "E12345678", "E********"),
        ("phone", "13812341234", "138****1234"),
        ("phone", "8765432", "*****32"),
        ("address", "临江区人民路12号3单元", "临江区人民路***"),
        ("address", "临江区", "***"),
        ("account", "6222020000000001234", "****1234"),
        ("household_no", "12345678", "****"),
        ("birth_date", "1980-01-02", "1980-**-**"),
        ("medical_detail", "骨折", "***"),
        ("area_code", "529002", "529002"),
        ("name", None, None),
    ],
)
def test_forms(field: str, value: str | None, shown: str | None) -> None:
    assert mask("person_record", field, value) == shown


def test_every_personal_field_has_a_form_and_employers_are_public() -> None:
    personal = {name for entity in ENTITIES.values() for name in entity.personal}
    assert personal <= set(MASKS)
    assert not any(ENTITIES[name].personal for name in PUBLIC)
    assert mask("employer_record", "name", "宏达建材") == "宏达建材"


def test_a_row_is_masked_by_the_fields_its_columns_fill() -> None:
    stream = load_named(REPO / "mappings" / "sources", "tax").stream("lines")
    row = {
        "明细序号": "202510310000001",
        "姓名": "周丽",
        "证件号码": "529021198001023026",
        "缴费单位名称": "宏达建材",
        "个人应缴": "2o0",
        "征收项目": "城乡居民",
        "入库日期": None,
    }
    shown = {
        "明细序号": "202510310000001",
        "姓名": "周*",
        "证件号码": "5290**********3026",
        "缴费单位名称": "宏达建材",
        "个人应缴": "2o0",
        "征收项目": "城***",
        "入库日期": None,
    }
    assert mask_row(row, stream) == shown


def test_a_row_of_no_known_stream_is_masked_by_what_it_looks_like() -> None:
    row = {
        "a": "529021198001023026",
        "b": "15400000001",
        "c": "2025-02-30",
        "d": "临江区人民路",
        "e": "110",
        "f": "521.60",
        "h": "甲" * 300,
    }
    shown = mask_row(row)
    assert shown == {
        "a": "5290**********3026",
        "b": "154****0001",
        "c": "2025-02-30",
        "d": "临***",
        "e": "110",
        "f": "521.60",
        "h": "甲***… (300 characters)",
    }
