"""Suites as files: read strictly, merged with a source's own thresholds at the leaf."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml

from expectations import suite
from expectations.suite import baseline, check, merged, resolve
from hub.errors import ConfigError, ConfigErrors
from tests.expectations.stage import source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An expectations folder of one's own."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "reasons.yml").write_text((suite.FOLDER / "reasons.yml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(suite, "FOLDER", tmp_path)
    baseline.cache_clear()
    yield tmp_path
    baseline.cache_clear()


RULE: dict[str, object] = {
    "field": "name",
    "code": "name_missing",
    "severity": "critical",
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "name"},
    "origin": "hub",
}


def write(folder: Path, *rules: dict[str, object], entity: str = "death") -> None:
    (folder / "suites" / "death.yml").write_text(yaml.safe_dump({"entity": entity, "rules": list(rules)}), encoding="utf-8")


def test_every_problem_of_a_file_is_named_at_once(folder: Path) -> None:
    twice = {**RULE, "field": "area_code"}
    write(folder, RULE, {**RULE, "field": "death_date", "code": "no_such_code"}, twice, twice, entity="deaths")
    with pytest.raises(ConfigErrors) as error:
        baseline("death")
    assert [problem.split(": ", 1)[1] for problem in error.value.problems] == [
        "name:name_missing: no field of that name; known: person_key, death_date, registered_date, area_code",
        "death_date:no_such_code: no sentence; add the code to reasons.yml",
        "area_code:name_missing: stands twice; give one of them another code",
        "entity deaths: expected death",
    ]


@pytest.mark.parametrize("change", [{"severity": "fatal"}, {"type": "assert_not_null"}, {"code": "Bad Code"}, {"comment": "?"}, {"kwargs": []}])
def test_a_rule_is_read_strictly(folder: Path, change: dict[str, object]) -> None:
    write(folder, {**RULE, **change})
    with pytest.raises(ConfigErrors, match=r"suites/death\.yml: rules\.0\."):
        baseline("death")


def test_required_adds_a_rule_once() -> None:
    of = source(required={"person_record": ["birth_date", "name", "employer_key"]})
    added = [rule for rule in merged(of, "person_record").rules if rule not in baseline("person_record").rules]
    assert [(rule.id, rule.severity) for rule in added] == [("birth_date:value_missing", "critical"), ("employer_key:key_missing", "critical")]


def test_optional_switches_a_rule_off() -> None:
    of = source(optional={"person_record": ["birth_date:too_early"]})
    kept = {rule.id for rule in merged(of, "person_record").rules}
    assert kept == {rule.id for rule in baseline("person_record").rules} - {"birth_date:too_early"}
    assert merged(of, "death") == baseline("death")


def test_thresholds_that_fit_nothing_are_refused_all_at_once() -> None:
    of = source(
        required={"person": ["name"], "person_record": ["nmae"]},
        optional={"death": ["death_date:too_soon"]},
        not_null={"enrolment": {"starts": 0.9}},
        row_count={"AC99": {"min": 1}},
    )
    with pytest.raises(ConfigErrors) as error:
        check(of)
    problems = [problem.split("; known")[0] for problem in error.value.problems]
    assert sorted(problems) == [
        "bureau.yml: expectations.not_null.enrolment: no field 'starts'",
        "bureau.yml: expectations.optional.death: no rule 'death_date:too_soon'",
        "bureau.yml: expectations.required.person_record: no field 'nmae'",
        "bureau.yml: expectations.row_count: no stream 'AC99'",
        "bureau.yml: expectations: no entity 'person'",
    ]
    assert all("; known: " in problem for problem in error.value.problems)


def test_arguments_speak_of_the_day_of_the_batch() -> None:
    said = {"a": {"today": 1}, "b": {"year_end": 1}, "c": {"this_year": 0}, "d": {"codes": "hub.id_type"}, "e": {"form": "GB/T 3304"}, "f": 5, "g": "text"}
    told = resolve(said, date(2024, 12, 31))
    assert (told["a"], told["b"], told["c"], told["f"], told["g"]) == (20250101, 202512, 2024, 5, "text")
    assert told["d"] == ["01", "02", "03", "04", "99"]
    assert told["e"].startswith("^")
    with pytest.raises(ConfigError, match="tomorrow: not known"):
        resolve({"a": {"tomorrow": 1}}, date(2024, 12, 31))
