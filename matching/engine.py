"""The whole of matching in one function of records, judgements and model version: standardise, block, compare, score, cluster."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from matching.blocking import block, identical
from matching.cases import find_cases
from matching.cluster import Persons, agglomerate
from matching.compare import compare
from matching.model import Model
from matching.people import span
from matching.score import probability, score
from matching.seeds import judged, same_number, start
from matching.standardise import standardise
from matching.types import GRADES, BlockReport, Encoded, Flags, Levels, Pairs, Partition, Result, Rows, Scored

JUDGEMENTS = pl.DataFrame(schema={"left_id": pl.String, "right_id": pl.String, "verdict": pl.String})
"""No judgement: the shape of the frame `match` takes."""


def match(records: pl.DataFrame, model: Model, judgements: pl.DataFrame | None = None) -> Result:
    """Find which records are one person.

    Args:
        records: one row per record: `record_id` (unique), `founding` (smaller = older), and any of the model's columns as text.
        model: a fitted model version.
        judgements: `left_id`, `right_id`, `verdict` (same, different, unsure); pairs with a record that is not here are ignored.
    """
    clock = [("start", time.perf_counter())]
    encoded = standardise(records, model)
    clock.append(("standardise", time.perf_counter()))
    return match_encoded(encoded, model, JUDGEMENTS if judgements is None else judgements, clock)


def match_encoded(encoded: Encoded, model: Model, judgements: pl.DataFrame, clock: list[tuple[str, float]] | None = None) -> Result:
    """Match standardised records."""
    clock = clock or [("start", time.perf_counter())]
    pairs = block(encoded, model)
    clock.append(("block", time.perf_counter()))
    levels = compare(encoded, pairs, model.spec)
    clock.append(("compare", time.perf_counter()))
    return match_compared(encoded, pairs, levels, judgements, model, clock)


def match_compared(encoded: Encoded, pairs: Pairs, levels: Levels, judgements: pl.DataFrame, model: Model, clock: list[tuple[str, float]]) -> Result:
    """Match standardised records whose candidate pairs are compared already."""
    scored = score(pairs, levels, model)
    clock.append(("score", time.perf_counter()))
    partition, persons = cluster(encoded, scored, judgements, model)
    clock.append(("cluster", time.perf_counter()))
    report = replace(pairs.report, recall=_recall(pairs, scored, encoded, model)) if pairs.report else BlockReport((), (), (), (), ())
    seconds = {name: after - before for (_, before), (name, after) in pairwise(clock)}
    return Result(partition, lambda: _pairs_frame(encoded, scored, persons.labels, partition, model), report, seconds)


def cluster(encoded: Encoded, scored: Scored, judgements: pl.DataFrame, model: Model) -> tuple[Partition, Persons]:
    """Join scored pairs into persons and list what a steward should decide."""
    copies = identical(scored.pairs, model.spec) & (scored.probability >= model.certain)
    labels, bans = start(encoded, scored.pairs, scored.levels, judgements, model, copies)
    joined = np.full(len(encoded), np.nan)
    candidates = scored.pairs.where(linked(scored, model))
    persons = agglomerate(encoded, candidates, labels, joined, bans, model)
    if model.placing is not None:
        persons = agglomerate(encoded, candidates, persons.labels, persons.joined, bans, model.placer)
    founders = _founders(persons.labels)
    cases = find_cases(encoded, scored, persons, founders, judged(encoded, judgements, "same"), model)
    return Partition(_placements(encoded, persons, founders, cases, model), cases), persons


def linked(scored: Scored, model: Model) -> Flags:
    """Say which candidate pairs can matter: everything about a record follows from the records it is so linked with, directly or not."""
    return np.asarray((scored.weight >= model.spec.rules.floor) | same_number(scored.levels, model.spec))


def _founders(labels: Rows) -> Rows:
    """Row of the founding (oldest) record of every cluster."""
    founder = np.empty(span(labels), dtype=np.int64)
    founder[labels[::-1]] = np.arange(len(labels))[::-1]
    return founder


def _placements(encoded: Encoded, persons: Persons, founders: Rows, cases: pl.DataFrame, model: Model) -> pl.DataFrame:
    ids = encoded.ids
    sizes = np.bincount(persons.labels)[persons.labels] if len(persons.labels) else persons.labels
    doubtful = ids.is_in(pl.concat([cases["left_cluster"], cases["right_cluster"]]).implode()) if cases.height else pl.Series([False] * len(ids))
    cluster_id = ids[founders[persons.labels]] if len(ids) else ids
    doubtful = cluster_id.is_in(pl.concat([cases["left_cluster"], cases["right_cluster"]]).implode()) if cases.height else doubtful
    grade = np.where(sizes > 1, 2, np.where(doubtful.to_numpy(), 1, 0)) if len(ids) else np.zeros(0, dtype=np.int64)
    return pl.DataFrame(
        {
            "record_id": ids,
            "cluster_id": cluster_id,
            "grade": pl.Series([GRADES[g] for g in grade], dtype=pl.String),
            "weight": persons.joined,
            "probability": probability(persons.joined),
        }
    ).with_columns(pl.col("weight", "probability").fill_nan(None))


def _pairs_frame(encoded: Encoded, scored: Scored, labels: Rows, partition: Partition, model: Model) -> pl.DataFrame:
    """All candidate pairs above the floor with the verdict of the clustering, by the ids of their records."""
    ids, clusters = encoded.ids, partition.records["cluster_id"]
    place = np.empty(len(ids), dtype=np.int64)
    place[ids.arg_sort().to_numpy()] = np.arange(len(ids))
    keep = np.flatnonzero((scored.weight >= model.spec.rules.floor) | (labels[scored.pairs.left] == labels[scored.pairs.right]))
    keep = keep[np.lexsort((place[scored.pairs.right[keep]], place[scored.pairs.left[keep]]))]  # here, for sorting the frame would hold it twice
    left, right = scored.pairs.left[keep], scored.pairs.right[keep]
    together = labels[left] == labels[right]
    possible = partition.cases.filter(pl.col("case_type") == "possible").select("left_cluster", "right_cluster")
    both = pl.DataFrame({"a": clusters[left], "b": clusters[right]}).select(pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b"))
    listed = possible.select(pl.min_horizontal("left_cluster", "right_cluster").alias("a"), pl.max_horizontal("left_cluster", "right_cluster").alias("b"))
    doubtful = both.join(listed.unique().with_columns(pl.lit(True).alias("hit")), on=["a", "b"], how="left", maintain_order="left")["hit"].fill_null(False)
    grade = np.where(together, 2, np.where(doubtful.to_numpy(), 1, 0))
    frame = pl.DataFrame(
        {
            "left_id": ids[left],
            "right_id": ids[right],
            "weight": scored.weight[keep],
            "probability": scored.probability[keep],
            "grade": pl.Series(np.array(GRADES)[grade], dtype=pl.String),
        }
    )
    levels = pl.DataFrame({name: scored.levels.codes[keep, slot] for slot, name in enumerate(scored.levels.names)})
    return frame.hstack(levels)


def _recall(pairs: Pairs, scored: Scored, encoded: Encoded, model: Model) -> float | None:
    """Share of the pairs certified by the number that a pass without the number also reaches."""
    teacher = model.spec.teacher
    if teacher is None:
        return None
    certified = encoded.part(f"{teacher}.certified")
    proven = (certified[pairs.left] != 0) & (certified[pairs.left] == certified[pairs.right])
    blind = np.uint64(sum(1 << i for i, blocking in enumerate(model.spec.passes) if not model.spec.uses_teacher(blocking)))
    proven &= ~identical(pairs, model.spec)
    return float(((pairs.reach & blind) != 0)[proven].mean()) if proven.any() else None
