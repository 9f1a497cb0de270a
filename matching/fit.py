"""Fitting a model version: count frequencies, freeze narrowed blocks, learn weights and thresholds from the records themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from matching.blocking import block, fit_narrowed, stand_ins
from matching.compare import compare
from matching.estimate import evidence_names, prior_weights
from matching.frequency import fit_frequency
from matching.hashing import seed_of
from matching.model import Model, Weights
from matching.people import Bans
from matching.score import probability
from matching.seeds import start
from matching.selftaught import self_taught
from matching.shares import fit_em
from matching.spec import Spec, load_spec
from matching.standardise import encode, rank
from matching.teach import Lessons, Placed, learn_number, learn_weights, lessons, placements, taught
from matching.threshold import calibrate, choose, curve
from matching.types import Encoded, Pairs, Rows

_FAINT = -3.0
"""Bits below which the best rival of a placement does not blur its calibration."""


def fit(records: pl.DataFrame, spec: Spec | None = None, key: bytes = b"") -> Model:
    """Fit a model version to person records; `key` is a secret mixed into every stored hash.

    Raises FatalError when `record_id` is missing or not unique.
    """
    model, _ = fit_encoded(encode(records, spec or load_spec(), seed_of(key)), spec or load_spec(), key)
    return model


def fit_encoded(encoded: Encoded, spec: Spec, key: bytes) -> tuple[Model, Encoded]:
    """Fit to standardised records; gives the model and the records with their frequency classes."""
    frequency = fit_frequency(encoded, spec)
    model = Model(spec, prior_weights(spec), frequency, certain=spec.rules.certain, key=key)
    encoded = rank(encoded, model)
    model = replace(model, narrowed=fit_narrowed(encoded, spec, model.seed))
    pairs = block(encoded, model)
    levels = compare(encoded, pairs, spec)
    facts: dict[str, Any] = {"records": len(encoded), "pairs": len(pairs)}
    if spec.teacher:
        labels, bans = start(encoded, pairs, levels, pl.DataFrame(), model)
        found = lessons(encoded, pairs, labels, spec)
        facts["labelled"] = {"matches": int(found.own.sum()), "others": int((~found.own).sum())}
        if taught(found):
            return _taught(model, encoded, pairs, labels, bans, found, facts), encoded
        return replace(model, fitted=facts), encoded
    return self_taught(replace(model, weights=fit_em(encoded, levels, spec), fitted=facts), encoded, pairs, levels), encoded


def _taught(model: Model, encoded: Encoded, pairs: Pairs, labels: Rows, bans: Bans, found: Lessons, facts: dict[str, Any]) -> Model:
    weights = learn_weights(found, model.spec)
    placed = _crossed(found, encoded, model.spec, weights)
    shift, scale = calibrate(placed.weight[placed.rival < _FAINT], placed.right[placed.rival < _FAINT])
    weights = weights.scaled(shift, scale)
    number = learn_number(encoded, pairs, labels, bans, weights, model.spec)
    model = replace(model, weights=weights, number=number)
    chance, right = probability(placed.net(shift, scale)), placed.right
    certain = choose(chance, right, model.spec.rules.precision, model.spec.rules.certain)
    _, copies = stand_ins(encoded)
    sizes = np.bincount(labels[~copies], minlength=len(labels))[labels]
    placeable = int(((encoded.part(f"{model.spec.teacher}.certified") != 0) & ~copies & (sizes > 1)).sum())
    return replace(model, certain=certain, fitted={**facts, "evidence": list(evidence_names(model.spec)), "curve": curve(chance, right, placeable)})


def _crossed(found: Lessons, encoded: Encoded, spec: Spec, weights: Weights) -> Placed:
    """Place every hidden record with weights learned from the other half of the numbers."""
    half = (encoded.part(f"{spec.teacher}.certified")[found.row] >> np.uint64(7)) & np.uint64(1)
    first, second = (placements(found.where(half == side), learn_weights(found.where(half != side), spec, weights)) for side in (0, 1))
    return first.join(second)
