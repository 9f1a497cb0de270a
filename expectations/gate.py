"""The gate: a staged batch is judged before anything of it is published.

Called by `hub.pipeline.gate` between staging and load.  Rows that fail a critical rule go to quarantine with every reason;
a batch that breaks a limit stops and waits for a person.  The shapes are explained in README.md of this folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

import polars as pl

from expectations.context import Context, Current, Loader, no_core
from expectations.judge import Judge
from expectations.observe import Tally, observed
from expectations.stops import Stop, find_stops
from expectations.suite import Rule, Suite, check, merged
from mappings.canonical import ENTITIES
from mappings.source import Source

REASONS: dict[str, type[pl.DataType]] = {"row_number": pl.Int64, "entity": pl.String, "field": pl.String, "code": pl.String, "severity": pl.String}
"""One reason of one row; severity is refuse or finding."""
SEVERITY = {"critical": "refuse", "warning": "finding"}
MISSING = ("key_missing", "name_missing", "value_missing")
"""What the mapping has already said of a field in other words is not said again by these."""


@dataclass(frozen=True)
class Staged:
    """One batch as mapping left it."""

    source: Source
    batch_id: str
    as_of: date
    streams: Mapping[str, int]
    entities: Mapping[str, Sequence[Loader]]
    problems: pl.DataFrame
    whole: bool = True
    """False for repaired rows of an earlier batch: batch limits say nothing about them, and core is asked in every mode"""


@dataclass(frozen=True)
class Known:
    """What stood before the batch."""

    last: Mapping[str, Any] | None = None
    endings: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    current: Current = no_core


@dataclass(frozen=True)
class Verdict:
    """What the gate found; no stop means the batch may publish."""

    reasons: pl.DataFrame
    stops: tuple[Stop, ...]
    observed: dict[str, Any]

    @property
    def refused(self) -> pl.DataFrame:
        """Reasons that send their row to quarantine."""
        return self.reasons.filter(pl.col("severity") == "refuse")

    @property
    def findings(self) -> pl.DataFrame:
        """Reasons kept beside rows that load."""
        return self.reasons.filter(pl.col("severity") == "finding")


def run_gate(staged: Staged, known: Known) -> Verdict:
    """Judge a staged batch; FatalError names a rule that could not run, ConfigErrors a threshold that fits no rule."""
    started = perf_counter()
    check(staged.source)
    suites = {entity: merged(staged.source, entity) for entity in ENTITIES if staged.entities.get(entity)}
    tallies = {entity: Tally(entity) for entity in suites}
    said = staged.problems.select(pl.col(name).cast(kind) for name, kind in REASONS.items())
    refused = said.filter(severity="refuse")["row_number"].unique()
    current = no_core if staged.whole and staged.source.extract.mode == "snapshot" else known.current
    with Context(staged.source, refused, current) as context:
        context.gather({entity: staged.entities[entity] for entity in suites})
        found = list(_judge(staged, suites, tallies, context))
    reasons = _unsaid(pl.concat([pl.DataFrame(schema=REASONS), *found]), said)
    quarantined = pl.concat([refused, reasons.filter(severity="refuse")["row_number"]]).n_unique()
    rules = sum(len(suite.rules) for suite in suites.values())
    facts = observed(dict(staged.streams), list(tallies.values()), quarantined, reasons, rules, perf_counter() - started)
    stops = find_stops(staged.source, facts, known.last, known.endings) if staged.whole else ()
    return Verdict(reasons, stops, facts)


def _judge(staged: Staged, suites: Mapping[str, Suite], tallies: Mapping[str, Tally], context: Context) -> Iterator[pl.DataFrame]:
    """Entity by entity in the order they load, for a record's rules may ask about those before it."""
    judge = Judge(staged.as_of) if suites else None
    for entity in ENTITIES:
        context.prepare(entity)
        if entity not in suites or judge is None:
            continue
        suite, columns = suites[entity], ["row_number", "source_key", *ENTITIES[entity].by_name]
        for load in staged.entities[entity]:
            part = load(columns)
            tallies[entity].add(part)
            table = context.frame(entity, part, suite.columns)
            rows = pl.Series("row_number", table.column("row_number"), pl.Int64)
            for rule, positions in judge.failures(suite, table):
                yield _reasons(entity, rule, rows.gather(positions), context)


def _reasons(entity: str, rule: Rule, rows: pl.Series, context: Context) -> pl.DataFrame:
    if rule.severity == "critical":
        context.refuse(rows)
    said = {"entity": entity, "field": rule.field, "code": rule.code, "severity": SEVERITY[rule.severity]}
    return rows.unique().to_frame().with_columns(pl.lit(value, pl.String).alias(name) for name, value in said.items())


def _unsaid(reasons: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Leave out what the mapping has said: the same reason, or that a value is missing it had refused to read."""
    fresh = reasons.join(said, on=["row_number", "entity", "field", "code"], how="anti")
    unread = said.filter(severity="refuse").select("row_number", "entity", "field").unique()
    missing = pl.col("code").is_in(MISSING)
    kept = fresh.filter(missing).join(unread, on=["row_number", "entity", "field"], how="anti")
    return pl.concat([fresh.filter(~missing), kept]).sort("row_number", "entity", "field", "code")
