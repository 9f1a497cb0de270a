"""A file without numbers: the model's first clusters teach it to place records with persons."""

from __future__ import annotations

import random
from dataclasses import replace

import polars as pl
import pytest

from benchmarks import scorer
from matching import Model, Spec, fit, load_spec, match
from matching.index import build, update
from matching.standardise import standardise

SPEC = """
model: town
columns: {first: {type: person_name}, last: {type: person_name}, born: {type: date}, place: {type: text}}
frequency: [{part: first.whole, classes: [5, 20, 80]}, {part: last.whole, classes: [3, 10, 40]}, {part: place.whole, classes: [20, 60, 200]}]
passes:
  - {keys: [last.whole, born.year], limit: 200}
  - {keys: [last.sound, first.sound], limit: 200}
  - {keys: [born.day], limit: 200}
  - {keys: [first.whole, place.whole], limit: 200}
comparisons:
  - {name: first, kind: person_name, columns: [first]}
  - {name: last, kind: person_name, columns: [last]}
  - {name: born, kind: birth_date, columns: [born]}
  - {name: place, kind: text, columns: [place]}
rules: {method: linkage, certain: 0.5, possible: 0.1, prior_bits: -9, floor: -8}
"""


@pytest.fixture(scope="module")
def town() -> pl.DataFrame:
    """Six hundred invented people, three or four damaged records each, with the true `person`."""
    chance = random.Random(4)
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "in")]
    firsts, lasts, places = ([("".join(chance.sample(syllables, 2 + n % 2))) for n in range(size)] for size in (60, 200, 30))
    rows = []
    for person in range(600):
        born = f"{chance.randint(1900, 1990)}-{chance.randint(1, 12):02}-{chance.randint(2, 28):02}"
        own = {"first": chance.choice(firsts), "last": chance.choice(lasts), "born": born, "place": chance.choice(places)}
        for copy in range(chance.randint(1, 6)):
            said = {name: _damaged(value, chance) for name, value in own.items()}
            rows.append({"record_id": f"{person}-{copy}", "founding": len(rows), "person": str(person), **said})
    return pl.DataFrame(rows)


def _damaged(value: str, chance: random.Random) -> str | None:
    if chance.random() < 0.15:
        return None
    if chance.random() < 0.2:
        at = chance.randrange(len(value) - 1)
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    return value


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    path = tmp_path_factory.mktemp("spec") / "town.yml"
    path.write_text(SPEC, encoding="utf-8")
    return load_spec(path)


@pytest.fixture(scope="module")
def fitted(town: pl.DataFrame, spec: Spec) -> Model:
    return fit(town.drop("person"), spec, b"key")


def test_placing_finds_more_and_errs_no_more(town: pl.DataFrame, fitted: Model) -> None:
    assert fitted.placing is not None
    truth = dict(zip(town["record_id"], town["person"], strict=True))
    plain, placed = (_score(town, model, truth) for model in (Model.from_json(_without_placing(fitted), b"key"), fitted))
    assert placed.f1 > plain.f1 + 0.005
    assert placed.precision > 0.98


def _score(town: pl.DataFrame, model: Model, truth: dict[str, str]) -> scorer.Score:
    found = match(town.drop("person"), model).records
    return scorer.pairwise(dict(zip(found["record_id"], found["cluster_id"], strict=True)), truth)


def _without_placing(model: Model) -> str:
    return replace(model, placing=None).to_json()


def test_a_model_with_placing_survives_json(town: pl.DataFrame, fitted: Model) -> None:
    assert Model.from_json(fitted.to_json(), b"key").version == fitted.version


def test_incremental_equals_full_also_here(town: pl.DataFrame, fitted: Model) -> None:
    records = town.drop("person")
    old, new = records.head(1500), records.tail(-1500)
    last = update(build(old, fitted).index, standardise(new, fitted), old["record_id"].head(40).to_list(), fitted)
    full = match(pl.concat([old.tail(-40), new]), fitted).records
    both = last.result.records.join(full, on="record_id")
    assert both.height == len(last.touched) > new.height - 1
    assert (both["cluster_id"] == both["cluster_id_right"]).all()
    assert both["weight"].to_list() == both["weight_right"].to_list()


def test_few_records_leave_the_model_as_it_is(town: pl.DataFrame, spec: Spec) -> None:
    assert fit(town.drop("person").head(40), spec).placing is None
