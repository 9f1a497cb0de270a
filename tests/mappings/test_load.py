from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.errors import ConfigErrors
from mappings.load import load_named, load_source, load_sources, yaml_hash

GOOD = """\
source: clinic
department: {zh: 诊所, en: Clinic}
steward: clinic@county.example
connector: {type: delimited, connection: clinic, path: a.csv}
extract: {mode: snapshot}
streams:
  - stream: rows
    key: [no]
    records:
      - entity: person_record
        fields:
          name: {name: xm}
          sex_code: {lookup: sex, from: xb}
          birth_date: {date: csrq, formats: [ymd]}
lookups:
  sex: {"1": "1", "2": "2"}
examples:
  - stream: rows
    given: {no: "1", xm: 王芳, xb: "2", csrq: "19800102"}
    expect: {person_record: {birth_date: 1980-01-02}}
"""
LINE = re.compile(r"^clinic\.yml:(\d+): ([^:]*: )?[^;]+; expected [^;]+; [^;]+$")


def write(folder: Path, text: str, name: str = "clinic.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, *changes: tuple[str, str], text: str = GOOD) -> list[str]:
    """The problems of the good file after replacing pieces of it."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigErrors) as error:
        load_source(write(folder, text))
    assert all(LINE.match(line) for line in error.value.problems), error.value.problems
    return error.value.problems


def test_a_good_file_loads(tmp_path: Path) -> None:
    source = load_source(write(tmp_path, GOOD))
    assert source.stream("rows").used == ("no", "xm", "xb", "csrq")
    assert source.examples[0].expect == {"person_record": {"birth_date": "1980-01-02"}}


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "what"),
    [
        ("steward:", "stewart:", 3, "stewart", "unknown key"),
        ("key: [no]", "keys: [no]\n    key: [no]", 8, "streams[0].keys", "did you mean key?"),
        ("{date: csrq,", "{date: csrq, format: ymd,", 14, "streams[0].records[0].fields.birth_date.format", "did you mean formats?"),
        ("[ymd]", "[dmy]", 14, "streams[0].records[0].fields.birth_date.formats[0]", "not allowed here"),
        ("path: a.csv}", "path: a.csv}\ntrust: high", 5, "trust", "text not allowed here"),
        ("steward: clinic@county.example", "steward: 7", 3, "steward", "wrong type, number; expected text"),
        ("key: [no]", "key: no_", 8, "streams[0].key", "list of columns"),
        (
            "      - entity: person_record",
            "      - entity: person_record\n        entity: death",
            11,
            "streams[0].records[0].entity",
            "duplicated key, first on line 10",
        ),
        ("name: {name: xm}", "name: {name: xm, text: xm}", 12, "streams[0].records[0].fields.name", "text, name found; expected exactly one"),
        ("{name: xm}", "{name: xm, personal: true}", 12, "streams[0].records[0].fields.name", "`personal` beside `name`"),
        ("lookup: sex", "lookup: sexe", 13, "streams[0].records[0].fields.sex_code", "no lookup sexe; expected a table under `lookups:`; did you mean sex?"),
        ('"2": "2"}', '"2": "3"}', 16, "lookups.sex.2", "3 is no code of sex_code (GB/T 2261.1)"),
        ('{"1": "1"', '{01: "1"', 16, "lookups.sex.01", "code 01 is not quoted"),
        ('"2": "2"}', '"2": 2}', 16, "lookups.sex.2", "code 2 is not quoted"),
        ('"2": "2"}', '"2": "2"}\n  unused: {"1": "1"}', 17, "lookups.unused", "used by no field"),
        ("sex_code:", "sex:", 13, "streams[0].records[0].fields.sex", "did you mean sex_code?"),
        ("entity: person_record", "entity: persons", 10, "streams[0].records[0].entity", "did you mean person_record?"),
        ("name: {name: xm}\n          ", "", 11, "streams[0].records[0].fields.name", "required and not mapped"),
        ("{date: csrq, formats: [ymd]}", "csrq", 14, "streams[0].records[0].fields.birth_date", "`column` cannot fill birth_date, which is a partial_date"),
        ("{date: csrq, formats: [ymd]}", "{call: first_dya, of: [csrq]}", 14, "streams[0].records[0].fields.birth_date", "did you mean first_day?"),
        ("{date: csrq, formats: [ymd]}", "{call: first_day, of: [csrq, no]}", 14, "streams[0].records[0].fields.birth_date", "takes 1 columns, found 2"),
        ("{date: csrq, formats: [ymd]}", "{call: yuan_of_fen, of: [csrq]}", 14, "streams[0].records[0].fields.birth_date", "gives amount"),
        ("{date: csrq, formats: [ymd]}", '{constant: "1980-02-30"}', 14, "streams[0].records[0].fields.birth_date", "constant is no partial_date"),
        (
            "name: {name: xm}",
            "name: {name: xm}\n          employer_key: {key: [dw]}",
            13,
            "streams[0].records[0].fields.employer_key",
            "which no stream of this source gives",
        ),
        ("key: [no]", "key: [xm]", 8, "streams[0].key", "column xm is personal"),
        ("key: [no]", "key: [no]\n    cursor: updated", 9, "streams[0].cursor", "cursor in mode snapshot"),
        ("key: [no]", "key: [no]\n    ignore: [xb]", 9, "streams[0].ignore", "ignored and mapped"),
        ("mode: snapshot", "mode: cursor", 7, "streams[0].cursor", "no cursor column"),
        ("mode: snapshot", "mode: snapshot, sweep: true", 5, "extract.sweep", "no meaning in mode snapshot"),
        ("mode: snapshot", "mode: dated, start: 2025-13-01", 5, "extract.start", "not a day"),
        ("path: a.csv", "path: a.csv, password: x", 4, "connector.password", "credential in a source file"),
        ("path: a.csv", "path: 'ftp://u:p@host/a.csv'", 4, "connector.path", "credential in an address"),
        ("type: delimited, ", "", 4, "connector.type", "no type"),
        ("source: clinic", "source: klinik", 1, "source", "differs from the file's name"),
        ("source: clinic", "source: Clinic", 1, "source", "not a name the hub can use"),
        ('{no: "1", xm', '{nr: "1", xm', 19, "examples[0].given.nr", "neither mapped nor ignored"),
        ("stream: rows\n    given", "stream: row\n    given", 18, "examples[0].stream", "did you mean rows?"),
        ("expect: {person_record", "expect: {death", 20, "examples[0].expect.death", "the stream gives no death"),
        ("{birth_date:", "{birthdate:", 20, "examples[0].expect.person_record.birthdate", "did you mean birth_date?"),
        ('xb: "2", csrq', 'csrq: "2", csrq', 19, "examples[0].given.csrq", "duplicated key"),
    ],
)
def test_each_mistake_is_told_with_line_path_and_remedy(tmp_path: Path, old: str, new: str, line: int, path: str, what: str) -> None:
    found = problems(tmp_path, (old, new))
    assert any(text.startswith(f"clinic.yml:{line}: {path}: ") and what in text for text in found), found


def test_all_problems_of_a_file_come_at_once_in_its_order(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("steward:", "stewart:"),
        ("lookup: sex", "lookup: sexe"),
        ("[ymd]", "[dmy]"),
        ('"2": "2"}', '"2": 2}'),
        ("entity: person_record", "entity: person"),
    )
    lines = [int(text.split(":")[1]) for text in found]
    assert lines == sorted(lines)
    assert {3, 10, 14, 16} <= set(lines)


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ("schedule: every night", "not a cron expression"),
        ("expectations: {row_count: {row: {min: 3}}}", "no stream row"),
        ("expectations: {not_null: {person_record: {nam: 0.5}}}", "person_record has no field nam"),
        ("expectations: {required: {benefit: [amount]}}", "gives no benefit"),
        ("expectations: {freshness: {within: soon}}", "not a span"),
        ("trust_fields: {named: 3}", "no person field named"),
    ],
)
def test_thresholds_and_trust_are_bound_too(tmp_path: Path, extra: str, what: str) -> None:
    assert any(what in text for text in problems(tmp_path, text=f"{GOOD}{extra}\n"))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("source: [clinic", 1, "not YAML"),
        ("a\n- b: c: d", 2, "not"),
        ("- 1\n", 1, "not a source declaration"),
        ("", 1, "not a source declaration"),
        ("source: clinic\n\tkey: 1\n", 2, "not YAML"),
        ("source: clinic\x00\n", 1, "not YAML"),
    ],
)
def test_what_is_no_declaration_at_all(tmp_path: Path, text: str, line: int, what: str) -> None:
    found = problems(tmp_path, text=text)
    assert found[0].startswith(f"clinic.yml:{line}: {what}"), found


def test_a_file_in_another_encoding_and_a_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(ConfigErrors, match=r"clinic.yml:1: not UTF-8; expected UTF-8 text; save it as such"):
        load_source(path)
    with pytest.raises(ConfigErrors, match="cannot be read"):
        load_source(tmp_path / "none.yml")
    with pytest.raises(ConfigErrors, match="did you mean clinic"):
        load_named(tmp_path, "clinics")


def test_a_folder_gives_the_good_sources_and_all_problems(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("source: clinic", "source: other").replace("steward:", "stewart:"), "other.yml")
    write(tmp_path, GOOD, "third.yaml")
    write(tmp_path, "not a source", "README.md")
    sources, found = load_sources(tmp_path)
    assert [source.source for source in sources] == ["clinic"]
    assert [text.split(":")[0] for text in found] == ["other.yml", "other.yml", "third.yaml"]
    assert load_sources(tmp_path / "none")[0] == []


def test_the_hash_is_of_what_is_declared_not_of_how_it_is_laid_out(tmp_path: Path) -> None:
    plain = yaml_hash(load_source(write(tmp_path, GOOD)))
    assert yaml_hash(load_source(write(tmp_path, "# a comment\n" + GOOD.replace("{zh: 诊所, en: Clinic}", "\n  zh: 诊所\n  en: Clinic")))) == plain
    assert yaml_hash(load_source(write(tmp_path, GOOD.replace('"2": "2"', '"2": "1"')))) != plain
