"""Each batch limit, provoked and not provoked."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from expectations.stops import ENOUGH, FEW, find_stops, stability_index
from tests.expectations.stage import source

PERSONS = "person_record"


def observed(rows: int = 5000, quarantined: int = 0, nulls: dict[str, float] | None = None, **codes: dict[str, int]) -> dict[str, Any]:
    return {
        "rows": {PERSONS: rows},
        "records": {PERSONS: rows},
        "null_rates": {PERSONS: nulls or {}},
        "codes": {PERSONS: codes},
        "quarantined": quarantined,
    }


MEN = {"1": 2500, "2": 2500}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None, dict[str, tuple[int, int]], str | None]] = {
    "a first batch has no history": ({"mode": "snapshot"}, observed(60), None, {}, None),
    "snapshot without rows": ({"mode": "snapshot"}, observed(0), None, {}, "stream_empty"),
    "an empty night of a cursor source": ({"mode": "cursor"}, observed(0), observed(), {}, None),
    "an empty day of a dated source": ({"mode": "dated"}, observed(0), None, {}, None),
    "fewer rows than the least": ({"row_count": {PERSONS: {"min": 100}}}, observed(99), None, {}, "rows_too_few"),
    "as many rows as the least": ({"row_count": {PERSONS: {"min": 100}}}, observed(100), None, {}, None),
    "more rows than the most": ({"row_count": {PERSONS: {"max": 100}}}, observed(101), None, {}, "rows_too_many"),
    "as many rows as the most": ({"row_count": {PERSONS: {"max": 100}}}, observed(100), None, {}, None),
    "half a snapshot": ({"mode": "snapshot"}, observed(2500), observed(5000), {}, "rows_collapsed"),
    "a snapshot a fifth smaller": ({"mode": "snapshot"}, observed(4000), observed(5000), {}, None),
    "a snapshot that may not shrink": ({"mode": "snapshot", "row_count": {PERSONS: {"max_drop": 0.0}}}, observed(4999), observed(5000), {}, "rows_collapsed"),
    "a tiny snapshot halved": ({"mode": "snapshot"}, observed(20), observed(FEW - 1), {}, None),
    "a dated source that promised nothing": ({"mode": "dated"}, observed(10), observed(5000), {}, None),
    "a dated source below its promise": ({"mode": "dated", "row_count": {PERSONS: {"max_drop": 0.5}}}, observed(2499), observed(5000), {}, "rows_collapsed"),
    "a quiet night of a cursor source": ({"mode": "cursor", "row_count": {PERSONS: {"max_drop": 0.1}}}, observed(3), observed(5000), {}, None),
    "fifty endings always may be": ({}, observed(), None, {PERSONS: (100, 50)}, None),
    "fifty-one of a hundred may not": ({}, observed(), None, {PERSONS: (100, 51)}, "endings_too_many"),
    "one in a hundred may end": ({}, observed(), None, {PERSONS: (100_000, 1000)}, None),
    "one more may not": ({}, observed(), None, {PERSONS: (100_000, 1001)}, "endings_too_many"),
    "the source allows more": ({"max_endings": 0.05}, observed(), None, {PERSONS: (100_000, 5000)}, None),
    "a fifth in quarantine": ({}, observed(100, quarantined=20), None, {}, None),
    "more than a fifth in quarantine": ({}, observed(100, quarantined=21), None, {}, "quarantine_too_large"),
    "all of a handful in quarantine": ({}, observed(FEW - 1, quarantined=FEW - 1), None, {}, None),
    "filled as promised": ({"not_null": {PERSONS: {"birth_date": 0.97}}}, observed(nulls={"birth_date": 0.03}), None, {}, None),
    "filled less than promised": ({"not_null": {PERSONS: {"birth_date": 0.97}}}, observed(nulls={"birth_date": 0.031}), None, {}, "too_few_filled"),
    "a handful filled less than promised": ({"not_null": {PERSONS: {"birth_date": 0.97}}}, observed(20, nulls={"birth_date": 0.5}), None, {}, None),
    "a column gone empty": ({}, observed(nulls={"phone": 1.0}), observed(nulls={"phone": 0.1}), {}, "nulls_risen"),
    "a column a little emptier": ({}, observed(nulls={"phone": 0.29}), observed(nulls={"phone": 0.1}), {}, None),
    "a column fuller than before": ({}, observed(nulls={"phone": 0.0}), observed(nulls={"phone": 0.9}), {}, None),
    "too few to speak of nulls": ({}, observed(ENOUGH - 1, nulls={"phone": 1.0}), observed(ENOUGH, nulls={"phone": 0.1}), {}, None),
    "a night's changes against the first load": ({}, observed(5000, nulls={"phone": 1.0}), observed(50_000, nulls={"phone": 0.1}), {}, None),
    "codes as before": ({}, observed(sex_code={"1": 2400, "2": 2600}), observed(sex_code=MEN), {}, None),
    "all of one code": ({}, observed(sex_code={"1": 5000}), observed(sex_code=MEN), {}, "codes_drifted"),
    "new codes": ({}, observed(sex_code={"1": 1500, "2": 1500, "other": 2000}), observed(sex_code=MEN), {}, "codes_drifted"),
    "a few rare codes more": ({}, observed(sex_code={"1": 2490, "2": 2490, "9": 10, "0": 10}), observed(sex_code=MEN), {}, None),
    "too few codes to speak of drift": ({}, observed(sex_code={"1": ENOUGH - 1}), observed(sex_code=MEN), {}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_limit(name: str) -> None:
    of, now, last, endings, code = CASES[name]
    stops = find_stops(source(**of), now, last, endings)
    assert [stop.code for stop in stops] == ([code] if code else [])
    assert all(stop.zh and stop.en and json.dumps(asdict(stop)) for stop in stops)


def test_a_stop_says_where_and_how_much() -> None:
    [stop] = find_stops(source("snapshot"), observed(2500), observed(5000), {})
    assert (stop.stream, stop.entity, stop.field, stop.observed, stop.expected) == (PERSONS, None, None, 2500, 4000)
    [stop] = find_stops(source(), observed(nulls={"phone": 0.9}), observed(nulls={"phone": 0.1}), {})
    assert (stop.stream, stop.entity, stop.field, stop.observed) == (None, PERSONS, "phone", 0.9)


def test_every_broken_limit_is_named_at_once() -> None:
    of = source("snapshot", row_count={PERSONS: {"min": 3000}})
    stops = find_stops(of, observed(2500, quarantined=2000), observed(5000), {PERSONS: (5000, 2500)})
    assert {stop.code for stop in stops} == {"rows_too_few", "rows_collapsed", "endings_too_many", "quarantine_too_large"}


def test_stability_index_is_that_of_the_literature() -> None:
    # Siddiqi, Credit Risk Scorecards (2006): sum of (new - old) * ln(new / old)
    assert stability_index({"a": 5000, "b": 5000}, {"a": 7000, "b": 3000}) == pytest.approx(0.2 * 0.3364722 + -0.2 * -0.5108256, rel=1e-6)
    assert stability_index(MEN, MEN) == pytest.approx(0)
