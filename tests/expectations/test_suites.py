"""Every rule of every suite fails the records it must and passes the others; all cases are judged in one batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from expectations.gate import SEVERITY
from expectations.suite import baseline, reasons
from mappings.canonical import ENTITIES
from tests.expectations.stage import CASES, clean, judge, refusals

NEIGHBOURS = ("employer_record", "person_record")


@dataclass(frozen=True)
class Case:
    number: int
    entity: str
    rule: str
    fails: bool
    said: dict[str, Any]

    @property
    def row(self) -> int:
        return self.number * 10


def _cases() -> Iterator[Case]:
    number = 0
    for entity, rules in CASES["cases"].items():
        for rule, sides in rules.items():
            for side, cases in sides.items():
                for said in cases:
                    number += 1
                    yield Case(number, entity, rule, side == "fails", said)


ALL = tuple(_cases())


def _records(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record in question on row 0, its twin on 1, then those beside it."""
    fields = {name: value for name, value in case.said.items() if not name.startswith("_")}
    if case.entity == "archive_item":
        fields = {"archive_number": f"Q-{case.row}", **fields}
    if case.entity == "employer_record" and "credit_code" not in fields:
        fields["credit_code"] = "91529002MA6ABCDE7M"
    record = clean(case.entity, case.number, **fields) | {"row_number": case.row}
    yield case.entity, record
    if "_twin" in case.said:
        yield case.entity, {**record, "source_key": f"{record['source_key']}-twin", **case.said["_twin"], "row_number": case.row + 1}
    beside = {**{entity: {} for entity in NEIGHBOURS if entity != case.entity}, **case.said.get("_beside", {})}
    for at, (entity, values) in enumerate(beside.items(), 2):
        if entity not in case.said.get("_without", ()):
            yield entity, clean(entity, case.number, **values) | {"row_number": case.row + at}


@pytest.fixture(scope="module")
def reasons_found() -> dict[tuple[int, str], str]:
    batch: dict[str, list[dict[str, Any]]] = {entity: [] for entity in ENTITIES}
    refused = []
    for case in ALL:
        for entity, record in _records(case):
            batch[entity].append(record)
            if entity in case.said.get("_refused", ()):
                refused.append((record["row_number"], entity, "name", "name_missing"))
    verdict = judge(batch, problems=refusals(*refused))
    columns = verdict.reasons.select("row_number", pl.format("{}.{}:{}", "entity", "field", "code"), "severity")
    return {(row, reason): severity for row, reason, severity in columns.iter_rows()}


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.entity}.{case.rule}-{'fails' if case.fails else 'passes'}-{case.number}")
def test_case(case: Case, reasons_found: dict[tuple[int, str], str]) -> None:
    rule = next(rule for rule in baseline(case.entity).rules if rule.id == case.rule)
    found = reasons_found.get((case.row, f"{case.entity}.{case.rule}"))
    assert found == (SEVERITY[rule.severity] if case.fails else None)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_rule_has_a_failing_and_a_passing_case(entity: str) -> None:
    cases = CASES["cases"][entity]
    assert set(cases) == {rule.id for rule in baseline(entity).rules}
    assert [rule for rule, sides in cases.items() if not sides.get("fails") or not sides.get("passes")] == []


def test_clean_records_have_no_reason() -> None:
    batch = {entity: [clean(entity, 1) | {"row_number": row}] for row, entity in enumerate(ENTITIES)}
    batch["death"] = []
    assert judge(batch).reasons.is_empty()


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_field_that_must_be_filled_has_a_rule(entity: str) -> None:
    missing = {rule.field for rule in baseline(entity).rules if rule.type == "expect_column_values_to_not_be_null" and rule.severity == "critical"}
    assert missing == {field.name for field in ENTITIES[entity].fields if field.required}


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_coded_field_has_a_rule(entity: str) -> None:
    coded = {rule.field for rule in baseline(entity).rules if rule.code == "code_unknown"}
    assert coded == {field.name for field in ENTITIES[entity].fields if field.code_system}


def test_every_reason_has_both_sentences() -> None:
    assert all(zh and en.endswith(".") for zh, en in reasons().values())
    assert {rule.code for entity in ENTITIES for rule in baseline(entity).rules} <= reasons().keys()
