"""Drafts of the county's eight departments, held against the source files that ship."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from hub.settings import REPO
from mappings.draft import Draft, Sample, draft, draft_streams
from mappings.load import load_sources
from mappings.source import FieldMap, Source
from mappings.yaml_lines import parse
from tests.mappings.books import books
from tests.mappings.factory import rows

PEOPLE, SEED = 3000, 5
SHIPPED = {source.source: source for source in load_sources(REPO / "mappings" / "sources")[0]}
Place = tuple[str, str, str | None, str]


@cache
def drafted(name: str) -> Draft:
    source, raw = SHIPPED[name], books(PEOPLE, SEED)[0]
    samples = [Sample(stream.stream, raw[name, stream.stream].table, stream.from_) for stream in source.streams]
    return draft_streams(samples, source.connector, name)


def fields(source: Source) -> dict[Place, FieldMap]:
    """Every field that is mapped from columns (a constant is a decision, not a column)."""
    return {
        (stream.stream, record.entity, record.part, name): how
        for stream in source.streams
        for record in stream.records
        for name, how in record.fields.items()
        if how.columns
    }


def right(name: str) -> tuple[int, int]:
    """How many fields of the shipped file the draft maps from the same columns by the same function, and how many there are."""
    shipped, guessed = fields(SHIPPED[name]), fields(Source.model_validate(parse(drafted(name).text).value))
    same = [place for place, how in shipped.items() if place in guessed and (guessed[place].function, guessed[place].columns) == (how.function, how.columns)]
    return len(same), len(shipped)


def test_at_least_85_percent_of_the_eights_fields_are_right() -> None:
    counts = {name: right(name) for name in SHIPPED}
    assert sum(same for same, _ in counts.values()) / sum(of for _, of in counts.values()) >= 0.85, counts
    assert all(same / of >= 0.7 for same, of in counts.values()), counts


@pytest.mark.parametrize("name", SHIPPED)
def test_a_draft_knows_keys_and_mode(name: str) -> None:
    guessed = Source.model_validate(parse(drafted(name).text).value)
    assert guessed.extract.mode == SHIPPED[name].extract.mode
    assert [stream.key for stream in guessed.streams] == [stream.key for stream in SHIPPED[name].streams]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_draft_loads_or_says_only_which_required_field_nobody_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yml"
    path.write_text(drafted(name).text, encoding="utf-8")
    problems = load_sources(path.parent)[1]
    assert all("is required and not mapped" in line for line in problems), problems


@pytest.mark.parametrize("name", SHIPPED)
def test_no_draft_holds_a_persons_values(name: str) -> None:
    words = set(re.findall(r"\w+", drafted(name).text + " ".join(drafted(name).notes)))
    for stream in SHIPPED[name].streams:
        table = books(PEOPLE, SEED)[0][name, stream.stream].table
        personal = ("id_number", "phone", "name", "address", "account")
        columns = {
            column
            for record in stream.records
            if record.entity == "person_record"
            for field in personal
            if field in record.fields
            for column in record.fields[field].columns
        }
        for column in columns:
            assert not words & {value for value in table[column].to_pylist() if value and len(value) > 2}


def test_values_speak_where_names_do_not() -> None:
    """The police register under meaningless headings: numbers, names, birth dates and telephones are still found."""
    table = books(PEOPLE, SEED)[0]["police", "register"].table
    renamed = table.rename_columns([f"c{at}" for at in range(table.num_columns)])
    guessed = fields(Source.model_validate(parse(draft(renamed, {"type": "delimited", "path": "a.csv"}, "unknown").text).value))
    found = {name: table.column_names[int(how.columns[0][1:])] for (_, entity, _, name), how in guessed.items() if entity == "person_record"}
    expected = {"id_number": "公民身份号码", "name": "姓名", "birth_date": "出生日期", "phone": "联系电话", "address": "住址", "area_code": "行政区划"}
    assert {name: found.get(name) for name in expected} == expected


STAFF = [("王芳", "11010519491231002X"), ("李强", "440524188001010014"), ("张伟", "")] * 4
ENGLISH = [
    {
        "Employee ID": f"E{at:04}",
        "Full Name": name,
        "Gender": "male",
        "Date of Birth": f"0{at % 9 + 1}/13/1980",
        "National ID": number,
        "Mobile": f"1540000{at:04}",
        "Company Name": "宏达建材有限公司",
    }
    for at, (name, number) in enumerate(STAFF)
]


def test_english_headings_and_american_days() -> None:
    text, notes = draft(rows(*ENGLISH), {"type": "excel", "path": "staff.xlsx"}, "staff")
    source = Source.model_validate(parse(text).value)
    assert source.streams[0].key.columns == ("Employee ID",)
    [record] = source.streams[0].records
    assert {name: how.columns for name, how in record.fields.items()} == {
        "name": ("Full Name",),
        "id_number": ("National ID",),
        "sex_code": ("Gender",),
        "birth_date": ("Date of Birth",),
        "phone": ("Mobile",),
        "employer_name": ("Company Name",),
    }
    assert record.fields["birth_date"].formats == ("m/d/y",)
    assert source.lookups["sex"] == {"male": "1"}
    assert notes[0] == "stream rows: 7 of 7 columns recognised"


def test_codes_nobody_can_know_are_left_to_a_person() -> None:
    text, notes = draft(
        rows(*({"编号": str(at), "姓名": "王芳", "性别": sex, "人员状态": state} for at, (sex, state) in enumerate([("男", "A"), ("女", "死亡")] * 5))), {}, "x"
    )
    assert "性别" in text
    assert "person_status: {死亡: dead}  # decide what these mean: A" in text
    assert "lookup person_status: 1 values to decide" in notes


def test_an_empty_sample_is_drafted_by_its_names() -> None:
    table = pa.table({name: pa.array([], pa.large_string()) for name in ("aac001", "aac003", "aac002", "aac006")})
    [stream] = Source.model_validate(parse(draft(table, {"type": "sql"}, "empty").text).value).streams
    assert set(stream.records[0].fields) == {"name", "id_number", "birth_date"}
