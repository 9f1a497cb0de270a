"""Batch-level limits of the gate: why a whole batch waits for a person although its rows may be good.

Shares of a handful of rows say nothing, so no share is judged below `FEW` rows and no distribution below `ENOUGH`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.source import Source

FEW = 50
"""Below this many rows no share (quarantined, filled, lost) stops a batch; also the endings that always may be."""
ENOUGH = 1000
"""Below this many records, in this batch or the last, nothing is said about drift."""
ALIKE = 3.0
"""Batches are held against each other only when neither is more than this many times the other: a first load is no measure for a night's changes."""
SNAPSHOT_DROP = 0.2
"""Share of a snapshot's rows that may be gone where the source says nothing itself."""
NULL_RISE = 0.2
"""How much larger the share of empty values may be than in the last published batch."""
DRIFT = 0.5
"""Population stability index (Siddiqi 2006 calls 0.25 a major shift; nights differ more than credit portfolios) above which codes have drifted."""
RARE = 0.01
"""Codes rarer than this in both batches count as one."""

SENTENCES: dict[str, tuple[str, str]] = {
    "stream_empty": ("全量提取未取得任何行", "A full extraction brought no row at all."),
    "rows_too_few": ("行数低于下限", "The batch has fewer rows than the source's lower bound."),
    "rows_too_many": ("行数高于上限", "The batch has more rows than the source's upper bound."),
    "rows_collapsed": ("行数较上一批次骤减", "Too large a share of the rows of the last published batch is gone."),
    "too_few_filled": ("字段填写率低于该来源要求", "A smaller share of values is filled than the source promises."),
    "nulls_risen": ("空值比例较上一批次骤增", "The share of empty values rose sharply against the last published batch."),
    "codes_drifted": ("代码分布较上一批次明显漂移", "The distribution of codes moved away from that of the last published batch."),
    "endings_too_many": ("消失的记录过多", "More known records are gone than may end in one batch."),
    "quarantine_too_large": ("隔离行占比过高", "Too large a share of the rows goes to quarantine."),
}


@dataclass(frozen=True)
class Stop:
    """One limit a batch broke: counts and shares only."""

    code: str
    zh: str
    en: str
    observed: float
    expected: float
    stream: str | None = None
    entity: str | None = None
    field: str | None = None


def find_stops(source: Source, observed: Mapping[str, Any], last: Mapping[str, Any] | None, endings: Mapping[str, tuple[int, int]]) -> tuple[Stop, ...]:
    """Hold what was observed against the source's limits and the last published batch (None: a first batch has no history).

    `observed` and `last`: as `expectations.observe` gives them; `endings`: stream -> keys known, keys that would end.
    """
    stops = [*_row_counts(source, observed, last), *_endings(source, endings), *_quarantine(source, observed), *_filled(source, observed)]
    return (*stops, *(_drift(observed, last) if last else ()))


def _stop(code: str, observed: float, expected: float, stream: str | None = None, entity: str | None = None, field: str | None = None) -> Stop:
    return Stop(code, *SENTENCES[code], round(observed, 4), round(expected, 4), stream, entity, field)


def _row_counts(source: Source, observed: Mapping[str, Any], last: Mapping[str, Any] | None) -> Iterator[Stop]:
    snapshot = source.extract.mode == "snapshot"
    for stream, rows in observed["rows"].items():
        limits = source.expectations.row_count.get(stream)
        if limits and limits.min is not None and rows < limits.min:
            yield _stop("rows_too_few", rows, limits.min, stream)
        if limits and limits.max is not None and rows > limits.max:
            yield _stop("rows_too_many", rows, limits.max, stream)
        before = (last or {}).get("rows", {}).get(stream) or 0
        drop = limits.max_drop if limits and limits.max_drop is not None else SNAPSHOT_DROP if snapshot else None
        if snapshot and rows == 0:
            yield _stop("stream_empty", 0, 1, stream)
        elif drop is not None and source.extract.mode != "cursor" and before >= FEW and rows < before * (1 - drop):
            yield _stop("rows_collapsed", rows, math.ceil(before * (1 - drop)), stream)


def _endings(source: Source, endings: Mapping[str, tuple[int, int]]) -> Iterator[Stop]:
    for stream, (known, ended) in endings.items():
        allowed = max(FEW, math.floor(source.expectations.max_endings * known))
        if ended > allowed:
            yield _stop("endings_too_many", ended, allowed, stream)


def _quarantine(source: Source, observed: Mapping[str, Any]) -> Iterator[Stop]:
    rows = sum(observed["rows"].values())
    if rows >= FEW and observed["quarantined"] / rows > source.expectations.max_quarantine:
        yield _stop("quarantine_too_large", observed["quarantined"] / rows, source.expectations.max_quarantine)


def _filled(source: Source, observed: Mapping[str, Any]) -> Iterator[Stop]:
    for entity, shares in source.expectations.not_null.items():
        for field, least in shares.items():
            filled = 1 - observed["null_rates"].get(entity, {}).get(field, 0.0)
            if observed["records"].get(entity, 0) >= FEW and filled < least:
                yield _stop("too_few_filled", filled, least, entity=entity, field=field)


def _drift(observed: Mapping[str, Any], last: Mapping[str, Any]) -> Iterator[Stop]:
    for entity, records in observed["records"].items():
        before = last.get("records", {}).get(entity, 0)
        if min(records, before) < ENOUGH or max(records, before) > ALIKE * min(records, before):
            continue
        rates = last["null_rates"].get(entity, {})
        for field, rate in observed["null_rates"][entity].items():
            if field in rates and rate > rates[field] + NULL_RISE:
                yield _stop("nulls_risen", rate, rates[field] + NULL_RISE, entity=entity, field=field)
        codes = last["codes"].get(entity, {})
        for field, counts in observed["codes"][entity].items():
            index = stability_index(codes.get(field, {}), counts)
            if index > DRIFT:
                yield _stop("codes_drifted", index, DRIFT, entity=entity, field=field)


def stability_index(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Give the population stability index of two counts of codes; 0 where either is below `ENOUGH`."""
    totals = sum(before.values()), sum(now.values())
    if min(totals) < ENOUGH:
        return 0.0
    shares = {code: (before.get(code, 0) / totals[0], now.get(code, 0) / totals[1]) for code in {*before, *now}}
    common = [pair for pair in shares.values() if max(pair) >= RARE]
    rest = (1 - sum(pair[0] for pair in common), 1 - sum(pair[1] for pair in common))
    floor = 1 / max(totals)
    bounded = [(max(old, floor), max(new, floor)) for old, new in (*common, rest)]
    return sum((new - old) * math.log(new / old) for old, new in bounded)
