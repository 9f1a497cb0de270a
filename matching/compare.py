"""Third step: candidate pairs become small integer levels, one per comparison, in parts that bound the memory."""

from __future__ import annotations

import numpy as np

from matching.comparisons import KINDS, Side
from matching.spec import Comparison, Spec
from matching.types import Encoded, Levels, Pairs, Rows, Small

_PART = 400_000
"""Pairs compared at once."""


def compare(encoded: Encoded, pairs: Pairs, spec: Spec) -> Levels:
    """Give the agreement level of every comparison for every pair; several columns of one comparison count by their best combination."""
    return Levels(tuple(c.name for c in spec.comparisons), compare_rows(encoded, pairs.left, pairs.right, spec))


def compare_rows(encoded: Encoded, left: Rows, right: Rows, spec: Spec) -> Small:
    """Compare rows of the encoding; shape (pairs, comparisons)."""
    codes = np.zeros((len(left), len(spec.comparisons)), dtype=np.uint8)
    for start in range(0, len(left), _PART):
        part = slice(start, start + _PART)
        for slot, comparison in enumerate(spec.comparisons):
            codes[part, slot] = _best(encoded, left[part], right[part], comparison)
    return codes


def _best(encoded: Encoded, left: Rows, right: Rows, comparison: Comparison) -> Small:
    comparator = KINDS[comparison.kind]
    best = np.zeros(len(left), dtype=np.uint8)
    lefts, rights = ([Side(encoded, column, rows) for column in comparison.columns] for rows in (left, right))
    for a in lefts:
        for b in rights:
            rows = np.flatnonzero((a[comparator.present] != 0) & (b[comparator.present] != 0))
            if len(rows):
                whole = len(rows) == len(left)
                codes = comparator.compare(a if whole else a.where(rows), b if whole else b.where(rows))
                best[rows] = np.maximum(best[rows], codes)
    return best
