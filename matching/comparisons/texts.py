"""Comparison of texts of any language, for models of other files."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from matching.comparisons.base import Comparator, Level, Side, unique_pairs
from matching.types import Small

TEXT_LEVELS = (
    Level("differs", "the texts differ", "内容不同", 0.1, 0.9),
    Level("alike", "the texts are somewhat alike", "内容有些相似", 0.08, 0.06),
    Level("similar", "the texts are much alike", "内容很相似", 0.12, 0.015),
    Level("equal_very_common", "the texts are equal; the value is a very common one", "内容相同（非常常见）", 0.1, 0.01),
    Level("equal_common", "the texts are equal; the value is a common one", "内容相同（较常见）", 0.1, 0.006),
    Level("equal_uncommon", "the texts are equal; the value is not a common one", "内容相同（不常见）", 0.2, 0.005),
    Level("equal", "the texts are equal; the value is a rare one", "内容相同（少见）", 0.3, 0.004),
)


def text(left: Side, right: Side) -> Small:
    """Texts are compared whole, then by likeness of their words."""
    return _graded(left, right, (60, 85), lambda a, b: process.cpdist(a, b, scorer=fuzz.token_sort_ratio, dtype=np.float32, workers=-1))


def person_name(left: Side, right: Side) -> Small:
    """Names in Latin letters are compared whole, then by the letters they share and their order."""
    return _graded(left, right, (70, 88), lambda a, b: 100 * process.cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1))


def digits(left: Side, right: Side) -> Small:
    """Strings of digits are compared place by place: equal, one slip, or different."""
    return _graded(left, right, (-2.5, -1.5), lambda a, b: -process.cpdist(a, b, scorer=OSA.distance, dtype=np.float32, workers=-1).astype(np.float64))


POSTCODE_LEVELS = (
    Level("differs", "the postcodes differ", "邮编不同", 0.2, 0.97),
    Level("same_district", "the postcodes are of one district", "邮编属同一区域", 0.1, 0.01),
    Level("similar", "the postcodes differ in one place", "邮编差一处", 0.1, 0.01),
    Level("equal_common", "the same postcode, a common one", "邮编相同（常见）", 0.2, 0.005),
    Level("equal", "the same postcode, a rare one", "邮编相同（少见）", 0.4, 0.001),
)


def postcode(left: Side, right: Side) -> Small:
    """Postcodes in words (district first) are compared whole, then by one slip, then by district."""
    a = left["whole"]
    both = (a != 0) & (right["whole"] != 0)
    equal = both & (a == right["whole"])
    level = np.where(left["first_word"] == right["first_word"], 2, 1).astype(np.uint8)
    rows = np.flatnonzero(both & ~equal)
    if len(rows):
        first, second, which = unique_pairs(left.where(rows), right.where(rows), (left["whole"][rows], right["whole"][rows]))
        slips = process.cpdist(first, second, scorer=OSA.distance, score_cutoff=1, dtype=np.float32, workers=-1)
        level[rows] = np.where(np.asarray(slips)[which] <= 1, 3, level[rows])
    level = np.where(equal, np.where(left.rank("whole") > 1, 4, 5), level)
    return np.where(both, level, 0).astype(np.uint8)


def _graded(left: Side, right: Side, cuts: tuple[float, float], likeness) -> Small:  # type: ignore[no-untyped-def]
    a = left["whole"]
    both = (a != 0) & (right["whole"] != 0)
    equal = both & (a == right["whole"])
    common = np.clip(left.rank("whole").astype(np.int64), 1, 4)
    level = np.where(equal, len(TEXT_LEVELS) + 1 - common, 1).astype(np.uint8)
    rows = np.flatnonzero(both & ~equal)
    if len(rows):
        first, second, which = unique_pairs(left.where(rows), right.where(rows), (left["whole"][rows], right["whole"][rows]))
        score = np.asarray(likeness(first, second))[which]
        level[rows] = 1 + (score >= cuts[0]).astype(np.uint8) + (score >= cuts[1])
    return np.where(both, level, 0).astype(np.uint8)


TEXT = Comparator(text, TEXT_LEVELS, "whole", "text", "内容")
PERSON_NAME = Comparator(person_name, TEXT_LEVELS, "whole", "name", "姓名")
POSTCODE = Comparator(postcode, POSTCODE_LEVELS, "whole", "postcode", "邮编")
DIGITS = Comparator(digits, TEXT_LEVELS, "whole", "number", "号码")
