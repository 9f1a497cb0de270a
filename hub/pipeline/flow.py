"""One source through the whole flow, as the command line and the demo do it; Airflow calls the same stages one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from hub.pipeline.extract import Interval, Progress, due_intervals, extract, silent
from hub.pipeline.gate import gate
from hub.pipeline.load import Loaded, load
from hub.pipeline.map import map_batch
from mappings.source import Source


@dataclass(frozen=True)
class Outcome:
    """A published batch: its ledger, and the seconds of each stage."""

    loaded: Loaded
    seconds: dict[str, float] = field(default_factory=dict)


def run_batch(batch_id: str, progress: Progress = silent) -> Outcome:
    """Take an extracted batch through map, gate and load, from wherever it stands."""
    seconds: dict[str, float] = {}
    started = perf_counter()
    map_batch(batch_id, progress)
    seconds["map"], started = perf_counter() - started, perf_counter()
    progress("gate", 0)
    gate(batch_id)
    seconds["gate"], started = perf_counter() - started, perf_counter()
    progress("load", 0)
    loaded = load(batch_id)
    seconds["load"] = perf_counter() - started
    seconds["sealing"] = loaded.timing.sealing
    return Outcome(loaded, seconds)


def run_source(source: Source, intervals: list[Interval] | None = None, progress: Progress = silent) -> list[Outcome]:
    """Extract a source and take its batch through the flow; a dated source does so for each interval (default: those due).

    A batch that an earlier run left unfinished is finished first.
    """
    wanted: list[Interval | None] = list(intervals or due_intervals(source)) if source.extract.mode == "dated" else [None]
    outcomes = []
    for interval in wanted:
        started = perf_counter()
        batch_id = extract(source, interval, "backfill" if intervals else "run", progress)
        taken = perf_counter() - started
        outcome = run_batch(batch_id, progress)
        outcomes.append(Outcome(outcome.loaded, {"extract": taken, **outcome.seconds}))
    return outcomes
