"""Fitting a model version: count frequencies, freeze narrowed blocks, learn weights and thresholds from the records themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from matching.blocking import fit_blocks, stand_ins
from matching.compare import compare
from matching.engine import JUDGEMENTS, match_compared
from matching.estimate import evidence_names, prior_weights
from matching.frequency import fit_frequency
from matching.hashing import seed_of
from matching.heed import heed
from matching.model import Model, Weights
from matching.people import Bans
from matching.score import probability
from matching.seeds import start
from matching.selftaught import self_taught
from matching.shares import fit_em
from matching.spec import Spec, load_spec
from matching.standardise import encode, rank
from matching.teach import Lessons, Placed, hidden, learn_number, learn_weights, lessons, placements, taught
from matching.threshold import calibrate, choose, curve
from matching.types import Encoded, Levels, Pairs, Result, Rows

_FAINT = -3.0
"""Bits below which the best rival of a placement does not blur its calibration."""


@dataclass(frozen=True)
class Fitted:
    """A new model version, and what was made of the records on the way to it."""

    model: Model
    encoded: Encoded
    pairs: Pairs
    levels: Levels


def fit(records: pl.DataFrame, spec: Spec | None = None, key: bytes = b"", judgements: pl.DataFrame | None = None) -> Model:
    """Fit a model version to person records; `key` is a secret mixed into every stored hash.

    judgements: what people decided about pairs of these records (`left_id`, `right_id`, `verdict`), which moves the weights (`heed`).
    Raises FatalError when `record_id` is missing or not unique.
    """
    fitted = _fit(records, spec or load_spec(), key)
    return fitted.model if judgements is None else heed(fitted.model, fitted.encoded, judgements)


def fit_and_match(records: pl.DataFrame, spec: Spec | None = None, key: bytes = b"", judgements: pl.DataFrame | None = None) -> tuple[Model, Result]:
    """Fit a model version and match the same records with it: what `fit` and `match` give, every record and pair looked at once."""
    clock = [("start", perf_counter())]
    fitted = _fit(records, spec or load_spec(), key)
    clock.append(("fit", perf_counter()))
    judged = JUDGEMENTS if judgements is None else judgements
    return fitted.model, match_compared(fitted.encoded, fitted.pairs, fitted.levels, judged, fitted.model, clock)


def _fit(records: pl.DataFrame, spec: Spec, key: bytes) -> Fitted:
    return fit_encoded(encode(records, spec, seed_of(key)), spec, key)


def fit_encoded(encoded: Encoded, spec: Spec, key: bytes) -> Fitted:
    """Fit to standardised records (without their frequency classes)."""
    frequency = fit_frequency(encoded, spec)
    model = Model(spec, prior_weights(spec), frequency, certain=spec.rules.certain, key=key)
    encoded = rank(encoded, model)
    narrowed, pairs = fit_blocks(encoded, spec, model.seed)
    model = replace(model, narrowed=narrowed)
    levels = compare(encoded, pairs, spec)
    facts: dict[str, Any] = {"records": len(encoded), "pairs": len(pairs)}
    if spec.teacher:
        labels, bans = start(encoded, pairs, levels, pl.DataFrame(), model)
        found = lessons(encoded, pairs, labels, spec)
        facts["labelled"] = {"matches": int(found.own.sum()), "others": int((~found.own).sum())}
        if taught(found):
            return Fitted(_taught(model, encoded, pairs, labels, bans, found, facts), encoded, pairs, levels)
        return Fitted(replace(model, fitted=facts), encoded, pairs, levels)
    return Fitted(self_taught(replace(model, weights=fit_em(encoded, levels, spec), fitted=facts), encoded, pairs, levels), encoded, pairs, levels)


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
    placeable = int((hidden(encoded, model.spec) & ~copies & (sizes > 1)).sum())
    return replace(model, certain=certain, fitted={**facts, "evidence": list(evidence_names(model.spec)), "curve": curve(chance, right, placeable)})


def _crossed(found: Lessons, encoded: Encoded, spec: Spec, weights: Weights) -> Placed:
    """Place every hidden record with weights learned from the other half of the numbers."""
    half = (encoded.part(f"{spec.teacher}.certified")[found.row] >> np.uint64(7)) & np.uint64(1)
    first, second = (placements(found.where(half == side), learn_weights(found.where(half != side), spec, weights)) for side in (0, 1))
    return first.join(second)
