"""What would change the verdict: the smallest single difference in the evidence after which a pair would be judged otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.comparisons import KINDS
from matching.explain import words
from matching.model import Model
from matching.score import pair_weight
from matching.types import Levels

_MOST = 3


@dataclass(frozen=True)
class Turn:
    """One thing that, were it so, would give another verdict: what, by how many bits, and the verdict, in Chinese and English."""

    comparison: str
    level: str
    weight: float
    verdict: str
    zh: str
    en: str


def turning(model: Model, levels: Mapping[str, int], total: float | None = None) -> list[Turn]:
    """Give what would turn the verdict on a pair, the smallest change first, one per comparison.

    A pair that is not certain could become so, or fall out of what is asked; a certain one could stop being so.  With `total` (a case's
    weight, which rests on all records of both) the change is counted from there.
    """
    spec = model.spec
    names = tuple(comparison.name for comparison in spec.comparisons)
    now = np.array([[levels.get(name, 0) for name in names]], dtype=np.uint8)
    changed = [(slot, code) for slot, c in enumerate(spec.comparisons) for code in range(1, len(KINDS[c.kind].levels) + 1) if code != now[0, slot]]
    codes = np.repeat(now, len(changed), axis=0)
    for row, (slot, code) in enumerate(changed):
        codes[row, slot] = code
    before = float(pair_weight(Levels(names, now), model)[0])
    gain = pair_weight(Levels(names, codes), model) - before
    start = before if total is None else total
    found = [
        turn
        for (slot, code), bits in sorted(zip(changed, gain.tolist(), strict=True), key=lambda item: (abs(item[1]), item[0]))
        if (turn := _turn(model, slot, code, start, bits))
    ]
    first = {turn.comparison: turn for turn in reversed(found)}
    return sorted(first.values(), key=lambda turn: (abs(turn.weight), turn.comparison))[:_MOST]


def _turn(model: Model, slot: int, code: int, start: float, bits: float) -> Turn | None:
    certain, possible = _bits(model.certain), _bits(model.spec.rules.possible)
    before, after = _verdict(start, certain, possible), _verdict(start + bits, certain, possible)
    if before == after or (before == "different" and after == "possible"):
        return None
    comparison = model.spec.comparisons[slot]
    zh, en = words(comparison, KINDS[comparison.kind].levels[code - 1])
    becomes_zh, becomes_en = _BECOMES[after]
    return Turn(comparison.name, KINDS[comparison.kind].levels[code - 1].name, bits, after, f"若{zh}，{becomes_zh}", f"if {en}: {becomes_en}")


_BECOMES = {
    "same": ("即确定为同一人", "certainly one person"),
    "possible": ("则须由人判定", "a person would have to decide"),
    "different": ("则不再视为同一人", "no longer taken for one person"),
}


def _verdict(weight: float, certain: float, possible: float) -> str:
    return "same" if weight >= certain else "possible" if weight >= possible else "different"


def _bits(probability: float) -> float:
    return float(np.log2(probability / (1 - probability)))
