"""Clusters compared with clusters: members, the best level of every comparison over all cross pairs, and who may not be joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.blocks import by_row, distinct
from matching.compare import compare_rows
from matching.model import Model
from matching.score import model_weight
from matching.spec import Spec
from matching.types import Encoded, Flags, Floats, Rows, Small

_REPRESENTATIVES = 24
"""Members of a cluster looked at (its oldest): bounds the work on clusters of thousands."""
_LEAST, _MOST = -8.0, 12.0
"""Bits to which the weight of one pair is clipped in an average."""
SIZES = np.array([1, 2, 4], dtype=np.int64)
"""Upper bounds of the classes of cluster size (a larger one is class 4)."""


@dataclass(frozen=True)
class Members:
    """Rows of every cluster, grouped: `rows[start[c]:start[c] + size[c]]`, oldest first."""

    rows: Rows
    start: Rows
    size: Rows

    @staticmethod
    def of(labels: Rows) -> Members:
        """Group rows by label (0 … k-1), each group oldest first as the rows are."""
        starts, rows = by_row(labels, span(labels))
        return Members(rows, starts[:-1], np.diff(starts))


def cross(a: Members, left: Rows, b: Members, right: Rows) -> tuple[Rows, Rows, Rows]:
    """Give all cross pairs of members of cluster pairs: left rows, right rows, and where each cluster pair starts."""
    size_a, size_b = np.minimum(a.size[left], _REPRESENTATIVES), np.minimum(b.size[right], _REPRESENTATIVES)
    total = size_a * size_b
    starts = np.concatenate([[0], np.cumsum(total)]).astype(np.int64)
    which = np.repeat(np.arange(len(left)), total)
    step = np.arange(starts[-1]) - starts[which]
    rows_a = a.rows[a.start[left][which] + step // size_b[which]]
    rows_b = b.rows[b.start[right][which] + step % size_b[which]]
    return rows_a, rows_b, starts[:-1]


def pooled(encoded: Encoded, rows_a: Rows, rows_b: Rows, starts: Rows, spec: Spec) -> Small:
    """Give the best level of every comparison over each run of pairs."""
    if len(starts) == 0:
        return np.zeros((0, len(spec.comparisons)), dtype=np.uint8)
    return np.asarray(np.maximum.reduceat(compare_rows(encoded, rows_a, rows_b, spec), starts, axis=0))


def averaged(encoded: Encoded, rows_a: Rows, rows_b: Rows, starts: Rows, model: Model) -> tuple[Small, Floats]:
    """Give the mean weight over each run of pairs (clipped, so that no pair speaks for all), and the best levels."""
    names = tuple(c.name for c in model.spec.comparisons)
    if len(starts) == 0:
        return np.zeros((0, len(names)), dtype=np.uint8), np.zeros(0)
    codes = compare_rows(encoded, rows_a, rows_b, model.spec)
    weight = np.clip(model_weight(codes, names, np.ones(len(codes), dtype=np.uint8), model), _LEAST, _MOST)
    sizes = np.diff(np.concatenate([starts, [len(codes)]]))
    return np.maximum.reduceat(codes, starts, axis=0), np.asarray(np.round(np.add.reduceat(weight, starts) / sizes * 4096) / 4096)


def span(labels: Rows) -> int:
    """Size of a table indexed by label."""
    return int(labels.max()) + 1 if len(labels) else 0


def size_class(sizes: Rows) -> Small:
    """Class of a cluster size: 1, 2, 3-4, more."""
    return (1 + np.searchsorted(SIZES, sizes, side="left")).astype(np.uint8)


@dataclass(frozen=True)
class Bans:
    """What must never be joined: rows with different numbers (0 = none), and pairs judged different."""

    number: np.ndarray
    """Number group of every row; groups united by a judgement are one."""
    left: Rows
    right: Rows

    def allowed(self, labels: Rows, a: Rows, b: Rows) -> Flags:
        """Say for pairs of clusters whether they may be one."""
        number = self.of_clusters(labels)
        free = (number[a] == 0) | (number[b] == 0) | (number[a] == number[b])
        if len(self.left):
            apart = distinct(_pack(labels[self.left], labels[self.right]))
            free &= ~np.isin(_pack(a, b), apart)
        return np.asarray(free)

    def free(self, labels: Rows) -> Flags:
        """Say which clusters have no number and no judgement against anybody."""
        free = self.of_clusters(labels) == 0
        free[labels[self.left]] = False
        free[labels[self.right]] = False
        return np.asarray(free)

    def of_clusters(self, labels: Rows) -> np.ndarray:
        """Number group of every cluster (0 = none)."""
        number = np.zeros(span(labels), dtype=np.uint64)
        np.maximum.at(number, labels, self.number)
        return number


def _pack(a: Rows, b: Rows) -> Rows:
    return np.asarray((np.minimum(a, b) << 32) | np.maximum(a, b))
