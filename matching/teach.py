"""The number as teacher: hide the number of records whose number is beyond doubt, and learn to place them by everything else.

Every such record is compared with whole cores (the records of one number, without itself) that a pass not using the number reaches.  Its own
core is a match, the cores of other numbers are not: nearly labelled examples for free, at the level at which decisions are made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.blocks import distinct
from matching.cluster import best_rival
from matching.estimate import MEMBERS, evidence_names, fit_logistic, patterns, prior_shares, prior_weights
from matching.model import Weights, rounded
from matching.people import Bans, Members, cross, pooled, size_class, span
from matching.score import NUMBER_CLASSES, number_class, probability, weigh
from matching.spec import Spec
from matching.types import Encoded, Flags, Floats, Keys, Pairs, Rows, Small

_LESSONS = 150_000
"""Records whose number is hidden; in a larger file those of a fixed share of the numbers."""
_ENOUGH = 200
"""Labelled matches (and as many others) below which the prior weights stay."""


@dataclass(frozen=True)
class Lessons:
    """Labelled placements: record, core, pooled levels (evidence only, with the class of the core's size), and whether it is its own core."""

    row: Rows
    core: Rows
    codes: Small
    names: tuple[str, ...]
    own: Flags

    def where(self, keep: Flags) -> Lessons:
        """Keep some."""
        return Lessons(self.row[keep], self.core[keep], self.codes[keep], self.names, self.own[keep])


def taught(found: Lessons) -> bool:
    """Say whether there are enough lessons to learn from."""
    return bool(found.own.sum() >= _ENOUGH and (~found.own).sum() >= _ENOUGH)


def hidden(encoded: Encoded, spec: Spec) -> Flags:
    """Say whose number is hidden to learn from: all that are beyond doubt, in a large file a fixed share of them."""
    certified = encoded.part(f"{spec.teacher}.certified")
    return np.asarray((certified != 0) & _share(certified, certified != 0))


def _share(keys: Keys, wanted: Flags) -> Flags:
    """A share of the keys such that about `_LESSONS` of the wanted rows are in it; the same keys whatever the order of rows."""
    return np.asarray((keys >> np.uint64(13)) % np.uint64(max(1, -(-int(wanted.sum()) // _LESSONS))) == 0)


def lessons(encoded: Encoded, pairs: Pairs, labels: Rows, spec: Spec) -> Lessons:
    """Hide every certified number and list the cores its record could belong to by other passes."""
    certified = encoded.part(f"{spec.teacher}.certified")
    number = np.zeros(span(labels), dtype=np.uint64)
    np.maximum.at(number, labels, certified)
    blind = np.uint64(sum(1 << i for i, blocking in enumerate(spec.passes) if not spec.uses_teacher(blocking)))
    x, y = _reached(pairs, blind, hidden(encoded, spec))
    keep = number[labels[y]] != 0
    packed = distinct((x[keep] << 32) | labels[y[keep]])
    row, core = packed >> 32, packed & 0xFFFFFFFF
    own = labels[row] == core
    rows_a, rows_b, which = without_self(row, core, labels)
    starts = np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]])) if len(which) else np.zeros(0, dtype=np.int64)
    seen = which[starts]
    codes = pooled(encoded, rows_a, rows_b, starts, spec)
    members = Members.of(labels)
    names = evidence_names(spec)
    slots = [i for i, c in enumerate(spec.comparisons) if c.name in names]
    size = size_class(members.size[core[seen]] - own[seen])
    return Lessons(row[seen], core[seen], np.column_stack([codes[:, slots], size]), (*names, MEMBERS), own[seen])


def _reached(pairs: Pairs, blind: np.uint64, wanted: Flags) -> tuple[Rows, Rows]:
    """Pairs that one of the blind passes reaches, a wanted record first; a pair of two wanted records both ways."""
    reached = (pairs.reach & blind) != 0
    there, back = reached & wanted[pairs.left], reached & wanted[pairs.right]
    return np.concatenate([pairs.left[there], pairs.right[back]]), np.concatenate([pairs.right[there], pairs.left[back]])


def without_self(row: Rows, core: Rows, labels: Rows) -> tuple[Rows, Rows, Rows]:
    """Pairs of every record with every member of the core but itself, and the example each belongs to."""
    single = Members(np.arange(len(labels)), np.arange(len(labels)), np.ones(len(labels), dtype=np.int64))
    rows_a, rows_b, starts = cross(single, row, Members.of(labels), core)
    which = np.repeat(np.arange(len(row)), np.diff(np.concatenate([starts, [len(rows_a)]])))
    keep = rows_a != rows_b
    return rows_a[keep], rows_b[keep], which[keep]


def learn_weights(found: Lessons, spec: Spec, start: Weights | None = None) -> Weights:
    """Fit evidence weights to the lessons, beginning at `start`; the prior ones where there are too few."""
    prior = prior_weights(spec)
    if not taught(found):
        return prior
    distinct, which = patterns(found.codes)
    matches = np.bincount(which, weights=found.own.astype(np.float64), minlength=len(distinct)).astype(np.float64)
    total = np.bincount(which, minlength=len(distinct)).astype(np.float64)
    return fit_logistic(distinct, matches, total - matches, found.names, prior, start)


@dataclass(frozen=True)
class Placed:
    """Every hidden record on its best core: weight, weight of the best other core, and whether it is right."""

    weight: Floats
    rival: Floats
    right: Flags

    def join(self, other: Placed) -> Placed:
        """Append."""
        return Placed(*(np.concatenate([getattr(self, f), getattr(other, f)]) for f in ("weight", "rival", "right")))

    def net(self, shift: float, scale: float) -> Floats:
        """Calibrated weight after rivals, in bits."""
        return np.asarray(shift + scale * self.weight - np.log2(1 + np.exp2(shift + scale * self.rival)))


def placements(found: Lessons, weights: Weights) -> Placed:
    """Place every hidden record."""
    weight = weigh(found.codes, found.names, weights)
    rival = best_rival(found.row, weight)
    order = np.lexsort((found.core, -weight, found.row))
    first = order[np.concatenate([[True], found.row[order][1:] != found.row[order][:-1]])] if len(order) else order
    return Placed(weight[first], rival[first], found.own[first])


def learn_number(encoded: Encoded, pairs: Pairs, labels: Rows, bans: Bans, weights: Weights, spec: Spec) -> Floats:
    """Weigh the number's levels by EM, given the evidence of everything else, in every class of birth dates and names; shape (9, levels).

    Looks at records whose number is present but not beyond doubt, against the cores other passes reach; the levels' usual shares are the prior.
    """
    teaching = next(c for c in spec.comparisons if spec.teacher in c.columns)
    names = [c.name for c in spec.comparisons]
    doubtful = (encoded.part(f"{spec.teacher}.status") > 0) & (encoded.part(f"{spec.teacher}.certified") == 0)
    doubtful &= _share(encoded.part("twin"), doubtful)
    codes, size = _doubtful(encoded, pairs, labels, bans, doubtful, spec)
    evidence = evidence_names(spec)
    slots = [names.index(name) for name in evidence]
    base = weigh(np.column_stack([codes[:, slots], size]), (*evidence, MEMBERS), weights)
    number = codes[:, names.index(teaching.name)]
    classes = number_class(codes, spec)
    prior_m, prior_u = (table[teaching.name] for table in prior_shares(spec))
    known = number > 0
    return np.stack([_number_em(base[known & (classes == k)], number[known & (classes == k)], prior_m, prior_u) for k in range(NUMBER_CLASSES)])


def _doubtful(encoded: Encoded, pairs: Pairs, labels: Rows, bans: Bans, doubtful: Flags, spec: Spec) -> tuple[Small, Small]:
    blind = np.uint64(sum(1 << i for i, blocking in enumerate(spec.passes) if not spec.uses_teacher(blocking)))
    x, y = _reached(pairs, blind, doubtful)
    keep = bans.allowed(labels, labels[x], labels[y])
    packed = distinct((x[keep] << 32) | labels[y[keep]])
    row, core = packed >> 32, packed & 0xFFFFFFFF
    rows_a, rows_b, which = without_self(row, core, labels)
    starts = np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]])) if len(which) else np.zeros(0, dtype=np.int64)
    seen = which[starts]
    codes = pooled(encoded, rows_a, rows_b, starts, spec)
    size = size_class(Members.of(labels).size[core[seen]] - (labels[row[seen]] == core[seen]))
    return codes, size


def _number_em(base: Floats, number: Small, prior_m: Floats, prior_u: Floats, strength: float = 30.0) -> Floats:
    """EM for one class: shares of the levels among matches and others, with pseudo-counts; gives bits per level."""
    m, u = prior_m.copy(), prior_u.copy()
    m[1:], u[1:] = m[1:] / m[1:].sum(), u[1:] / u[1:].sum()
    first_m, first_u = m.copy(), u.copy()
    for _ in range(50):
        posterior = probability(base + np.log2(m / u)[number])
        for shares, first, weight in ((m, first_m, posterior), (u, first_u, 1 - posterior)):
            count = np.bincount(number, weights=weight, minlength=len(shares))[1:] + strength * first[1:]
            shares[1:] = count / count.sum()
    return rounded(np.log2(m / u))
