"""report.html of `hub dedupe`: one self-contained page that says what was found, how sure it is, and where to look."""

from __future__ import annotations

from typing import Any

import jinja2
import numpy as np
import polars as pl

from mappings.masks import MASKS, mask_unknown
from matching.columns import Recognised
from matching.comparisons import KINDS
from matching.explain import Sentence, explain
from matching.kinds import Kind, kinds
from matching.model import Model
from matching.types import Result

_HARDEST, _SHOWN, _POINTS = 20, 12, 3
_BARS, _LOW, _HIGH = 60, -20.0, 40.0
_SEEN, _TELLING = 5e-5, 1.0


def render(name: str, records: pl.DataFrame, found: Recognised, model: Model, result: Result, show_values: bool) -> str:
    """Give the page; personal values are masked unless `show_values`."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("matching", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html").render(
        name=name,
        recognised=found.rows(),
        counts=_counts(records, result),
        sizes=_sizes(result),
        curve=(curve := expected(model, result)),
        at=_in_use(curve, model.certain),
        learned=bool(model.fitted.get("curve")),
        certain=model.certain,
        histogram=_histogram(result),
        levels=_levels(model),
        blocks=result.report.as_frame().to_dicts(),
        recall=result.report.recall,
        hardest=_hardest(records, found, model, result, show_values),
        columns=list(found.columns),
        version=model.version,
    )


def _in_use(curve: list[dict[str, Any]], certain: float) -> dict[str, Any] | None:
    """The row of the curve for the threshold in use: the largest not above it."""
    below = [row for row in curve if row["threshold"] <= certain and row["precision"] is not None]
    return below[-1] if below else None


def _counts(records: pl.DataFrame, result: Result) -> list[tuple[str, int]]:
    grades = dict(result.records["grade"].value_counts().iter_rows())
    cases = dict(result.cases["case_type"].value_counts().iter_rows())
    return [
        ("记录 records", records.height),
        ("人 persons", result.records["cluster_id"].n_unique()),
        *((label, int(grades.get(grade, 0))) for grade, label in _GRADES.items()),
        *((f"{zh} {kind.replace('_', ' ')}", int(count)) for kind, zh in _CASES.items() if (count := cases.get(kind, 0))),
    ]


_GRADES = {"certain": "有同一人记录 with others, certain", "possible": "待定 alone, doubtful", "no": "单独 alone"}
_CASES = {"possible": "可能同一人", "two_numbers": "一人多号", "shared_number": "重号", "contradiction": "判定矛盾", "bridge": "仅靠一处弱联系"}


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


def _histogram(result: Result) -> dict[str, Any]:
    """Bars of the pairs' weights, height by the square root of the count, coloured by what became of them; and where the axis has marks."""
    weights = np.clip(result.pairs["weight"].to_numpy(), _LOW, _HIGH)
    joined = result.pairs["grade"].to_numpy() == "certain"
    edges = np.linspace(_LOW, _HIGH, _BARS + 1)
    together, apart = (np.histogram(weights[chosen], bins=edges)[0] for chosen in (joined, ~joined))
    top = max(float(np.sqrt((together + apart).max())), 1.0) if len(weights) else 1.0
    bars = [
        {"at": i, "low": float(edges[i]), "together": int(a), "apart": int(b), "a": 100 * float(np.sqrt(a + b)) / top, "b": 100 * float(np.sqrt(b)) / top}
        for i, (a, b) in enumerate(zip(together, apart, strict=True))
    ]
    span = (_HIGH - _LOW) / _BARS
    return {"bars": bars, "marks": [{"bits": bits, "at": (bits - _LOW) / span} for bits in range(int(_LOW), int(_HIGH) + 1, 10)]}


def _levels(model: Model) -> list[dict[str, Any]]:
    """The m/u chart: per comparison, every level's share among matches and others, and its weight; levels nobody has are left out."""
    chart = []
    for comparison in model.spec.comparisons:
        rows = []
        for code, level in enumerate(KINDS[comparison.kind].levels, start=1):
            m, u = float(model.weights.m[comparison.name][code]), float(model.weights.u[comparison.name][code])
            if m >= _SEEN or u >= _SEEN:
                rows.append({"zh": level.zh, "en": level.en, "m": m, "u": u, "weight": float(model.weights.main[comparison.name][code])})
        chart.append({"name": comparison.name, "rows": rows})
    return chart


def _hardest(records: pl.DataFrame, found: Recognised, model: Model, result: Result, show_values: bool) -> list[dict[str, Any]]:
    """The likeliest cases and the clusters joined by the weakest evidence: title, records, and the strongest points for and against."""
    joined = result.records.filter(pl.col("weight").is_not_null()).sort("weight", "record_id").unique("cluster_id", keep="first", maintain_order=True)
    groups = [(_CASES[row["case_type"]], row["case_type"], row["weight"], [row["left_id"], row["right_id"]]) for row in result.cases.head(_HARDEST).to_dicts()]
    for row in joined.head(_HARDEST).to_dicts():
        members = result.records.filter(pl.col("cluster_id") == row["cluster_id"])["record_id"].to_list()
        first = [row["record_id"], *(record for record in members if record != row["record_id"])]
        groups.append(("归为一人", "joined", row["weight"], first[:_SHOWN]))
    rows = {row["record_id"]: row for row in records.filter(pl.col("record_id").is_in([i for group in groups for i in group[3]])).to_dicts()}
    compared = _compared(result, [(ids[0], other) for _, _, _, ids in groups for other in ids[1:]])
    return [
        {
            "zh": zh,
            "en": en,
            "weight": weight,
            "rows": [[record, *(_shown(f, rows[record][f], show_values) for f in found.columns)] for record in ids],
            "points": _points(model, compared, ids),
            "kinds": _kinds(model, compared, ids),
        }
        for zh, en, weight, ids in groups
    ]


def _compared(result: Result, wanted: list[tuple[str, str]]) -> dict[frozenset[str], dict[str, Any]]:
    pairs = {frozenset(pair) for pair in wanted}
    ids = [record for pair in wanted for record in pair]
    near = result.pairs.filter(pl.col("left_id").is_in(ids) & pl.col("right_id").is_in(ids))
    return {key: row for row in near.to_dicts() if (key := frozenset((row["left_id"], row["right_id"]))) in pairs}


def _points(model: Model, compared: dict[frozenset[str], dict[str, Any]], ids: list[str]) -> list[Sentence]:
    """The strongest points for and against the first record being the one of the others it is most like."""
    rows = [row for other in ids[1:] if (row := compared.get(frozenset((ids[0], other))))]
    if not rows:
        return []
    best = max(rows, key=lambda row: (row["weight"], row["left_id"], row["right_id"]))
    told = [one for one in explain(model.placer, best) if one.comparison not in ("before", "together") and abs(one.weight) >= _TELLING]
    return [*[one for one in told if one.weight > 0][:_POINTS], *[one for one in told if one.weight < 0][:_POINTS]]


def _kinds(model: Model, compared: dict[frozenset[str], dict[str, Any]], ids: list[str]) -> list[Kind]:
    row = compared.get(frozenset(ids[:2])) if len(ids) == 2 else None
    return kinds(model.spec, row) if row else []


def _shown(field: str, value: str | None, show_values: bool) -> str:
    if value is None:
        return ""
    return value[:60] if show_values else MASKS.get(field, mask_unknown)(value)[:60]
