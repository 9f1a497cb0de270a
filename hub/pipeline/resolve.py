"""Resolve: which records are one person, and one employer; writes the crosswalk, the golden records and the cases.

Runs one at a time, looks at what changed since the last run and at what that touches (`increment`), and does nothing when neither batches nor
judgements nor the model have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import polars as pl

from hub.pipeline import increment, index_store, mart, queue
from hub.pipeline.employers import resolve_employers
from hub.pipeline.extract import Progress, silent
from hub.pipeline.golden import agreed_pins, golden_rows, trust_digest
from hub.pipeline.increment import PERSON, Matched
from hub.pipeline.memory import remembered
from hub.pipeline.pairs import pair_rows
from hub.pipeline.placing import current_model, lock, model_key, place, placed_of, rematched
from hub.pipeline.timing import timed
from matching import Model, fit
from warehouse import audit, changed, identity, models, pins
from warehouse.db import Connection, connect, source_lock
from warehouse.identity import Run


@dataclass(frozen=True)
class Resolved:
    """What a run found and changed; `ran` is False when there was nothing new."""

    ran: bool
    counts: dict[str, Any]
    seconds: dict[str, float]


@timed("resolve")
def resolve(progress: Progress = silent, *, full: bool = False) -> Resolved:
    """Match the person and employer records that changed by the approved model (fitted now, if there is none) and publish what that changes.

    A no-op when nothing has changed since the last run.  `full` matches everything again, as do another model version, other trust in sources and a
    missing index; the result is the same.  The mart follows in any case.
    """
    with source_lock("resolve"):
        with connect() as connection:
            key, last = identity.state_key(connection), identity.last_run(connection)
        same = last is not None and (last.state_key, last.trust) == (key, trust_digest()) and not full
        resolved = Resolved(False, last.counts, {}) if last is not None and same else rematch(progress, None if full else last)
    mart.refresh()
    return resolved


def rematch(progress: Progress, last: Run | None) -> Resolved:
    """Match and publish what changed since a run, or everything (None); for who holds the lock of `resolve`."""
    seconds: dict[str, float] = {}
    started = perf_counter()

    def lap(stage: str) -> None:
        nonlocal started
        seconds[stage], started = perf_counter() - started, perf_counter()

    watermark, trusted = changed.watermark(), trust_digest()
    with connect() as connection:
        progress("reading records", 0)
        (state, _), known = identity.state(connection), identity.last_judgement(connection)
        judged = identity.judgements(connection, PERSON)
        version, model, records = _model(connection)
        lap("read")
        progress("matching", 0)
        matched = increment.touched(connection, last, version, trusted, model, judged) or increment.everything(connection, model, judged, records)
        lap("match")
        progress("writing", len(matched.records))
        lock(connection)
        counts = _write(connection, matched, version, {} if last is None else last.counts)
        _catch_up(connection, known)
        queue.fill(connection, None if matched.before is None or last is None else last.watermark)
        run = Run(identity.run_key(state, version), version, counts, watermark, known, trusted)
        identity.add_run(connection, run)
        what = {name: counts[name] for name in ("matched", "placed", "moved", "golden_written")}
        audit.record(connection, "pipeline", "resolve", f"model {version}", **what)
        lap("write")
        stored = index_store.save(run.state_key, matched.index, matched.before)
    index_store.forget_others(stored, run.state_key)
    lap("keep index")
    return Resolved(True, counts, seconds)


def _write(connection: Connection, matched: Matched, version: int, before: Mapping[str, Any]) -> dict[str, Any]:
    """Publish placements, cases, golden records and employers, as far as what was matched decides them; give the counts of the run."""
    records, result, only = matched.records, matched.result, matched.only
    placed = _places(records, result.records, version)
    whose = None if only is None else placed_of(connection, only)
    moves = identity.write_crosswalk(connection, PERSON, placed)
    doubtful = remembered(connection, result.cases, result.records, records, everything=only is None)
    identity.write_pairs(connection, PERSON, pair_rows(doubtful, version, PERSON, result.pairs), only)
    pinned = pins.in_force(connection)
    golden = golden_rows(records, placed, pinned)
    agreed = agreed_pins(records, placed, golden, pinned)
    pins.note_agreed(connection, agreed, only)
    persons = None if whose is None else list({*whose.values(), *placed["entity_id"]})
    written = identity.write_golden(connection, golden, persons)
    employers = resolve_employers(connection, version) if matched.employers or "employers" not in before else before["employers"]
    counts = {"records": matched.index.speaking, "matched": len(records), **identity.counted(connection)}
    return counts | vars(moves) | {"golden_written": written, "employers": employers}


def _catch_up(connection: Connection, known: int) -> None:
    """Verdicts given while this run was matching stand too: their persons are placed by them, and the next run begins from there."""
    late = identity.judged_since(connection, known)
    if late:
        persons = set(placed_of(connection, late).values())
        place(connection, rematched(connection, persons))


def _model(connection: Connection) -> tuple[int, Model, pl.DataFrame | None]:
    """The model in force; the very first is fitted from all records, given then, and approved as such."""
    found = models.version_in_force(connection)
    if found is not None:
        return found, current_model(connection), None
    records = identity.person_records(connection)
    model = fit(records, key=model_key())
    reason = "first model, fitted at the first resolve"
    return models.add(connection, model.to_json(), state="approved", effect=None, author="hub", reason=reason), model, records


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
