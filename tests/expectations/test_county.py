"""Mapping and gate over whole departments of the synthetic county: what is planted is refused for its reason, what is clean loads."""

from __future__ import annotations

from datetime import date
from functools import cache, partial
from typing import Any

import polars as pl
import pytest

from expectations.gate import REASONS, Known, Staged, Verdict, run_gate
from hub.settings import REPO
from mappings.apply import map_part
from mappings.load import load_sources
from tests.mappings.books import books

PEOPLE, SEED = 3000, 5
LATER = date(2026, 12, 31)
"""The county's newborns are enrolled up to a year ahead."""
SOURCES = {source.source: source for source in load_sources(REPO / "mappings" / "sources")[0]}


def _select(records: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return records.select(columns)


@cache
def judged(source: str) -> tuple[Verdict, pl.DataFrame]:
    """The verdict on a whole department, and per raw row its fault ('' clean), its expected reason and the codes it was refused with."""
    raw, planted = books(PEOPLE, SEED)
    entities: dict[str, list[Any]] = {}
    rows, problems = [], []
    streams: dict[str, int] = {}
    for stream in (each.stream for each in SOURCES[source].streams):
        mapped = map_part(SOURCES[source], stream, raw[source, stream].table, sum(streams.values()) + 1)
        for entity, records in mapped.records.items():
            entities.setdefault(entity, []).append(partial(_select, records))
        faults = raw[source, stream].fault
        expected = pl.Series("expected", [planted.get((source, stream, fault)) for fault in faults], pl.String)
        rows.append(mapped.rows.select("row_number").with_columns(faults.alias("fault"), expected))
        problems.append(mapped.problems)
        streams[stream] = len(faults)
    said = pl.concat(problems)
    verdict = run_gate(Staged(SOURCES[source], f"{source}-000001", LATER, streams, entities, said), Known())
    everything = pl.concat([said.select(REASONS.keys()), verdict.reasons]).filter(severity="refuse")
    refused = everything.group_by("row_number").agg(pl.col("code").unique())
    return verdict, pl.concat(rows).join(refused, on="row_number", how="left")


@pytest.mark.parametrize("source", SOURCES)
def test_no_clean_row_is_refused(source: str) -> None:
    clean = judged(source)[1].filter((pl.col("fault") == "") & pl.col("code").is_not_null())
    assert clean["code"].explode().unique().to_list() == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_planted_fault_is_refused_for_its_reason(source: str) -> None:
    faulty = judged(source)[1].filter(pl.col("fault") != "")
    assert faulty.height
    missed = faulty.filter(~pl.col("code").list.contains(pl.col("expected")).fill_null(False))
    assert missed["fault"].to_list() == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_first_load_does_not_stop(source: str) -> None:
    assert judged(source)[0].stops == ()
