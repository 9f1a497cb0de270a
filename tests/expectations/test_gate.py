"""The gate on whole batches: parts, references, core, completeness of what it reports, and silence about values."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.context import CORE, Context, no_core
from expectations.gate import Known, Verdict
from expectations.judge import Judge
from expectations.suite import Rule, Suite
from hub.errors import ConfigErrors, FatalError
from mappings.canonical import ENTITIES
from tests.expectations.stage import AS_OF, Records, clean, frame, judge, refusals, said, source

ALONE = ("person_record", "contribution")


def people(count: int, first: int = 0, **fields: Any) -> list[dict[str, Any]]:
    return [clean("person_record", first + at, employer_key=None, **fields) for at in range(count)]


def lines(count: int, of: int, first_row: int = 1000, **fields: Any) -> list[dict[str, Any]]:
    """`count` lines in turn on `of` persons, each of another amount."""
    rows = range(first_row, first_row + count)
    money = {"employer_key": None, "employer_amount": None, **fields}
    return [clean("contribution", row, **{"person_key": f"P{row % of}", "person_amount": f"{row}.01", "base_amount": "99999", **money}) for row in rows]


def core_of(**records: Records) -> Any:
    """A core that holds these records, and answers as the warehouse does: in canonical text."""

    def current(entity: str, column: str, keys: pl.Series) -> pl.DataFrame:
        known = frame(entity, records.get(entity, ()))
        months = [pl.col(name).dt.strftime("%Y-%m") for name in ("period_month",) if name in known.columns]
        return known.filter(pl.col(column).is_in(keys.implode())).with_columns(months).select(pl.col(CORE[entity]).cast(pl.String))

    return current


def test_every_failing_row_is_reported_over_all_parts() -> None:
    bad = lines(5000, 10, kind_code="wrong")
    good = lines(2500, 10, first_row=6000)
    verdict = judge({"person_record": people(10), "contribution": [*bad[:2000], *good, *bad[2000:]]}, part_rows=2999)
    assert set(verdict.refused["row_number"]) == set(range(1000, 6000))
    assert set(verdict.refused["code"]) == {"code_unknown"}
    assert verdict.observed["quarantined"] == 5000


def test_a_row_has_every_reason() -> None:
    verdict = judge({"contribution": [clean("contribution", 1, person_key=None, employer_key=None, kind_code="x", period_month="2030-01", person_amount="-1")]})
    assert said(verdict) == {
        (1, "person_key:key_missing"),
        (1, "kind_code:code_unknown"),
        (1, "period_month:too_late"),
        (1, "person_amount:negative_amount"),
    }


@pytest.mark.parametrize("part_rows", [1, 5])
def test_part_boundaries_change_nothing(part_rows: int) -> None:
    batch = {
        "person_record": [*people(2), *people(2, first=2, id_number="X-1")],
        "contribution": [*lines(4, 4), *lines(3, 4, first_row=2000, person_amount="7.00", person_key="P1"), *lines(2, 4, first_row=3000, person_key="P77")],
    }
    whole, parts = judge(batch), judge(batch, part_rows=part_rows)
    assert parts.reasons.equals(whole.reasons)
    assert {row for row, reason in said(parts) if reason == "person_key:line_repeated"} == {2000, 2001, 2002}
    assert {row for row, reason in said(parts) if reason == "id_number:number_shared"} == {2, 3}
    assert {row for row, reason in said(parts) if reason == "person_key:person_absent"} == {3000, 3001}
    assert all(parts.observed[name] == whole.observed[name] for name in ("rows", "records", "null_rates", "codes", "quarantined", "reasons"))


def test_the_same_key_twice_is_no_duplicate() -> None:
    twice = [clean("contribution", 1, employer_key=None), clean("contribution", 1, employer_key=None) | {"row_number": 2}]
    assert said(judge({"person_record": people(2), "contribution": twice})) == set()


def test_a_person_refused_by_one_row_may_come_good_by_another() -> None:
    batch = {"person_record": [*people(1, name=None), *people(1)], "contribution": lines(1, 1)}
    batch["person_record"][1]["row_number"] = 500
    assert said(judge(batch)) == {(0, "name:name_missing")}


def test_a_row_does_not_wait_for_itself() -> None:
    person, death = clean("person_record", 1, employer_key=None, name=None), clean("death", 1, death_date="2030")
    own = {"name:name_missing", "death_date:too_late", "registered_date:registered_before_death"}
    assert said(judge({"person_record": [person], "death": [death]})) == {(1, reason) for reason in own}


def test_what_core_holds_is_known() -> None:
    batch = {"contribution": lines(2, 2), "enrolment": [clean("enrolment", 0, employer_key=None, start_date="1979-01-01")]}
    of = source(entities=("person_record", "contribution", "enrolment"))
    assert {reason for _, reason in said(judge(batch, of))} == {"person_key:person_absent"}
    core = core_of(person_record=people(2))
    assert said(judge(batch, of, Known(current=core))) == {(0, "start_date:before_birth")}


def test_a_snapshot_is_the_whole_truth_and_asks_nobody() -> None:
    def refuse(entity: str, column: str, keys: pl.Series) -> pl.DataFrame:
        raise AssertionError(f"{entity} asked for")

    batch = {"contribution": lines(1, 1)}
    of = source("snapshot", entities=ALONE)
    assert said(judge(batch, of, Known(current=refuse))) == {(1000, "person_key:person_absent")}
    assert said(judge(batch, of, Known(current=core_of(person_record=people(1))), whole=False)) == set()


def test_a_version_in_the_batch_stands_over_that_in_core() -> None:
    old = clean("enrolment", 0, employer_key=None, end_date="2020-12-31")
    core = core_of(person_record=people(1), enrolment=[old])
    new = {**old, "end_date": None}
    batch: dict[str, Records] = {"contribution": lines(1, 1)}
    assert said(judge(batch, known=Known(current=core))) == {(1000, "period_month:outside_enrolment")}
    assert said(judge({**batch, "enrolment": [new]}, known=Known(current=core))) == set()


def test_a_reversal_of_a_line_in_core() -> None:
    line = lines(1, 1, kind_code="reversal", person_amount="-5", reverses_key="L7")
    core = core_of(person_record=people(1), contribution=[clean("contribution", 7, employer_key=None)])
    assert said(judge({"contribution": line}, known=Known(current=core))) == set()
    assert said(judge({"contribution": line}, known=Known(current=core_of(person_record=people(1))))) == {(1000, "reverses_key:reversed_line_absent")}


def test_an_archive_number_in_core_is_taken() -> None:
    of = source(entities=("archive_item",))
    core = core_of(archive_item=[clean("archive_item", 1, person_key=None)])
    assert said(judge({"archive_item": [clean("archive_item", 2, person_key=None)]}, of, Known(current=core))) == {(2, "archive_number:number_shared")}
    assert said(judge({"archive_item": [clean("archive_item", 1, person_key=None)]}, of, Known(current=core))) == set()


def test_references_are_not_judged_where_the_source_has_no_such_records() -> None:
    assert said(judge({"contribution": lines(1, 1)}, source(entities=("contribution",)))) == set()


def test_what_the_mapping_said_is_not_said_again() -> None:
    row = clean("enrolment", 1, employer_key=None, start_date=None, insurance_code=None) | {"row_number": 5}
    said_of_it = [("start_date", "date_impossible"), ("insurance_code", "value_missing")]
    problems = refusals(*((5, "enrolment", *reason) for reason in said_of_it), (9, "death", "death_date", "value_missing"))
    verdict = judge({"person_record": people(2), "enrolment": [row]}, problems=problems)
    assert said(verdict) == set()
    assert verdict.observed["quarantined"] == 2


def test_the_sources_own_thresholds() -> None:
    batch = {"person_record": people(60, birth_date=None)}
    assert said(judge(batch, source())) == set()
    verdict = judge(batch, source(required={"person_record": ["birth_date"]}, max_quarantine=0.5))
    assert {reason for _, reason in said(verdict)} == {"birth_date:value_missing"}
    assert [stop.code for stop in verdict.stops] == ["quarantine_too_large"]
    verdict = judge({"person_record": people(60, area_code="x")}, source(optional={"person_record": ["area_code:code_unknown"]}))
    assert verdict.reasons.is_empty()
    assert [stop.code for stop in judge(batch, source(not_null={"person_record": {"birth_date": 0.5}})).stops] == ["too_few_filled"]
    with pytest.raises(ConfigErrors, match="no rule"):
        judge(batch, source(optional={"person_record": ["area_code"]}))


@pytest.mark.parametrize("entity", ENTITIES)
def test_any_field_may_be_required(entity: str) -> None:
    empty = dict.fromkeys(ENTITIES[entity].by_name)
    verdict = judge({entity: [clean(entity, 1, **empty)]}, source(entities=(entity,), required={entity: list(empty)}))
    assert {field for field, code in verdict.refused.select("field", "code").iter_rows() if code.endswith("_missing")} == set(empty)


def test_history_is_what_the_last_verdict_observed() -> None:
    full = {"person_record": people(1200)}
    first = judge(full, source("snapshot"))
    assert first.stops == ()
    last = json.loads(json.dumps(first.observed))
    assert judge(full, source("snapshot"), Known(last=last)).stops == ()
    half = judge({"person_record": people(600)}, source("snapshot"), Known(last=last, endings={"person_record": (1200, 600)}))
    assert [stop.code for stop in half.stops] == ["rows_collapsed", "endings_too_many"]
    empty = judge({"person_record": people(1200, sex_code=None, ethnic_code="97")}, source("snapshot"), Known(last=last))
    assert [(stop.code, stop.field) for stop in empty.stops] == [("nulls_risen", "sex_code"), ("codes_drifted", "ethnic_code")]
    assert json.dumps([asdict(stop) for stop in empty.stops])


def test_repaired_rows_are_no_batch_to_judge() -> None:
    of = source("snapshot", row_count={"person_record": {"min": 1000}})
    assert judge({"person_record": people(3)}, of).stops
    assert judge({"person_record": people(3)}, of, whole=False).stops == ()


def test_a_batch_without_records() -> None:
    verdict = judge({}, source())
    assert verdict.reasons.is_empty()
    assert verdict.stops == ()


def test_codes_that_may_be_values_are_not_kept() -> None:
    observed = judge({"person_record": people(1, area_code="13900001111", ethnic_code="陈晓云", status_code="13900001111")}).observed
    other = {"other": 1}
    kept = {"sex_code": {"1": 1}, "id_type_code": {"01": 1}, "area_code": other, "ethnic_code": other, "status_code": other}
    assert observed["codes"]["person_record"] == kept


SECRET = "529002198001020118"


def test_a_rule_that_cannot_run_is_named_and_quotes_no_value(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    between = {"column": "id_number", "min_value": 5}
    rule = Rule(field="id_number", code="out_of_range", severity="critical", type="expect_column_values_to_be_between", kwargs=between, origin="test")
    with caplog.at_level(logging.DEBUG), pytest.raises(FatalError) as error:
        list(Judge(AS_OF).failures(Suite("person_record", (rule,)), pa.table({"id_number": [SECRET, SECRET]})))
    assert "id_number:out_of_range of person_record" in str(error.value)
    shown = "".join([str(error.value), repr(error.value.__cause__), caplog.text, *capfd.readouterr()])
    assert SECRET not in shown
    assert error.value.__suppress_context__ or error.value.__context__ is None


@pytest.mark.parametrize("change", [{"kwargs": {"column": "id_number", "min_value": "529002198001020118"}}, {"type": "expect_column_nonsense"}])
def test_a_rule_that_cannot_be_built_is_named(change: dict[str, Any]) -> None:
    whole = {"field": "id_number", "code": "out_of_range", "severity": "critical", "type": "expect_column_values_to_be_between", "kwargs": {}, "origin": "test"}
    with pytest.raises(FatalError, match="id_number:out_of_range of person_record could not run") as error:
        list(Judge(AS_OF).failures(Suite("person_record", (Rule.model_validate({**whole, **change}),)), pa.table({"id_number": ["1"]})))
    assert SECRET not in str(error.value)


def test_failing_rows_leave_no_value_in_logs(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        verdict = judge({"person_record": people(2, id_number=SECRET, sex_code="2", name="密1")})
    assert verdict.findings.height == 6
    shown = "".join([caplog.text, *capfd.readouterr(), json.dumps(verdict.observed, ensure_ascii=False), str(verdict.reasons.to_dicts())])
    assert SECRET not in shown
    assert "密1" not in shown


def test_personal_rows_never_spill_to_disk() -> None:
    with Context(source(), pl.Series("row_number", [], pl.Int64), no_core) as context:
        assert context.connection.sql("select current_setting('temp_directory')").fetchall() == [("",)]


def test_great_expectations_is_not_imported_until_a_batch_is_judged() -> None:
    code = "import sys, expectations.gate, expectations.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


AMOUNTS = st.sampled_from(["-3.00", "-0.01", "0.00", "0.01", "400.00", "10000000.00", "10000000.01"])
MONTHS = st.sampled_from(["1949-12", "1950-01", "2025-09", "2026-12", "2027-01"])
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "person_key": st.sampled_from(["P0", "P1", "P2", None]),
            "kind_code": st.sampled_from(["normal", "reversal", "refund", "wrong", None]),
            "person_amount": st.none() | AMOUNTS,
            "base_amount": st.none() | AMOUNTS,
            "period_month": st.none() | MONTHS,
        }
    ),
    max_size=80,
)


def oracle(line: dict[str, Any]) -> set[str]:
    """The critical rules of a contribution, in plain Python; P0 and P1 are known persons."""
    found = set()
    due = line["kind_code"] != "reversal"
    for name in ("person_amount", "base_amount"):
        amount = None if line[name] is None else float(line[name])
        if amount is not None and due and amount < 0:
            found.add(f"{name}:negative_amount")
        if amount is not None and amount > 10_000_000:
            found.add(f"{name}:too_large")
    if line["person_key"] is None:
        found.add("person_key:key_missing")
    elif line["person_key"] == "P2":
        found.add("person_key:person_absent")
    if line["kind_code"] == "wrong":
        found.add("kind_code:code_unknown")
    if line["period_month"] is None:
        found.add("period_month:value_missing")
    elif line["period_month"] < "1950-01":
        found.add("period_month:too_early")
    elif line["period_month"] > "2026-12":
        found.add("period_month:too_late")
    return found


@settings(max_examples=5, deadline=None)
@given(LINES, st.sampled_from([33, 80]))
def test_refused_rows_are_those_of_a_plain_python_oracle(drawn: list[dict[str, Any]], part_rows: int) -> None:
    batch = {"person_record": people(2), "contribution": [clean("contribution", 100 + at, **{**line, "employer_key": None}) for at, line in enumerate(drawn)]}
    verdict: Verdict = judge(batch, part_rows=part_rows)
    refused = {(row, f"{field}:{code}") for row, field, code in verdict.refused.select("row_number", "field", "code").iter_rows()}
    assert refused == {(100 + at, reason) for at, line in enumerate(drawn) for reason in oracle(line)}


DAYS = st.sampled_from(["1979-12-31", "1980-01-01", "1980-01-02", "2010-01-01", "2024-02-29", "2026-10-31", "2026-11-02"])


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=60))
def test_periods_against_an_oracle(drawn: list[tuple[str, str | None]]) -> None:
    rows = [clean("enrolment", at, employer_key=None, start_date=start, end_date=end) for at, (start, end) in enumerate(drawn)]
    verdict = judge({"person_record": people(max(1, len(rows)), first=0), "enrolment": [row | {"row_number": 100 + at} for at, row in enumerate(rows)]})
    refused = {(row, f"{field}:{code}") for row, field, code in verdict.refused.select("row_number", "field", "code").iter_rows()}
    expected = {(100 + at, "end_date:end_before_start") for at, (start, end) in enumerate(drawn) if end is not None and end < start}
    expected |= {(100 + at, "start_date:before_birth") for at, (start, _) in enumerate(drawn) if start < "1980-01-02"}
    expected |= {(100 + at, "start_date:too_late") for at, (start, _) in enumerate(drawn) if start > "2026-11-01"}
    assert refused == expected
