"""Any pair and any record of a cluster explained: weights add up, kinds are named, and what is said to turn the verdict turns it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hub.errors import ConfigError
from matching import Model, fit
from matching.comparisons import KINDS
from matching.kinds import kinds
from matching.score import pair_weight
from matching.turning import turning
from matching.types import Levels
from matching.witness import explain_pair, explain_record
from tests.matching.conftest import frame, person
from tests.matching.test_engine import result

__all__ = ["result"]
NUMBER, OTHER = "11010519491231002X", "440524188001010014"
HOME = {"phone": "13812345678", "address": "云岭区龙场镇田坝村9组99号"}
PAIRS = {
    "relatives_number": ({"name": "王小明", "id_number": NUMBER, "birth_date": "1949-12-31"}, {"name": "李大海", "id_number": NUMBER}),
    "two_numbers": (
        {"name": "欧阳小明", "birth_date": "1949-12-31", "id_number": NUMBER, **HOME},
        {"name": "欧阳小明", "birth_date": "1880-01-01", "id_number": OTHER, **HOME},
    ),
    "twins": ({"name": "王小明", "birth_date": "1980-05-06", **HOME}, {"name": "王大力", "birth_date": "1980-05-06", **HOME}),
    "household": ({"name": "王小明", "birth_date": "1950-05-06", **HOME}, {"name": "李大海", "birth_date": "1983-11-12", **HOME}),
    "namesakes": (
        {"name": "王小明", "birth_date": "1980-05-06", "phone": "13812345678"},
        {"name": "王小明", "birth_date": "1980-05-06", "phone": "15987654321"},
    ),
}


@pytest.fixture(scope="module")
def plain() -> Model:
    return fit(frame(person("x", 1, name="王小明")))


@pytest.mark.parametrize("kind", sorted(PAIRS))
def test_kinds_a_steward_knows_are_named(plain: Model, kind: str) -> None:
    left, right = PAIRS[kind]
    two = frame(person("a", 1, **left), person("b", 2, **right))
    assert [found.name for found in explain_pair(two, plain, "a", "b").kinds] == [kind]


def test_one_person_is_of_no_such_kind(plain: Model) -> None:
    two = frame(person("a", 1, name="王小明", birth_date="1980-05-06", **HOME), person("b", 2, name="王小明", birth_date="1980-05-06", **HOME))
    assert explain_pair(two, plain, "a", "b").kinds == []
    assert kinds(plain.spec, {}) == []


def test_any_record_of_a_cluster_adds_up(records: pl.DataFrame, model: Model, result) -> None:  # type: ignore[no-untyped-def]
    large = result.records.group_by("cluster_id").len().filter(pl.col("len") >= 3).sort("cluster_id").head(15)["cluster_id"]
    for cluster in large:
        members = result.records.filter(pl.col("cluster_id") == cluster)["record_id"].to_list()
        own = records.filter(pl.col("record_id").is_in(members))
        told = explain_record(own, model, members[1])
        assert sum(one.weight for one in told.sentences) == pytest.approx(told.weight, abs=0.01)
        pair = explain_pair(own, model, *members[:2])
        assert sum(one.weight for one in pair.sentences) == pytest.approx(pair.weight, abs=0.01)


def test_what_would_turn_the_verdict_does(model: Model, result) -> None:  # type: ignore[no-untyped-def]
    names = tuple(comparison.name for comparison in model.spec.comparisons)
    certain = np.log2(model.certain / (1 - model.certain))
    possible = np.log2(model.spec.rules.possible / (1 - model.spec.rules.possible))
    turned = 0
    for row in result.pairs.filter(pl.col("weight").is_between(-3, 12)).head(60).to_dicts():
        levels = {name: row[name] for name in names}
        before = _weight(model, names, levels)
        for turn in turning(model, levels):
            after = _weight(model, names, {**levels, turn.comparison: _code(model, turn.comparison, turn.level)})
            assert after - before == pytest.approx(turn.weight, abs=0.01)
            assert turn.verdict == ("same" if after >= certain else "possible" if after >= possible else "different")
            assert (before >= certain) != (after >= certain) or (before >= possible) != (after >= possible)
            turned += 1
    assert turned > 50


def _weight(model: Model, names: tuple[str, ...], levels: dict[str, int]) -> float:
    return float(pair_weight(Levels(names, np.array([[levels[name] for name in names]], dtype=np.uint8)), model)[0])


def _code(model: Model, comparison: str, level: str) -> int:
    return KINDS[next(c.kind for c in model.spec.comparisons if c.name == comparison)].code(level)


def test_a_record_that_is_not_there_or_alone_is_named(plain: Model) -> None:
    one = frame(person("a", 1, name="王小明"))
    with pytest.raises(ConfigError, match="a: it stands alone"):
        explain_record(one, plain, "a")
    with pytest.raises(ConfigError, match="b: no such record"):
        explain_pair(one, plain, "a", "b")
