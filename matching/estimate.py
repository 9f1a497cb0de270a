"""What agreement is worth, learned from labelled patterns: logistic regression with interactions, where numbers are the teacher.

It starts from the levels' usual shares (m, u) and leaves them only as far as the data speak, so that a file of ten records is scored too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numba
import numpy as np
import scipy.sparse as sparse
from scipy.linalg import cho_factor, cho_solve
from threadpoolctl import threadpool_limits

from matching.comparisons import KINDS
from matching.model import Weights, rounded
from matching.spec import Spec
from matching.types import Floats, Small

_RARE = 10
_MAIN_SPREAD, _CROSS_SPREAD = 1.5, 0.6
"""Standard deviations (nats) allowed around the prior of a level and of an interaction."""
_SHRINKS = 0.4
"""Share of the step before to which a step must shrink for its curvature to be used again."""
MEMBERS = "members"
"""Pseudo-comparison: class of the size of the larger cluster."""


def evidence_names(spec: Spec) -> tuple[str, ...]:
    """Comparisons other than the teacher's."""
    return tuple(c.name for c in spec.comparisons if spec.teacher not in c.columns)


def level_counts(spec: Spec) -> dict[str, int]:
    """Number of levels of every comparison, absent included."""
    return {c.name: len(KINDS[c.kind].levels) + 1 for c in spec.comparisons}


def prior_shares(spec: Spec) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The levels' usual shares among matches and non-matches; index 0 (absent) holds 1 in both."""
    m, u = {}, {}
    for c in spec.comparisons:
        levels = KINDS[c.kind].levels
        m[c.name] = np.array([1.0, *(c.m.get(level.name, level.m) for level in levels)])
        u[c.name] = np.array([1.0, *(c.u.get(level.name, level.u) for level in levels)])
    return m, u


def prior_weights(spec: Spec) -> Weights:
    """Weights before any data."""
    m, u = prior_shares(spec)
    main = {name: rounded(np.log2(m[name] / u[name])) for name in m}
    return Weights(spec.rules.prior_bits, main | {MEMBERS: np.zeros(5)}, {}, m, u)


@dataclass(frozen=True)
class Design:
    """Which levels of which comparisons (and pairs of comparisons) a regression has a coefficient for."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]

    @property
    def offsets(self) -> list[int]:
        """First column of every main table, then of every cross table, then the total."""
        widths = [*self.sizes, *(self.sizes[a] * self.sizes[b] for a, b in self.pairs)]
        return [1, *(1 + int(total) for total in np.cumsum(widths))]

    def matrix(self, codes: Small) -> sparse.csr_matrix:
        """One row of indicators per pattern; level 0 has no coefficient."""
        n, offsets, k = len(codes), self.offsets, len(self.names)
        columns = [np.zeros(n, dtype=np.int64)]
        values = [np.ones(n)]
        for slot in range(k):
            columns.append(offsets[slot] + codes[:, slot].astype(np.int64))
            values.append((codes[:, slot] > 0).astype(np.float64))
        for slot, (a, b) in enumerate(self.pairs):
            columns.append(offsets[k + slot] + codes[:, a].astype(np.int64) * self.sizes[b] + codes[:, b])
            values.append(((codes[:, a] > 0) & (codes[:, b] > 0)).astype(np.float64))
        rows = np.tile(np.arange(n), len(columns))
        matrix = sparse.csr_matrix((np.concatenate(values), (rows, np.concatenate(columns))), shape=(n, offsets[-1]))
        matrix.eliminate_zeros()
        return matrix


def fit_logistic(
    codes: Small, matches: Floats, others: Floats, names: tuple[str, ...], prior: Weights, start: Weights | None = None, base_spread: float = 5.0
) -> Weights:
    """Fit weights with pairwise interactions to labelled patterns (counts of matches and others), shrunk towards the prior.

    Ridge logistic regression by Newton's method; the prior is a Gaussian around the prior weights (maximum a posteriori).  Interactions seen
    in fewer than `_RARE` examples are left out.  `start` is where to begin (the prior otherwise); `base_spread` how far the base may move (nats).
    """
    sizes = tuple(len(prior.main[name]) for name in names)
    design = Design(names, sizes, tuple(combinations(range(len(names)), 2)))
    x = design.matrix(codes)
    offsets, k = design.offsets, len(names)
    seen = np.asarray(x.T @ (matches + others)).ravel()
    used = seen > np.where(np.arange(len(seen)) < offsets[k], 0, _RARE)
    prior_bits = _flat(prior, design)
    spread = np.concatenate([[base_spread], np.full(offsets[k] - 1, _MAIN_SPREAD), np.full(offsets[-1] - offsets[k], _CROSS_SPREAD)])
    x, centre, precision = x[:, used].tocsr(), prior_bits[used], 1 / spread[used] ** 2
    beta = _newton(x, matches, others, centre, precision, _flat(start or prior, design)[used])
    full = prior_bits.copy()
    full[used] = beta
    bits = rounded(full / np.log(2))
    main = {name: bits[offsets[i] : offsets[i + 1]].copy() for i, name in enumerate(names)}
    for table in main.values():
        table[0] = 0.0
    tables = {(names[a], names[b]): bits[offsets[k + i] : offsets[k + i + 1]].reshape(sizes[a], sizes[b]) for i, (a, b) in enumerate(design.pairs)}
    cross = {pair: table for pair, table in tables.items() if table.any()}
    return Weights(float(bits[0]), {**prior.main, **main}, cross, *_shares(codes, matches, others, names, prior))


def _flat(weights: Weights, design: Design) -> Floats:
    """All coefficients of a design in one vector, in nats."""
    tables = [weights.main[name] for name in design.names]
    for a, b in design.pairs:
        tables.append(weights.cross.get((design.names[a], design.names[b]), np.zeros((design.sizes[a], design.sizes[b]))).ravel())
    return np.asarray(np.concatenate([[weights.base], *tables]) * np.log(2))


def _newton(x: sparse.csr_matrix, matches: Floats, others: Floats, centre: Floats, precision: Floats, start: Floats) -> Floats:
    x.sort_indices()
    beta = start.copy()
    total = matches + others
    best, last = np.inf, np.inf
    factor = None
    for _ in range(200):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -40, 40)))
        gradient = x.T @ (total * p - matches) + precision * (beta - centre)
        if factor is None:
            hessian = _square(x.indptr, x.indices, x.data, total * p * (1 - p) + 1e-9, x.shape[1])
            hessian[np.diag_indices_from(hessian)] += precision
            with threadpool_limits(1, "blas"):  # of so small a matrix a second thread only waits, and waits busily
                factor = cho_factor(hessian, lower=True, overwrite_a=True, check_finite=False)
        step = cho_solve(factor, gradient, check_finite=False)
        size = float(np.abs(step).max())
        beta = beta - step * min(1.0, 4.0 / max(size, 1e-12))
        if size < 1e-4 or (size >= best * 0.999 and size < 1e-3):
            break
        factor = factor if size < _SHRINKS * last else None  # the curvature of an earlier step serves as long as steps shrink
        best, last = min(best, size), size
    return beta


@numba.njit(cache=True)
def _square(starts, columns, values, weight, size):  # type: ignore[no-untyped-def]
    """Lower triangle of X' diag(weight) X for a sparse X in rows, its columns ascending within a row."""
    out = np.zeros((size, size))
    for row in range(len(starts) - 1):
        for i in range(starts[row], starts[row + 1]):
            scaled = weight[row] * values[i]
            for j in range(starts[row], i + 1):
                out[columns[i], columns[j]] += scaled * values[j]
    return out


def _shares(codes: Small, matches: Floats, others: Floats, names: tuple[str, ...], prior: Weights) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Observed shares of levels among labelled matches and others."""
    m, u = dict(prior.m), dict(prior.u)
    for slot, name in enumerate(names):
        if name in prior.m:
            for shares, weight in ((m, matches), (u, others)):
                count = np.bincount(codes[:, slot], weights=weight, minlength=len(prior.m[name])).astype(np.float64)
                present = count[1:].sum()
                shares[name] = np.concatenate([[1.0], count[1:] / present]) if present > 0 else shares[name]
    return m, u


def patterns(codes: Small) -> tuple[Small, np.ndarray]:
    """Distinct rows of levels and, for every row, which of them it is."""
    if len(codes) == 0:
        return codes, np.zeros(0, dtype=np.int64)
    radix = codes.max(axis=0).astype(np.int64) + 1
    packed = np.zeros(len(codes), dtype=np.int64)
    for slot, base in enumerate(radix):
        packed = packed * base + codes[:, slot]
    _, first, which = np.unique(packed, return_index=True, return_inverse=True)
    return codes[first], which
