"""The sentences of a pair add up to its weight, speak both languages and hold no value."""

from __future__ import annotations

import pytest

from county import person_records
from matching import fit, match
from matching.explain import explain
from matching.score import pair_weight
from matching.types import Levels


@pytest.fixture(scope="module")
def matched():  # type: ignore[no-untyped-def]
    records = person_records(1500, 3)
    model = fit(records)
    return records, model, match(records, model)


def test_sentences_add_up_to_the_weight_of_every_pair(matched) -> None:  # type: ignore[no-untyped-def]
    _, model, result = matched
    names = tuple(comparison.name for comparison in model.spec.comparisons)
    sample = result.pairs.head(300)
    weights = pair_weight(Levels(names, sample.select(names).to_numpy().astype("uint8")), model)
    for row, weight in zip(sample.iter_rows(named=True), weights, strict=True):
        levels = {name: row[name] for name in names}
        assert sum(sentence.weight for sentence in explain(model, levels)) == pytest.approx(float(weight), abs=0.01)
        assert sum(sentence.weight for sentence in explain(model, levels, total=7.25)) == pytest.approx(7.25, abs=0.01)


def test_sentences_speak_both_languages_and_hold_no_value(matched) -> None:  # type: ignore[no-untyped-def]
    records, model, result = matched
    names = tuple(comparison.name for comparison in model.spec.comparisons)
    values = {value for column in ("name", "id_number", "phone", "address") for value in records[column].drop_nulls() if len(value) > 2}
    for row in result.pairs.head(100).iter_rows(named=True):
        for sentence in explain(model, {name: row[name] for name in names}):
            assert sentence.zh
            assert sentence.en
            assert not values & {sentence.zh, sentence.en}
