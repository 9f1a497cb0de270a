"""What people decided teaches too: their verdicts on pairs of records move the weights of a fitted model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from matching.compare import compare_rows
from matching.estimate import MEMBERS, evidence_names, fit_logistic, patterns
from matching.model import Model, Weights
from matching.seeds import judged
from matching.types import Encoded, Flags, Floats, Small

_WORTH, _WHOLE = 0.25, 1.0
"""What a verdict weighs beside what numbers have taught the model, and where nothing has."""
_STILL, _LITTLE = 1e-4, 0.05
_KEPT = 30.0
"""Verdicts that weigh as much as the shares of levels (m, u) the model has."""


def heed(model: Model, encoded: Encoded, verdicts: pl.DataFrame) -> Model:
    """Give the model with its weights moved by verdicts (`left_id`, `right_id`, `verdict`), the model's own being the prior (maximum a posteriori).

    Pairs on which the number speaks are left out: people see those because of the number, and would teach that all else says the contrary.  Where
    two records start before any evidence stays too: people see the doubtful pairs only.
    """
    spec = model.spec
    sides = [judged(encoded, verdicts, verdict) for verdict in ("same", "different")]
    left, right = (np.concatenate([side[at] for side in sides]) for at in (0, 1))
    same = np.arange(len(left)) < len(sides[0][0])
    codes = compare_rows(encoded, left, right, spec) if len(left) else np.zeros((0, len(spec.comparisons)), dtype=np.uint8)
    names = evidence_names(spec)
    slots = [slot for slot, comparison in enumerate(spec.comparisons) if comparison.name in names]
    silent = (codes[:, [slot for slot in range(codes.shape[1]) if slot not in slots]] == 0).all(axis=1)
    counts = {"same": int((same & silent).sum()), "different": int((~same & silent).sum())}
    model = replace(model, fitted={**model.fitted, "verdicts": counts})
    if not silent.any():
        return model
    evidence = np.column_stack([codes[silent][:, slots], np.ones(int(silent.sum()), dtype=np.uint8)])
    lessons = (evidence, same[silent], (*names, MEMBERS), _WORTH if "curve" in model.fitted else _WHOLE)
    if model.placing is not None:
        return replace(model, placing=_moved(model.placing, *lessons))
    return replace(model, weights=_moved(model.weights, *lessons))


def _moved(weights: Weights, codes: Small, same: Flags, names: tuple[str, ...], worth: float) -> Weights:
    """Fit to the verdicts, their worth doubled from next to nothing: so that no step overshoots where most verdicts say the contrary of the model."""
    distinct, which = patterns(codes)
    total = np.bincount(which, minlength=len(distinct)).astype(np.float64)
    matches = np.bincount(which, weights=same.astype(np.float64), minlength=len(distinct))
    learned = weights
    for step in range(max(0, int(np.ceil(np.log2(worth * len(codes) / _LITTLE)))), -1, -1):
        share = worth / 2**step
        learned = fit_logistic(distinct, share * matches, share * (total - matches), names, weights, learned, base_spread=_STILL)
    m, u = (_shares(table, codes[chosen], names) for table, chosen in ((weights.m, same), (weights.u, ~same)))
    return replace(learned, base=weights.base, cross={**weights.cross, **learned.cross}, m=m, u=u)


def _shares(known: dict[str, Floats], codes: Small, names: tuple[str, ...]) -> dict[str, Floats]:
    """Shares of levels with those of the verdicts counted in; level 0 (absent) holds 1."""
    found = dict(known)
    for slot, name in enumerate(names):
        if name in known:
            count = _KEPT * known[name][1:] + np.bincount(codes[:, slot], minlength=len(known[name]))[1:]
            found[name] = np.concatenate([[1.0], count / count.sum()])
    return found
