"""The judge of quality is judged itself: against every pair written out, on partitions small enough for that."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from benchmarks.scorer import b_cubed, numbers_apart, pairwise, reviewed, sound_number

NUMBER = "11010519491231002X"


@pytest.mark.parametrize("seed", range(20))
def test_pairwise_counts_what_all_pairs_written_out_say(seed: int) -> None:
    chance = random.Random(seed)
    records = [str(i) for i in range(chance.randint(1, 30))]
    found, truth = ({record: str(chance.randint(0, 6)) for record in records} for _ in range(2))
    pairs = list(combinations(records, 2))
    together = {name: {pair for pair in pairs if part[pair[0]] == part[pair[1]]} for name, part in (("found", found), ("truth", truth))}
    score = pairwise(found, truth)
    assert (score.true, score.found, score.both) == (len(together["truth"]), len(together["found"]), len(together["truth"] & together["found"]))
    assert pairwise(truth, truth).f1 == 1
    assert b_cubed(truth, truth) == pytest.approx(1)
    assert reviewed(found, truth, pairs).recall == 1


def test_partitions_of_other_records_are_refused() -> None:
    with pytest.raises(ValueError, match="1 records"):
        pairwise({"a": "a"}, {"a": "a", "b": "b"})


@pytest.mark.parametrize(
    ("number", "born", "sex", "sound"),
    [
        (NUMBER, "1949-12-31", "2", NUMBER),
        (NUMBER.lower(), "1949-12-31", None, NUMBER),
        ("110105491231002", "1949-12-31", "2", NUMBER),
        (NUMBER, "1949-12-31", "1", None),
        (NUMBER, "1949-12", "2", None),
        (NUMBER, None, "2", None),
        ("110105194912310021", "1949-12-31", "2", None),
        (None, "1949-12-31", "2", None),
    ],
)
def test_sound_numbers(number: str | None, born: str | None, sex: str | None, sound: str | None) -> None:
    assert sound_number(number, born, sex) == sound


def test_two_sound_numbers_in_one_cluster_are_counted() -> None:
    other = ("440524188001010014", "1880-01-01", "1")
    records = {"a": (NUMBER, "1949-12-31", "2"), "b": other, "c": (NUMBER, None, None)}
    assert numbers_apart({"a": "x", "b": "x", "c": "x"}, records) == 1
    assert numbers_apart({"a": "x", "b": "y", "c": "x"}, records) == 0
