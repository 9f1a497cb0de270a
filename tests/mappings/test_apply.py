from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import crypto
from hub.errors import SourceError
from mappings.apply import map_part, record_schema
from mappings.canonical import ENTITIES
from mappings.keys import row_keys, standing_in
from tests.mappings.factory import declare, mapped, person, rows, stream

LINE = {
    "entity": "contribution",
    "fields": {
        "person_key": {"key": ["zjh", "xm"], "personal": True},
        "insurance_code": {"constant": "110"},
        "period_month": {"month": "ym"},
        "base_amount": {"amount": "je"},
        "paid_date": {"date": "rq"},
    },
}
DERIVED = {"entity": "person_record", "key": {"personal": ["zjh", "xm"]}, "fields": {"name": {"name": "xm"}, "id_number": {"id_number": "zjh"}}}
LINES = declare(stream(LINE, DERIVED, ignore=["备注"]))
ROW = {"no": "1", "zjh": "11010519491231002X", "xm": "王芳", "ym": "202509", "je": "12.5", "rq": "2025-10-01", "备注": "x"}


def test_records_have_every_field_in_its_type_and_order() -> None:
    result = mapped(LINES, ROW, first_row=101)
    for entity, frame in result.records.items():
        assert dict(frame.schema) == record_schema(ENTITIES[entity])
    line = result.records["contribution"].to_dicts()[0]
    assert (line["row_number"], line["source_key"], line["derived"]) == (101, "1", False)
    assert (line["period_month"], line["base_amount"], line["paid_date"]) == (date(2025, 9, 1), Decimal("12.50"), date(2025, 10, 1))
    assert result.problems.is_empty()
    assert result.unmapped == ()
    assert result.rows.to_dicts() == [{"row_number": 101, "row_key": "1", "rekey_from": None, "scope_reason": None}]


def test_a_personal_key_is_one_surrogate_wherever_it_stands_and_however_it_is_written() -> None:
    result = mapped(LINES, ROW, {**ROW, "no": "2", "zjh": " １１０１０５１９４９１２３１００２ｘ "}, {**ROW, "no": "3", "xm": "王方"})
    keys = result.records["person_record"]["source_key"].to_list()
    assert keys[0] == keys[1] != keys[2]
    assert keys == result.records["contribution"]["person_key"].to_list()
    assert keys[0] == crypto.surrogate(["11010519491231002X|王芳"], "clinic")[0]
    assert result.records["person_record"]["derived"].all()
    assert "11010519491231002X" not in str(result.rows.to_dicts())


def test_a_derived_record_without_key_is_not_made_and_its_reference_is_missing() -> None:
    result = mapped(LINES, {**ROW, "zjh": "无"}, {**ROW, "no": "2"})
    assert result.records["person_record"]["row_number"].to_list() == [2]
    assert result.records["contribution"]["row_number"].to_list() == [1, 2]
    assert result.problems.rows() == [(1, "contribution", "person_key", "zjh, xm", "key_missing", "refuse")]


def test_every_row_that_derives_a_record_gives_it_last_wins_by_number() -> None:
    assert mapped(LINES, ROW, {**ROW, "no": "2"}).records["person_record"]["row_number"].to_list() == [1, 2]


def test_a_row_without_key_is_refused_with_every_other_reason_too() -> None:
    result = mapped(LINES, {**ROW, "no": " ", "ym": "202513", "je": "x", "rq": "20250230"})
    assert result.rows["row_key"].to_list() == [None]
    assert result.records["contribution"].is_empty()
    said = result.problems.select("entity", "field", "column", "code", "severity").rows()
    assert said == [
        ("raw", "key", "no", "key_missing", "refuse"),
        ("contribution", "period_month", "ym", "month_impossible", "refuse"),
        ("contribution", "base_amount", "je", "amount_unreadable", "refuse"),
        ("contribution", "paid_date", "rq", "date_impossible", "refuse"),
    ]


def test_a_missing_value_is_said_once_and_not_on_top_of_its_cause() -> None:
    result = mapped(LINES, {**ROW, "ym": ""}, {**ROW, "no": "2", "ym": "20251"})
    assert result.problems["code"].to_list() == ["value_missing", "month_unreadable"]


def test_keys_of_several_columns_cannot_be_confused() -> None:
    source = declare(stream(person(), key=["a", "b"]))
    result = mapped(
        source, {"a": "x|y", "b": "z", "xm": "甲"}, {"a": "x", "b": "y|z", "xm": "乙"}, {"a": "x", "b": "#", "xm": "丙"}, {"a": "", "b": "z", "xm": "丁"}
    )
    assert result.rows["row_key"].to_list() == [r"x\|y|z", r"x|y\|z", r"x|\#", None]


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Z", "Cn")), min_size=1, max_size=4)] * 2), min_size=1, unique=True))
@settings(max_examples=50)
def test_different_columns_give_different_keys(parts: list[tuple[str, str]]) -> None:
    source = declare(stream(person(), key=["a", "b"]), blanks=[])
    table = rows(*({"a": a, "b": b} for a, b in parts))
    assert row_keys(source, "rows", table).n_unique() == len(parts)


def test_a_key_too_long_for_an_index_refuses_the_row() -> None:
    result = mapped(declare(stream(person())), {"no": "1" * 201, "xm": "甲"}, {"no": "1" * 200, "xm": "乙"})
    assert result.rows["row_key"].to_list() == [None, "1" * 200]
    assert result.problems["code"].to_list() == ["value_too_long"]


def test_row_keys_of_a_sweep_equal_those_of_the_rows() -> None:
    source = declare(stream(person(id_number={"id_number": "zjh"}), key={"personal": ["zjh"]}))
    table = rows({"zjh": "11010519491231002x", "xm": "甲"}, {"zjh": "", "xm": "乙"})
    assert row_keys(source, "rows", table.select(["zjh"])).to_list() == map_part(source, "rows", table, 1).rows["row_key"].to_list()


def test_rekey_names_the_former_key_only_where_it_was_another() -> None:
    source = declare(stream(person(id_number={"id_number": "zjh"}), key={"personal": ["zjh"]}, rekey=["yzjh"]))
    one, two = "11010519491231002X", "440524188001010014"
    result = mapped(source, {"zjh": one, "yzjh": two, "xm": "甲"}, {"zjh": two, "yzjh": "", "xm": "乙"}, {"zjh": one, "yzjh": one, "xm": "丙"})
    assert result.rows["rekey_from"].to_list() == [result.rows["row_key"][1], None, None]


def test_keys_that_may_stand_in_a_row_nobody_can_read() -> None:
    one, two = "11010519491231002X", "440524188001010014"
    source = declare(stream(person(id_number={"id_number": "zjh"}), key={"personal": ["zjh"]}), stream(person(), key=("no", "part"), name="natural"))
    key, natural = (source.stream(name).key for name in ("rows", "natural"))
    keys = row_keys(source, "rows", rows({"zjh": one}, {"zjh": two})).to_list()
    assert standing_in(keys, key, source.source, []) == []
    assert standing_in(keys, key, source.source, [f"D{one.lower()}李"]) == keys[:1]
    assert standing_in(keys, key, source.source, [f"D{one}李", f"9{two}0"]) == keys, "digits beside it do not hide a number"
    assert standing_in(keys, key, source.source, [f"D{one}李", f"D{two[:14]}"]) == keys, "a number cut off may be anybody's"
    assert standing_in(["7", "A\\|1|2"], natural, source.source, ["x;A|1;2"]) == ["A\\|1|2"]


def test_parts_of_a_row_have_keys_of_their_own() -> None:
    man, woman = ({**person(), "part": part} for part in ("man", "woman"))
    assert mapped(declare(stream(man, woman)), {"no": "7", "xm": "甲"}).records["person_record"]["source_key"].to_list() == ["7#man", "7#woman"]


def test_scope_leaves_rows_out_before_anything_is_said_of_them() -> None:
    scope = [{"where": {"flag": ["0", "D"]}, "reason": "struck off"}, {"where": {"flag": "*", "xm": ""}, "reason": "no name"}]
    result = mapped(
        declare(stream(person(), scope=scope)),
        *({"no": str(at), "flag": flag, "xm": xm} for at, (flag, xm) in enumerate([("0", ""), ("1", ""), ("1", "甲"), ("", "")])),
    )
    assert result.rows["scope_reason"].to_list() == ["struck off", "no name", None, None]
    assert result.records["person_record"]["name"].to_list() == ["甲", None]
    assert result.problems.select("row_number", "code").rows() == [(4, "name_missing")]


def test_when_chooses_the_rows_that_give_a_record() -> None:
    death = {"entity": "death", "when": {"dod": "*", "state": ["1", ""]}, "fields": {"person_key": {"key": ["no"]}, "death_date": {"date": "dod"}}}
    values = [("20240512", "1"), ("20240512", None), ("20240512", "2"), ("无", "1"), ("20240230", "2")]
    result = mapped(declare(stream(person(), death)), *({"no": str(at), "xm": "甲", "dod": dod, "state": state} for at, (dod, state) in enumerate(values, 1)))
    assert result.records["death"]["row_number"].to_list() == [1, 2]
    assert result.problems.is_empty()


def test_unmapped_columns_and_unknown_codes_are_told() -> None:
    source = declare(stream(person(sex_code={"lookup": "sex", "from": "xb"}, ethnic_code="mz"), ignore=["x"]), lookups={"sex": {"男": "1"}})
    values = [("男", "01"), ("M", "01"), ("M", "88"), ("11010519491231002X", "01"), ("这是一段写错了列的很长的话而不是一个代码啊啊", "01")]
    result = mapped(source, *({"no": str(at), "xm": "甲", "xb": xb, "mz": mz, "x": "", "more": ""} for at, (xb, mz) in enumerate(values, 1)))
    assert result.unmapped == ("more",)
    assert sorted(result.unknown_codes.rows(), key=str) == sorted(
        [("rows", "xb", "sex", "M", 2), ("rows", "xb", "sex", None, 2), ("rows", "mz", "", "88", 1)], key=str
    )


def test_a_stewards_override_stands_above_the_file() -> None:
    source = declare(stream(person(sex_code={"lookup": "sex", "from": "xb"})), lookups={"sex": {"1": "1", "2": "2"}})
    values = [{"no": str(at), "xm": "甲", "xb": xb} for at, xb in enumerate(["1", "2", "Ｍ"])]
    result = mapped(source, *values, overrides={"sex": {"M": "1", "2": "1"}})
    assert result.records["person_record"]["sex_code"].to_list() == ["1", "1", "1"]
    assert result.problems.is_empty()


def test_a_missing_column_stops_the_batch_and_names_no_value() -> None:
    table = rows({"no": "1", "zjh": "11010519491231002X", "ym": "202509"})
    with pytest.raises(SourceError, match=r"clinic: stream rows: column xm, je, rq missing") as error:
        map_part(LINES, "rows", table, 1)
    assert "1101" not in str(error.value)


@pytest.mark.parametrize(
    ("number", "birth", "sex", "codes"),
    [
        ("11010519491231002X", "1949-12-31", "2", []),
        ("11010519491231002X", "1949", "2", []),
        ("11010519491231002X", "1949-11", None, ["id_birth_contradicts"]),
        ("11010519491231002X", None, "1", ["id_sex_contradicts"]),
        ("110105491231002", "1950-12-31", "1", ["id_birth_contradicts", "id_sex_contradicts"]),
        ("110105194912310021", "1950-12-31", "1", ["id_check_failed"]),
    ],
)
def test_a_number_is_held_against_its_own_record(number: str, birth: str | None, sex: str | None, codes: list[str]) -> None:
    source = declare(stream(person(id_number={"id_number": "zjh"}, birth_date={"date": "csrq"}, sex_code="xb")))
    result = mapped(source, {"no": "1", "xm": "甲", "zjh": number, "csrq": birth, "xb": sex})
    assert [(column, severity) for column, severity in result.problems.select("column", "severity").rows()] == [("zjh", "finding")] * len(codes)
    assert result.problems["code"].to_list() == codes


@pytest.mark.parametrize(
    ("kind", "number", "codes"), [("02", "123456789", []), ("01", "E12345678", ["id_length"]), (None, "123456789", ["id_length"]), ("99", "98765432", [])]
)
def test_the_kind_of_document_says_which_form_its_number_has(kind: str | None, number: str, codes: list[str]) -> None:
    source = declare(stream(person(id_number={"id_number": "zjh"}, id_type_code="lx")))
    said = mapped(source, {"no": "1", "xm": "甲", "zjh": number, "lx": kind}).problems["code"].to_list()
    assert said == codes


def test_a_credit_code_that_fails_is_a_finding() -> None:
    employer = {"entity": "employer_record", "fields": {"name": {"name": "mc"}, "credit_code": {"text": "dm"}}}
    result = mapped(
        declare(stream(employer)), *({"no": str(at), "mc": "厂", "dm": code} for at, code in enumerate(["91350100M000100Y43", "91350100M000100Y44", None]))
    )
    assert result.problems.select("row_number", "code", "severity").rows() == [(2, "credit_code_failed", "finding")]


cells = st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["202509", "20250230", "1.5", "男", "11010519491231002X", "无", "*", "-", "１２"]))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, cells)), min_size=0, max_size=12))
@settings(max_examples=150, deadline=None)
def test_every_row_is_accounted_for_whatever_it_holds(values: list[dict[str, str | None]]) -> None:
    schema = pa.schema([(name, pa.large_string()) for name in ROW])
    result = map_part(LINES, "rows", pa.Table.from_pylist(values, schema), 1)
    assert result.rows["row_number"].to_list() == list(range(1, len(values) + 1))
    refused = set(result.problems.filter(pl.col("severity") == "refuse")["row_number"])
    made = set(result.records["contribution"]["row_number"])
    assert set(result.rows["row_number"]) == refused | made
    assert set(result.rows.filter(pl.col("row_key").is_null())["row_number"]) <= refused


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, cells)), min_size=2, max_size=12), st.data())
@settings(max_examples=50, deadline=None)
def test_a_batch_maps_the_same_in_one_part_or_two(values: list[dict[str, str | None]], data: st.DataObject) -> None:
    schema = pa.schema([(name, pa.large_string()) for name in ROW])
    table = pa.Table.from_pylist(values, schema)
    cut = data.draw(st.integers(1, len(values) - 1))
    whole, first, second = (
        map_part(LINES, "rows", table, 1),
        map_part(LINES, "rows", table.slice(0, cut), 1),
        map_part(LINES, "rows", table.slice(cut), cut + 1),
    )
    assert whole.rows.equals(pl.concat([first.rows, second.rows]))
    for entity, frame in whole.records.items():
        assert frame.equals(pl.concat([first.records[entity], second.records[entity]]))
    assert whole.problems.equals(pl.concat([first.problems, second.problems]))
