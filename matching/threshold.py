"""Thresholds without labels: place records whose number was hidden, see how often that was right, and take the smallest safe threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaincinv

from matching.types import Flags, Floats

_CURVE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
_LOWEST, _HIGHEST = 0.85, 0.999
_ENOUGH = 500


def calibrate(net: Floats, right: Flags) -> tuple[float, float]:
    """Fit probability = 1 / (1 + 2^-(a + b net)) to placements with known outcome, near a = 0, b = 1; gives (a, b)."""
    x = np.column_stack([np.ones(len(net)), np.clip(net, -20, 20)])
    coefficients, centre = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    precision = np.array([1.0, 20.0])
    y = right.astype(np.float64)
    for _ in range(30):
        p = 1 / (1 + np.exp2(-np.clip(x @ coefficients, -60, 60)))
        gradient = x.T @ (p - y) * np.log(2) + precision * (coefficients - centre)
        hessian = (x.T * (p * (1 - p) + 1e-9)) @ x * np.log(2) ** 2 + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        coefficients = coefficients - step
        if np.abs(step).max() < 1e-7:
            break
    return float(coefficients[0]), float(max(coefficients[1], 0.2))


def choose(chance: Floats, right: Flags, wanted: float, fallback: float) -> float:
    """Take the smallest probability at which placements are right as often as wanted; `fallback` where too few are known."""
    if len(chance) < _ENOUGH:
        return fallback
    order = np.argsort(-chance, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= wanted)
    reached = float(chance[order][good[-1]]) if len(good) else _HIGHEST
    return float(np.clip(np.floor(reached * 10000) / 10000, _LOWEST, _HIGHEST))


def curve(chance: Floats, right: Flags, placeable: int) -> list[dict[str, Any]]:
    """Give expected precision (with its 95 % interval, Clopper and Pearson 1934) and recall of placements by threshold."""
    rows = []
    for threshold in _CURVE:
        taken = chance >= threshold
        n, k = int(taken.sum()), int((taken & right).sum())
        low = float(betaincinv(k, n - k + 1, 0.025)) if k else 0.0
        high = float(betaincinv(k + 1, n - k, 0.975)) if k < n else 1.0
        rows.append(
            {"threshold": threshold, "placed": n, "precision": k / n if n else None, "low": low, "high": high, "recall": k / placeable if placeable else None}
        )
    return rows
