"""Tables of cases: what two values are to each other, whichever side they stand on."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from matching import Model, Spec, load_spec
from matching.compare import compare_rows
from matching.comparisons import KINDS
from matching.estimate import prior_weights
from matching.standardise import standardise
from tests.matching.conftest import CASES, frame, person


def level(spec: Spec, comparison: str, left: dict[str, Any], right: dict[str, Any]) -> str:
    declared = next(c for c in spec.comparisons if c.name == comparison)
    encoded = standardise(frame(left, right), Model(spec, prior_weights(spec)))
    codes = compare_rows(encoded, np.array([0, 1]), np.array([1, 0]), spec)[:, spec.comparisons.index(declared)]
    assert codes[0] == codes[1], "a comparison must not depend on the side"
    return "absent" if codes[0] == 0 else KINDS[declared.kind].levels[codes[0] - 1].name


@pytest.mark.parametrize(("left", "right", "expected"), CASES["name_pairs"])
def test_names(spec: Spec, left: str, right: str, expected: str) -> None:
    assert level(spec, "name", person("a", 1, name=left), person("b", 2, name=right)) == expected


@pytest.mark.parametrize(("left", "right", "expected"), CASES["number_pairs"])
def test_numbers(spec: Spec, left: list[str | None], right: list[str | None], expected: str) -> None:
    sides = [person(i, 1, id_number=n, birth_date=b, sex_code=s) for i, (n, b, s) in zip("ab", (left, right), strict=True)]
    assert level(spec, "number", *sides) == expected


@pytest.mark.parametrize(
    ("comparison", "column", "left", "right", "expected"),
    [
        (comparison, column, *case)
        for comparison, column, table in (
            ("birth_date", "birth_date", "date_pairs"),
            ("phone", "phone", "phone_pairs"),
            ("address", "address", "address_pairs"),
            ("employer", "employer_name", "employer_pairs"),
        )
        for case in CASES[table]
    ],
)
def test_other_values(spec: Spec, comparison: str, column: str, left: str, right: str, expected: str) -> None:
    assert level(spec, comparison, person("a", 1, **{column: left}), person("b", 2, **{column: right})) == expected


def test_a_former_name_counts_as_a_name(spec: Spec) -> None:
    assert level(spec, "name", person("a", 1, name="王小明"), person("b", 2, name="李大海", former_name="王小明")) == "equal_rare"


def test_absence_on_a_side_is_level_zero(spec: Spec) -> None:
    for comparison in spec.comparisons:
        assert level(spec, comparison.name, person("a", 1), person("b", 2, name="王小明", birth_date="1980-01-02")) == "absent"


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    path = tmp_path_factory.mktemp("spec") / "english.yml"
    path.write_text(
        "model: english\ncolumns: {postcode: {type: text}}\npasses: [{keys: [postcode.whole]}]\n"
        "comparisons: [{name: postcode, kind: postcode, columns: [postcode]}]\n",
        encoding="utf-8",
    )
    return load_spec(path)


@pytest.mark.parametrize(
    ("comparison", "column", "left", "right", "expected"),
    [("postcode", "postcode", *case) for case in CASES["postcodes"]],
)
def test_values_of_english_files(english: Spec, comparison: str, column: str, left: str, right: str | None, expected: str | None) -> None:
    records = pl.DataFrame([{"record_id": "a", column: left}, {"record_id": "b", column: right}], schema={"record_id": pl.String, column: pl.String})
    encoded = standardise(records, Model(english, prior_weights(english)))
    slot = [c.name for c in english.comparisons].index(comparison)
    codes = compare_rows(encoded, np.array([0, 1]), np.array([1, 0]), english)[:, slot]
    levels = KINDS[english.comparisons[slot].kind].levels
    assert [levels[code - 1].name if code else None for code in codes] == [expected, expected]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_level_has_words_and_prior_shares(kind: str) -> None:
    comparator = KINDS[kind]
    assert comparator.compare.__doc__
    for each in comparator.levels:
        assert each.en
        assert each.zh
        assert 0 < each.m < 1
        assert 0 < each.u < 1
