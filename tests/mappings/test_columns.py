"""The vocabulary's functions over a column, seen through one mapped field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mappings.factory import declare, mapped, one, person, stream

VALID = "11010519491231002X"


def test_names_keep_every_rare_character() -> None:
    rare = ["𠮷野", "\U00030000", "张\ue5e5", "王　伟", "欧阳𬳵", "阿依·买买提", "张三（死亡）", "葛󠄀"]
    assert one("name", {"name": "x"}, *rare) == (rare, [])


def test_names_lose_padding_and_invisible_characters_only() -> None:
    values, _ = one("name", {"name": "x"}, "\u3000 王伟\t", "\ufeff王\u200b伟\r\n", "王\x00伟", "王\n伟")
    assert values == ["王伟"] * 4


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn")), min_size=1, max_size=10), min_size=1, max_size=5))
def test_names_are_as_written(names: list[str]) -> None:
    kept = [name for name in names if name not in ("-", "--", "无", "NULL", "null", "不详")]
    assert one("name", {"name": "x"}, *kept)[0] == kept if kept else True


def test_placeholders_in_names_are_found() -> None:
    values, said = one("name", {"name": "x"}, "张?", "张〓", "张三")
    assert values == ["张?", "张〓", "张三"]
    assert said == [(1, "name_placeholder"), (2, "name_placeholder")]


@pytest.mark.parametrize(
    ("value", "expected", "codes"),
    [
        (VALID, VALID, []),
        ("１１０１０５１９４９１２３１００２ｘ", VALID, []),
        ("110105 19491231 002x", VALID, []),
        ("110105491231002", "110105491231002", []),
        ("110105194912310021", "110105194912310021", ["id_check_failed"]),
        ("110105491331002", "110105491331002", ["id_check_failed"]),
        ("1101051949123100", "1101051949123100", ["id_length"]),
        ("110105********002X", "110105********002X", ["id_masked"]),
        ("１１０＊＊＊＊＊＊＊＊＊＊００２ｘ", "110**********002X", ["id_masked"]),
        ("11***************X", None, ["id_masked"]),
        ("＊＊＊", None, ["id_masked"]),
        ("000000000000000000", None, ["id_junk"]),
        ("15400000001", None, ["id_junk"]),
        ("暂缺", None, ["id_junk"]),
        ("无", None, []),
        ("E12345678", "E12345678", []),
        ("H0123456789", "H0123456789", []),
    ],
)
def test_identity_numbers_are_folded_and_remarked_upon_never_refused(value: str, expected: str | None, codes: list[str]) -> None:
    values, said = one("id_number", {"id_number": "x"}, value)
    assert values == [expected]
    assert [code for _, code in said] == codes


@pytest.mark.parametrize(
    ("value", "expected", "codes"),
    [
        ("13812345678", "13812345678", []),
        ("+86 138-1234-5678", "13812345678", []),
        ("８６１３８１２３４５６７８", "13812345678", []),
        ("0571-88888888转12", "057188888888", []),
        ("13812345678，13912345678", "13812345678", []),
        ("13812345678/13912345678", "13812345678", []),
        ("88888888", None, ["phone_unreadable"]),
        ("8765432", "8765432", []),
        ("1381234567", "1381234567", ["phone_unreadable"]),
        ("没有", None, ["phone_unreadable"]),
    ],
)
def test_phones(value: str, expected: str | None, codes: list[str]) -> None:
    values, said = one("phone", {"phone": "x"}, value)
    assert values == [expected]
    assert [code for _, code in said] == codes


def test_amounts_plain_and_otherwise_in_one_column() -> None:
    values, said = one("base_amount", {"amount": "x"}, "1.5", "-2", "1,000.00", None, "", "x", "12.345", entity="contribution")
    assert values == [Decimal("1.50"), Decimal("-2.00"), Decimal("1000.00"), None, None, None, Decimal("12.34")]
    assert said == [(6, "amount_unreadable"), (7, "amount_rounded")]


def test_integers() -> None:
    values, said = one("pages", {"integer": "x"}, "3", "3.0", "３", "3.5", "三", None, entity="archive_item")
    assert values == [3, 3, 3, None, None, None]
    assert said == [(4, "integer_unreadable"), (5, "integer_unreadable")]


def test_dates_by_kind_of_field() -> None:
    texts = ("1980-02-30", "1980-03", "1980/3/4", "", "x")
    values, said = one("birth_date", {"date": "x"}, *texts)
    assert values == [None, "1980-03", "1980-03-04", None, None]
    assert said == [(1, "date_impossible"), (5, "date_unreadable")]
    days, said = one("updated_on", {"date": "x"}, *texts)
    assert days == [None, None, date(1980, 3, 4), None, None]
    assert said == [(1, "date_impossible"), (2, "date_incomplete"), (5, "date_unreadable")]


def test_a_called_function_must_give_the_precision_its_field_needs() -> None:
    fields = {name: {"call": "date_of_parts", "of": ["y", "m", "d"]} for name in ("birth_date", "updated_on")}
    given_rows = [{"no": "1", "xm": "甲", "y": "1980", "m": "2", "d": "3"}, {"no": "2", "xm": "乙", "y": "1980", "m": "2", "d": ""}]
    result = mapped(declare(stream(person(**fields))), *given_rows, {"no": "3", "xm": "丙", "y": None, "m": None, "d": None})
    assert result.records["person_record"].select("birth_date", "updated_on").rows() == [("1980-02-03", date(1980, 2, 3)), ("1980-02", None), (None, None)]
    assert result.problems.select("row_number", "field", "column", "code").rows() == [(2, "updated_on", "y", "date_incomplete")]


def test_text_folds_width_and_blanks_and_no_rare_character() -> None:
    rare = "\uf900\U0002f800\U00030000\ue5e5㎡"
    assert one("address", {"text": "x"}, "某市１２　号  楼（甲）", rare)[0] == ["某市12 号 楼(甲)", rare]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"first_of": [{"text": "x"}, {"constant": "无名"}]}, ["甲", "无名"]),
        ({"join": [{"text": "x"}, {"text": "y"}], "separator": "-"}, ["甲-1", "2"]),
        ({"join": [{"text": "x"}, "x"]}, ["甲甲", None]),
    ],
)
def test_composed_fields(how: Any, expected: list[str | None]) -> None:
    assert one("address", how, "甲", None)[0] == expected


def test_first_of_remarks_only_on_what_it_looked_at() -> None:
    how = {"first_of": [{"id_number": "x"}, {"id_number": "y"}]}
    values, said = one("id_number", how, "0000", VALID)
    assert values == [None, VALID]
    assert said == [(1, "id_junk"), (1, "id_junk")]  # of both columns; row 2 never looks at its second


def test_codes_as_they_are_must_be_canonical() -> None:
    values, said = one("ethnic_code", "x", "01", "57", "汉", None)
    assert values == ["01", None, None, None]
    assert said == [(2, "code_unknown"), (3, "code_unknown")]
    assert one("area_code", "x", "529002", "529002001", "52900")[0] == ["529002", "529002001", None]


def test_a_lookup_stands_above_blanks_and_knows_blank() -> None:
    values, said = one(
        "sex_code", {"lookup": "sex", "from": "x"}, "男", "无", "", None, "-", "女 ", "x", lookups={"sex": {"男": "1", "女": "2", "无": "9", "": "0"}}
    )
    assert values == ["1", "9", "0", "0", "0", "2", None]
    assert said == [(7, "code_unknown")]


def test_a_code_listed_as_null_is_nothing_and_no_problem() -> None:
    assert one("sex_code", {"lookup": "sex", "from": "x"}, "9", lookups={"sex": {"9": None}}) == ([None], [])


def test_values_longer_than_their_field_are_refused() -> None:
    values, said = one("address", {"text": "x"}, "街" * 500, "街" * 501, "街" * 10_000_000)
    assert [len(value) if value else None for value in values] == [500, None, None]
    assert said == [(2, "value_too_long"), (3, "value_too_long")]
