"""report.html of `hub dedupe`: one self-contained page that says what was found, how sure it is, and where to look."""

from __future__ import annotations

from typing import Any

import jinja2
import numpy as np
import polars as pl

from mappings.masks import MASKS, mask_unknown
from matching.columns import Recognised
from matching.comparisons import KINDS
from matching.model import Model
from matching.types import Result

_HARDEST = 20
_BARS = 40


def render(name: str, records: pl.DataFrame, found: Recognised, model: Model, result: Result, show_values: bool) -> str:
    """Give the page; personal values are masked unless `show_values`."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("matching", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html").render(
        name=name,
        recognised=found.lines(),
        counts=_counts(records, result),
        sizes=_sizes(result),
        curve=expected(model, result),
        learned=bool(model.fitted.get("curve")),
        certain=model.certain,
        histogram=_histogram(result),
        levels=_levels(model),
        blocks=result.report.as_frame().to_dicts(),
        recall=result.report.recall,
        hardest=_hardest(records, found, result, show_values),
        columns=list(found.columns),
        version=model.version,
    )


def _counts(records: pl.DataFrame, result: Result) -> list[tuple[str, int]]:
    grades = dict(result.records["grade"].value_counts().iter_rows())
    cases = dict(result.cases["case_type"].value_counts().iter_rows())
    return [
        ("记录 records", records.height),
        ("人 clusters", result.records["cluster_id"].n_unique()),
        *((f"{zh} {grade}", int(grades.get(grade, 0))) for grade, zh in (("certain", "确定"), ("possible", "待定"), ("no", "单独"))),
        *((f"{zh} {kind}", int(count)) for kind, zh in _CASES.items() if (count := cases.get(kind, 0))),
    ]


_CASES = {"possible": "可能同一人", "two_numbers": "一人多号", "shared_number": "重号", "contradiction": "判定矛盾"}


def _sizes(result: Result) -> list[tuple[int, int]]:
    sizes = result.records.group_by("cluster_id").len()["len"].value_counts().sort("len")
    return [(int(size), int(count)) for size, count in sizes.iter_rows()][:30]


def expected(model: Model, result: Result) -> list[dict[str, Any]]:
    """Expected precision and recall by threshold, with 95 % intervals: as learned from hidden numbers, else by the model's own probabilities."""
    if learned := model.fitted.get("curve"):
        return list(learned)
    chance = result.pairs["probability"].to_numpy()
    rows = []
    for threshold in (0.5, 0.7, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999):
        taken = chance[chance >= threshold]
        mean = float(taken.mean()) if len(taken) else None
        spread = 1.96 * float(np.sqrt((taken * (1 - taken)).sum())) / max(len(taken), 1)
        recall = float(taken.sum() / chance.sum()) if chance.sum() else None
        low, high = (None, None) if mean is None else (max(mean - spread, 0.0), min(mean + spread, 1.0))
        rows.append({"threshold": threshold, "placed": len(taken), "precision": mean, "low": low, "high": high, "recall": recall})
    return rows


def _histogram(result: Result) -> list[dict[str, float]]:
    """Bars of the pairs' weights, height by the square root of the count."""
    weights = np.clip(result.pairs["weight"].to_numpy(), -20, 40)
    counts, edges = np.histogram(weights, bins=_BARS, range=(-20, 40))
    top = float(np.sqrt(counts.max())) if len(weights) else 1.0
    return [{"low": float(edges[i]), "count": int(n), "height": 100 * float(np.sqrt(n)) / max(top, 1e-9)} for i, n in enumerate(counts)]


def _levels(model: Model) -> list[dict[str, Any]]:
    """The m/u chart: every level's share among matches and others, and its weight."""
    rows = []
    for comparison in model.spec.comparisons:
        comparator = KINDS[comparison.kind]
        for code, level in enumerate(comparator.levels, start=1):
            m, u = float(model.weights.m[comparison.name][code]), float(model.weights.u[comparison.name][code])
            weight = float(model.weights.main[comparison.name][code])
            rows.append({"comparison": comparison.name, "level": level.name, "zh": level.zh, "en": level.en, "m": m, "u": u, "weight": weight})
    return rows


def _hardest(records: pl.DataFrame, found: Recognised, result: Result, show_values: bool) -> list[list[list[str]]]:
    """The clusters joined by the weakest evidence, and the likeliest cases, with their records."""
    joined = result.records.filter(pl.col("weight").is_not_null()).group_by("cluster_id").agg(pl.col("weight").min())
    weakest = joined.sort("weight", "cluster_id").head(_HARDEST)["cluster_id"]
    groups = [result.records.filter(pl.col("cluster_id") == cluster)["record_id"].to_list() for cluster in weakest]
    groups += [[row["left_id"], row["right_id"]] for row in result.cases.head(_HARDEST).to_dicts()]
    rows = {row["record_id"]: row for row in records.filter(pl.col("record_id").is_in([i for group in groups for i in group])).to_dicts()}
    return [[[record, *(_shown(f, rows[record][f], show_values) for f in found.columns)] for record in group[:12]] for group in groups]


def _shown(field: str, value: str | None, show_values: bool) -> str:
    if value is None:
        return ""
    return value[:60] if show_values else MASKS.get(field, mask_unknown)(value)[:60]
