"""Why two records are (not) one person, and why a record stands where it does: for any pair, and any record of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from hub.errors import ConfigError
from matching.compare import compare_rows
from matching.explain import Sentence, explain
from matching.kinds import Kind, kinds
from matching.model import Model
from matching.people import size_class
from matching.score import model_weight, probability
from matching.standardise import standardise
from matching.turning import Turn, turning


@dataclass(frozen=True)
class Account:
    """The evidence between a record and another, or all others of a cluster: sentences that add up to the weight, kinds, what would turn it."""

    weight: float
    probability: float
    sentences: list[Sentence]
    kinds: list[Kind]
    turns: list[Turn]


def explain_pair(records: pl.DataFrame, model: Model, left_id: str, right_id: str) -> Account:
    """Explain two records; a ConfigError when one is not among `records`."""
    return _account(records.filter(pl.col("record_id").is_in([left_id, right_id])), model, left_id, [right_id])


def explain_record(records: pl.DataFrame, model: Model, record_id: str) -> Account:
    """Explain a record against all others of `records`, which are its cluster, by the best each comparison finds among them."""
    others = [record for record in records["record_id"].to_list() if record != record_id]
    if not others:
        raise ConfigError(f"{record_id}: it stands alone; there is nothing it was joined by")
    return _account(records, model, record_id, others)


def _account(records: pl.DataFrame, model: Model, record_id: str, others: list[str]) -> Account:
    encoded = standardise(records, model)
    rows = {record: row for row, record in enumerate(encoded.ids.to_list())}
    missing = [record for record in (record_id, *others) if record not in rows]
    if missing:
        raise ConfigError(f"{', '.join(missing)}: no such record here; name two records that are")
    model = model.placer
    left, right = np.full(len(others), rows[record_id], dtype=np.int64), np.array([rows[other] for other in others], dtype=np.int64)
    names = tuple(comparison.name for comparison in model.spec.comparisons)
    codes = compare_rows(encoded, left, right, model.spec).max(axis=0, keepdims=True)
    members = size_class(np.array([len(others)], dtype=np.int64))
    weight = float(model_weight(codes, names, members, model)[0])
    levels = {name: int(code) for name, code in zip(names, codes[0], strict=True)}
    told = explain(model, levels, members=int(members[0]))
    return Account(weight, float(probability(np.array([weight]))[0]), told, kinds(model.spec, levels), turning(model, levels, weight))
