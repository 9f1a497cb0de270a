"""Without a number to teach: the model's own first clusters teach it to place a record with a person.

Two clusterings by average linkage, a strict and a generous one, label what they agree on: a record and the rest of its strict cluster are one
person, a record and a cluster that even the generous one keeps apart are not; what they disagree on teaches nothing (self-training with a
margin, after Nigam and Ghani 2000).  The weights learned so compare whole persons, and join what the average of pairs is too timid for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.blocking import identical
from matching.blocks import distinct
from matching.cluster import agglomerate
from matching.engine import JUDGEMENTS, linked
from matching.estimate import MEMBERS, fit_logistic, patterns
from matching.model import Model, Weights
from matching.people import Members, pooled, size_class
from matching.score import score
from matching.seeds import start
from matching.teach import Lessons, taught, without_self
from matching.types import Encoded, Levels, Pairs, Rows, Scored

_GENEROUS = 0.02
"""Probability from which the generous clustering joins."""


def self_taught(model: Model, encoded: Encoded, pairs: Pairs, levels: Levels) -> Model:
    """Add the weights that place records with persons; the model as it is where its clusters are too few to learn from."""
    scored = score(pairs, levels, model)
    strict, generous = (_clusters(encoded, scored, replace(model, certain=certain)) for certain in (model.certain, _GENEROUS))
    found = _agreed(encoded, pairs, strict, generous, model)
    if not taught(found):
        return model
    lessons = {"matches": int(found.own.sum()), "others": int((~found.own).sum())}
    return replace(model, placing=_learned(found, model.weights), fitted={**model.fitted, "labelled": lessons})


def _clusters(encoded: Encoded, scored: Scored, model: Model) -> Rows:
    copies = identical(scored.pairs, model.spec) & (scored.probability >= model.certain)
    labels, bans = start(encoded, scored.pairs, scored.levels, JUDGEMENTS, model, copies)
    return agglomerate(encoded, scored.pairs.where(linked(scored, model)), labels, np.full(len(encoded), np.nan), bans, model).labels


def _agreed(encoded: Encoded, pairs: Pairs, strict: Rows, generous: Rows, model: Model) -> Lessons:
    """Records of clusters of two or more against every cluster some pass reaches, where both clusterings say the same."""
    x, y = np.concatenate([pairs.left, pairs.right]), np.concatenate([pairs.right, pairs.left])
    sizes = Members.of(strict).size
    same, apart = strict[x] == strict[y], generous[x] != generous[y]
    keep = (sizes[strict[x]] > 1) & (same | apart)
    packed = distinct((x[keep] << 32) | strict[y[keep]])
    row, core = packed >> 32, packed & 0xFFFFFFFF
    rows_a, rows_b, which = without_self(row, core, strict)
    starts = np.flatnonzero(np.concatenate([[True], which[1:] != which[:-1]])) if len(which) else np.zeros(0, dtype=np.int64)
    seen = which[starts]
    row, core = row[seen], core[seen]
    own = strict[row] == core
    codes = np.column_stack([pooled(encoded, rows_a, rows_b, starts, model.spec), size_class(sizes[core] - own)])
    return Lessons(row, core, codes, (*(c.name for c in model.spec.comparisons), MEMBERS), own)


def _learned(found: Lessons, prior: Weights) -> Weights:
    distinct, which = patterns(found.codes)
    matches = np.bincount(which, weights=found.own.astype(np.float64), minlength=len(distinct)).astype(np.float64)
    total = np.bincount(which, minlength=len(distinct)).astype(np.float64)
    return fit_logistic(distinct, matches, total - matches, found.names, prior)
