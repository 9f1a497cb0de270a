"""Resolve: which records are one person, and one employer; writes the crosswalk, the golden records and the cases.

Runs one at a time and does nothing when neither batches nor judgements nor the model have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import polars as pl

from hub.pipeline import mart, queue
from hub.pipeline.employers import resolve_employers
from hub.pipeline.extract import Progress, silent
from hub.pipeline.golden import agreed_pins, golden_rows
from hub.pipeline.memory import remembered
from hub.pipeline.pairs import pair_rows
from hub.pipeline.placing import lock, model_key, place, placed_of, rematched
from hub.pipeline.timing import timed
from matching import Model, fit, match
from warehouse import audit, identity, models, pins
from warehouse.db import Connection, connect, source_lock
from warehouse.identity import Moves

PERSON = "person_record"


@dataclass(frozen=True)
class Resolved:
    """What a run found and changed; `ran` is False when there was nothing new."""

    ran: bool
    counts: dict[str, Any]
    seconds: dict[str, float]


@timed("resolve")
def resolve(progress: Progress = silent, *, force: bool = False) -> Resolved:
    """Match all person and employer records by the approved model (fitted now, if there is none) and publish the result.

    A no-op when nothing has changed since the last run, unless `force`; the mart follows in either case.
    """
    with source_lock("resolve"):
        with connect() as connection:
            key, last = identity.state_key(connection), identity.last_run(connection)
        resolved = Resolved(False, last[1], {}) if last and last[0] == key and not force else _resolve(progress)
    mart.refresh()
    return resolved


def _resolve(progress: Progress) -> Resolved:
    seconds: dict[str, float] = {}
    started = perf_counter()

    def lap(stage: str) -> None:
        nonlocal started
        seconds[stage], started = perf_counter() - started, perf_counter()

    with connect() as connection:
        progress("reading records", 0)
        (state, _), known = identity.state(connection), identity.last_judgement(connection)
        records, judged = identity.person_records(connection), identity.judgements(connection, PERSON)
        version, model = _model(connection, records)
        lap("read")
        progress("matching", len(records))
        result = match(records, model, judged)
        lap("match")
        progress("writing", len(records))
        lock(connection)
        placed = _places(records, result.records, version)
        moves = identity.write_crosswalk(connection, PERSON, placed)
        doubtful = remembered(connection, result.cases, result.records, records)
        identity.write_pairs(connection, PERSON, pair_rows(doubtful, version, PERSON, result.pairs))
        pinned = pins.in_force(connection)
        golden = golden_rows(records, placed, pinned)
        pins.note_agreed(connection, agreed_pins(records, placed, golden, pinned))
        changed = identity.write_golden(connection, golden)
        employers = resolve_employers(connection, version)
        counts = _counts(records, golden, doubtful, moves, changed) | {"employers": employers}
        _catch_up(connection, known)
        queue.fill(connection)
        identity.add_run(connection, identity.run_key(state, version), version, counts)
        audit.record(connection, "pipeline", "resolve", f"model {version}", placed=moves.placed, moved=moves.moved, golden=changed)
        lap("write")
    return Resolved(True, counts, seconds)


def _catch_up(connection: Connection, known: int) -> None:
    """Verdicts given while this run was matching stand too: their persons are placed by them, and the next run begins from there."""
    late = identity.judged_since(connection, known)
    if late:
        persons = set(placed_of(connection, late).values())
        place(connection, rematched(connection, persons))


def _model(connection: Connection, records: pl.DataFrame) -> tuple[int, Model]:
    """The model in force; the very first is fitted from these records and approved as such."""
    found = models.current(connection)
    if found is None:
        model = fit(records, key=model_key())
        reason = "first model, fitted at the first resolve"
        return models.add(connection, model.to_json(), state="approved", effect=None, author="hub", reason=reason), model
    return found[0], Model.from_json(found[1], model_key())


def _places(records: pl.DataFrame, placements: pl.DataFrame, version: int) -> pl.DataFrame:
    """Turn clusters into placements: the id of a cluster is the candidate id of its oldest record."""
    ids = dict(records.select("record_id", "candidate_id").iter_rows())
    frame = records.select("record_id", "source", "source_key", "candidate_id").join(
        placements.select("record_id", "cluster_id", "grade"), on="record_id", validate="1:1"
    )
    return frame.select(
        "source",
        "source_key",
        "candidate_id",
        entity_id=pl.col("cluster_id").replace_strict(ids, return_dtype=pl.String),
        grade="grade",
        model_version=pl.lit(version, pl.Int64),
    )


def _counts(records: pl.DataFrame, golden: pl.DataFrame, doubtful: pl.DataFrame, moves: Moves, changed: int) -> dict[str, Any]:
    kinds = dict(doubtful.group_by("case_type").len().sort("case_type").rows())
    return {"records": len(records), "persons": len(golden), "cases": kinds, **vars(moves), "golden_written": changed}
