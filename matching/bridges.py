"""Persons held together by one weak pair: several records on either side of it, nothing else that links the sides."""

from __future__ import annotations

import numba
import numpy as np

from matching.model import Model
from matching.types import Flags, Floats, Rows, Scored

_SMALLEST = 4
"""Records of a person that can fall into two of several records each."""
_JUDGED = 99.0


def bridges(scored: Scored, labels: Rows, same: tuple[Rows, Rows], model: Model) -> tuple[Rows, Rows, Floats]:
    """Give the weak pairs (left, right, weight) that alone hold a person together.

    Within a person, records are joined by their strongest pairs first.  A pair that is not certain by itself and that brings two groups of two
    or more different records together is such a bridge, unless another pair between the groups is at least possible, or a person said they are one.
    Persons all of whose pairs are certain have none.
    """
    size = np.bincount(labels)[labels] if len(labels) else labels
    left, right = scored.pairs.left, scored.pairs.right
    own = np.flatnonzero(scored.probability >= model.spec.rules.possible)
    own = own[size[left[own]] >= _SMALLEST]
    own = own[labels[left[own]] == labels[right[own]]]
    doubted = np.zeros(len(labels), dtype=bool)
    doubted[labels[left[own[scored.probability[own] < model.certain]]]] = True
    own = own[doubted[labels[left[own]]]]
    judged = np.flatnonzero((labels[same[0]] == labels[same[1]]) & (size[same[0]] >= _SMALLEST))
    a, b = np.concatenate([left[own], same[0][judged]]), np.concatenate([right[own], same[1][judged]])
    weight = np.concatenate([scored.weight[own], np.full(len(judged), _JUDGED)])
    sure = np.concatenate([scored.probability[own] >= model.certain, np.ones(len(judged), dtype=bool)])
    order = np.lexsort((b, a, -weight, labels[a]))
    found = np.zeros(len(order), dtype=bool)
    found[order] = _alone(labels, a[order], b[order], sure[order])
    return a[found], b[found], weight[found]


@numba.njit(cache=True)
def _alone(labels: Rows, left: Rows, right: Rows, sure: Flags) -> Flags:  # pragma: no cover - compiled
    """Say which pairs (by person, strongest first) alone bring two groups of several records together."""
    out = np.zeros(len(left), np.bool_)
    parent = np.arange(len(labels))
    count = np.ones(len(labels), np.int64)
    start = 0
    while start < len(left):
        end = start
        while end < len(left) and labels[left[end]] == labels[left[start]]:
            end += 1
        for k in range(start, end):
            x, y = left[k], right[k]
            while parent[x] != x:
                x = parent[x]
            while parent[y] != y:
                y = parent[y]
            if x == y:
                continue
            if not sure[k] and count[x] > 1 and count[y] > 1:
                out[k] = True
                for other in range(k + 1, end):
                    p, q = left[other], right[other]
                    while parent[p] != p:
                        p = parent[p]
                    while parent[q] != q:
                        q = parent[q]
                    if (p == x and q == y) or (p == y and q == x):
                        out[k] = False
                        break
            if count[x] < count[y]:
                x, y = y, x
            parent[y] = x
            count[x] += count[y]
        start = end
    return out
