"""A person held together by one weak pair is found; one held by more, by a strong pair or by a verdict is not."""

from __future__ import annotations

import numpy as np
import pytest

from matching import load_spec
from matching.bridges import bridges
from matching.estimate import prior_weights
from matching.model import Model
from matching.types import Levels, Pairs, Scored

NOBODY = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
FIRM = [(0, 1, 0.999), (2, 3, 0.999)]


def found(pairs: list[tuple[int, int, float]], labels: list[int] | None = None, same: tuple[int, int] | None = None) -> list[tuple[int, int]]:
    left, right = (np.array([pair[at] for pair in sorted(pairs)], dtype=np.int64) for at in (0, 1))
    chance = np.array([pair[2] for pair in sorted(pairs)])
    none = np.zeros((len(chance), 0), dtype=np.uint8)
    scored = Scored(Pairs(left, right, np.zeros(len(left), dtype=np.uint64)), Levels((), none), np.log2(chance / (1 - chance)), chance, chance.astype(np.uint8))
    judged = NOBODY if same is None else (np.array([same[0]]), np.array([same[1]]))
    spec = load_spec()
    a, b, _ = bridges(scored, np.array(labels or [0, 0, 0, 0]), judged, Model(spec, prior_weights(spec), certain=0.98))
    return list(zip(a.tolist(), b.tolist(), strict=True))


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([*FIRM, (1, 2, 0.9)], [(1, 2)]),
        ([*FIRM, (1, 2, 0.99)], []),
        ([*FIRM, (1, 2, 0.9), (0, 3, 0.5)], []),
        ([*FIRM, (1, 2, 0.9), (0, 3, 0.1)], [(1, 2)]),
        ([(0, 1, 0.999), (1, 2, 0.9), (1, 3, 0.999)], []),
    ],
)
def test_one_weak_pair_between_two_groups(pairs: list[tuple[int, int, float]], told: list[tuple[int, int]]) -> None:
    assert found(pairs) == told


def test_what_a_person_said_is_no_weak_pair() -> None:
    assert found([*FIRM, (1, 2, 0.9)], same=(0, 2)) == []


def test_persons_apart_are_held_by_nothing() -> None:
    assert found([*FIRM, (1, 2, 0.9)], labels=[0, 0, 1, 1]) == []
