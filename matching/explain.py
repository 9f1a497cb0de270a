"""The evidence of one pair in words: one sentence per comparison, with weights that add up to the total; never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mappings.canonical import PERSON_RECORD
from matching.comparisons import KINDS
from matching.comparisons.base import Level
from matching.estimate import MEMBERS
from matching.model import Model
from matching.score import number_class
from matching.spec import Comparison

NAMELESS = ("code", "day", "text")
"""Kinds whose sentences do not say which field they speak of."""


@dataclass(frozen=True)
class Sentence:
    """One piece of evidence: bits for (+) or against (−), in Chinese and English."""

    comparison: str
    weight: float
    zh: str
    en: str


def explain(model: Model, levels: Mapping[str, int], total: float | None = None, members: int = 1) -> list[Sentence]:
    """Give the evidence behind a pair's levels, strongest first, after what holds before any evidence.

    levels: comparison -> level as `match` gave it.  With `total` (a case's weight, which rests on all records of both
    persons and on their rivals) a last sentence says what the pair alone does not.  The weights add up to the total.
    members: class of the size of the larger side (`people.size_class`), 1 for two single records.
    """
    spec, weights = model.spec, model.weights
    names = tuple(comparison.name for comparison in spec.comparisons)
    codes = np.array([[levels.get(name, 0) for name in names]], dtype=np.uint8)
    bits = dict.fromkeys(names, 0.0)
    teaching = {comparison.name for comparison in spec.comparisons if spec.teacher in comparison.columns}
    for slot, name in enumerate(names):
        code = int(codes[0, slot])
        if name in teaching and model.number is not None:
            bits[name] += float(model.number[int(number_class(codes, spec)[0]), code])
        elif name in weights.main:
            bits[name] += float(weights.main[name][code])
    size = float(weights.main[MEMBERS][members]) if MEMBERS in weights.main else 0.0
    seen = {**levels, MEMBERS: members}
    shared = sum(float(table[seen.get(a, 0), seen.get(b, 0)]) for (a, b), table in weights.cross.items())
    found = [
        Sentence(comparison.name, bits[comparison.name], *words(comparison, KINDS[comparison.kind].levels[code - 1]))
        for comparison in spec.comparisons
        if (code := levels.get(comparison.name, 0))
    ]
    absent = sum(bits[name] for name in names if not levels.get(name, 0))
    told = [
        Sentence("before", weights.base + size + absent, "任取一对候选记录时的起点", "where any two candidate records start"),
        *sorted(found, key=lambda sentence: -abs(sentence.weight)),
        Sentence("together", shared, "以上各项常同时出现，合并折算", "points above that usually come together, counted once"),
    ]
    rest = 0.0 if total is None else total - sum(sentence.weight for sentence in told)
    if abs(rest) >= 0.005:
        told.append(Sentence("others", rest, "两人的其他记录及相近的其他人", "the other records of both, and others who resemble them"))
    return told


def words(comparison: Comparison, level: Level) -> tuple[str, str]:
    """Give a level's sentence; where many fields share one kind of comparison, with the field's name before it."""
    if comparison.kind not in NAMELESS:
        return level.zh, level.en
    field = PERSON_RECORD.by_name.get(comparison.columns[0])
    return f"{field.zh if field else comparison.name}：{level.zh}", f"{comparison.name.replace('_', ' ')}: {level.en}"
