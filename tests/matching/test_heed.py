"""Verdicts move what agreement is worth: towards what was said, as often as it was said, and not where the number speaks."""

from __future__ import annotations

import polars as pl
import pytest

from matching import load_spec
from matching.estimate import prior_weights
from matching.frequency import fit_frequency
from matching.heed import heed
from matching.model import Model
from matching.standardise import encode, rank
from matching.types import Encoded
from matching.witness import explain_pair
from tests.matching.conftest import frame, person

NUMBER = "11010519491231002X"
RECORDS = frame(
    *(person(f"a{n}", n, name=f"王{given}", birth_date="1949-12") for n, given in enumerate("芳娜敏静丽")),
    *(person(f"b{n}", 9 + n, name=f"王{given}", birth_date="1949-12", address=f"杭州市文三路{n}号") for n, given in enumerate("芳娜敏静丽")),
    person("c0", 20, name="李强", birth_date="1949-12-31", id_number=NUMBER),
    person("c1", 21, name="李强", birth_date="1949-12-31", id_number=NUMBER),
)


@pytest.fixture(scope="module")
def made() -> tuple[Model, Encoded]:
    spec = load_spec()
    encoded = encode(RECORDS, spec, 1)
    model = Model(spec, prior_weights(spec), fit_frequency(encoded, spec))
    return model, rank(encoded, model)


def weight(model: Model) -> float:
    return explain_pair(RECORDS, model, "a4", "b4").weight


def said(verdict: str, count: int) -> pl.DataFrame:
    return pl.DataFrame({"left_id": [f"a{n}" for n in range(count)], "right_id": [f"b{n}" for n in range(count)], "verdict": [verdict] * count})


def test_verdicts_move_the_weights_of_pairs_like_theirs(made: tuple[Model, Encoded]) -> None:
    model, encoded = made
    found = {(verdict, count): weight(heed(model, encoded, said(verdict, count))) for verdict in ("same", "different") for count in (1, 4)}
    assert found["different", 4] < found["different", 1] < weight(model) < found["same", 1] < found["same", 4]
    heard = heed(model, encoded, said("same", 4))
    assert heard.fitted["verdicts"] == {"same": 4, "different": 0}
    assert heard.weights.base == model.weights.base
    assert Model.from_json(heard.to_json()).version == heard.version != model.version
    assert heard.weights.m["name"].argmax() == model.weights.m["name"].argmax()
    assert heard.weights.m["birth_date"][1:].sum() == pytest.approx(1)


def test_what_was_said_of_a_number_or_not_at_all_moves_nothing(made: tuple[Model, Encoded]) -> None:
    model, encoded = made
    of_number = pl.DataFrame({"left_id": ["c0"], "right_id": ["c1"], "verdict": ["different"]})
    for verdicts in (of_number, said("unsure", 4)):
        heard = heed(model, encoded, verdicts)
        assert heard.fitted["verdicts"] == {"same": 0, "different": 0}
        assert weight(heard) == weight(model)
