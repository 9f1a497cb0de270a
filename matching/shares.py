"""What agreement is worth without labels: EM over agreement patterns, with the universe of all pairs as background.

Matches are looked for among the candidate pairs only; how levels fall among non-matches is counted over all pairs of the file (exactly for
equal values, by a fixed sample for the rest), less the matches found (Fellegi and Sunter 1969; Winkler 1988).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from matching.compare import compare_rows
from matching.estimate import patterns, prior_shares, prior_weights
from matching.hashing import mix_any, scramble
from matching.model import Weights, rounded
from matching.spec import Spec
from matching.standardise import identity_parts
from matching.types import Encoded, Floats, Keys, Levels, Rows

_SAMPLE, _EACH = 1_000_000, 60
"""Random pairs looked at, and how many at most for each record."""
_ROUNDS = 60
_STRENGTH = 20.0
"""Pseudo-counts by which the usual shares among matches hold."""


def fit_em(encoded: Encoded, levels: Levels, spec: Spec) -> Weights:
    """Estimate m, u and the share of matches; levels are taken as independent given the truth."""
    total = len(encoded) * (len(encoded) - 1) / 2
    if total == 0 or len(levels.codes) == 0:
        return prior_weights(spec)
    distinct, which = patterns(levels.codes)
    counts = np.bincount(which, minlength=len(distinct)).astype(np.float64)
    background = universe(encoded, spec, total)
    usual, _ = prior_shares(spec)
    m = {name: table.copy() for name, table in usual.items()}
    u = {name: _others(background[name], np.zeros_like(background[name])) for name in levels.names}
    share = min(0.5, len(encoded) / (2 * total))
    for _ in range(_ROUNDS):
        ratio = sum(np.log2(m[name] / u[name])[distinct[:, slot]] for slot, name in enumerate(levels.names))
        matches = counts / (1 + np.exp2(-np.clip(ratio + np.log2(share / (1 - share)), -60, 60)))
        for slot, name in enumerate(levels.names):
            found = np.bincount(distinct[:, slot], weights=matches, minlength=len(usual[name])).astype(np.float64)
            m[name] = _normal(found + _STRENGTH * usual[name] / usual[name][1:].sum())
            u[name] = _others(background[name], found)
        share = float(np.clip(matches.sum() / total, 1e-12, 0.5))
    base = float(rounded(np.array([np.log2(share / (1 - share))]))[0])
    prior = prior_weights(spec)
    return Weights(base, {**prior.main, **{name: rounded(np.log2(m[name] / u[name])) for name in levels.names}}, {}, m, u)


def universe(encoded: Encoded, spec: Spec, total: float) -> dict[str, Floats]:
    """Count the levels of every comparison over all pairs of the file."""
    left, right = _pairs(len(encoded))
    sample = compare_rows(encoded, left, right, spec)
    counts = {}
    for slot, comparison in enumerate(spec.comparisons):
        size = len(prior_shares(spec)[0][comparison.name])
        seen = np.bincount(sample[:, slot], minlength=size).astype(np.float64) * total / len(left)
        counts[comparison.name] = np.maximum(seen, _equal(encoded, spec, slot, size)) + 0.5 * total / len(left)
    return counts


def _pairs(count: int) -> tuple[Rows, Rows]:
    """All pairs of a small file, a fixed sample of those of a large one."""
    if count * (count - 1) // 2 <= 2 * _SAMPLE:
        left, right = np.triu_indices(count, 1)
        return left.astype(np.int64), right.astype(np.int64)
    wanted = min(_SAMPLE, _EACH * count)
    draw = scramble(np.arange(2 * wanted, dtype=np.uint64)) % np.uint64(count)
    left, right = draw[:wanted].astype(np.int64), draw[wanted:].astype(np.int64)
    return left[left != right], right[left != right]


def _equal(encoded: Encoded, spec: Spec, slot: int, size: int) -> Floats:
    """Pairs of equal values, at the level at which each value meets itself."""
    comparison = spec.comparisons[slot]
    column = comparison.columns[0]
    key = _value_key(encoded, column, spec)
    values, first, count = np.unique(key, return_index=True, return_counts=True)
    kept = (values != 0) & (count > 1)
    rows, repeats = first[kept].astype(np.int64), count[kept].astype(np.float64)
    codes = compare_rows(encoded, rows, rows, spec)[:, slot]
    return np.bincount(codes, weights=repeats * (repeats - 1) / 2, minlength=size).astype(np.float64)


def _value_key(encoded: Encoded, column: str, spec: Spec) -> Keys:
    return mix_any([encoded.frame[part].cast(pl.UInt64, strict=False).fill_null(0).to_numpy() for part in identity_parts(column, spec)])


def _others(background: Floats, matches: Floats) -> Floats:
    return _normal(np.maximum(background - matches, background * 1e-3))


def _normal(counts: Floats) -> Floats:
    """Turn counts into shares among what is present; index 0 (absent) holds 1."""
    present = counts[1:].sum()
    return np.concatenate([[1.0], counts[1:] / present]) if present > 0 else np.ones_like(counts)
