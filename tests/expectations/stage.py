"""Staged batches for the tests of the gate: records by their fields, everything else clean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from expectations.gate import REASONS, Known, Staged, Verdict, run_gate
from mappings.apply import record_schema
from mappings.canonical import ENTITIES
from mappings.fields import typed
from mappings.source import Source

AS_OF = date(2025, 10, 31)
CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text(encoding="utf-8"))
CLEAN: dict[str, dict[str, Any]] = CASES["clean"]
NOTHING_SAID = pl.DataFrame(schema=REASONS)
Records = Sequence[Mapping[str, Any]]


def source(mode: str = "cursor", entities: Sequence[str] = tuple(ENTITIES), **expectations: Any) -> Source:
    """A source with one stream per entity."""
    streams = [{"stream": entity, "key": ["k"], "records": [{"entity": entity, "fields": {}}]} for entity in entities]
    names = {"source": "bureau", "department": {"zh": "局", "en": "Bureau"}, "steward": "desk@bureau.example", "connector": {"type": "sql"}}
    return Source.model_validate({**names, "extract": {"mode": mode}, "streams": streams, "expectations": expectations})


def frame(entity: str, records: Records) -> pl.DataFrame:
    """Typed records; each must say row_number and source_key, all else is empty."""
    schema = record_schema(ENTITIES[entity])
    fields = ENTITIES[entity].by_name
    rows = [{"derived": False, **record} for record in records]
    assert not {name for row in rows for name in row} - schema.keys()
    columns = []
    for name, kind in schema.items():
        values = [row.get(name) for row in rows]
        if name in fields:
            texts = pl.Series(name, [None if value is None else str(value) for value in values], pl.String)
            columns.append(typed(texts, fields[name]).alias(name))
        else:
            columns.append(pl.Series(name, values, kind))
    return pl.DataFrame(columns)


def clean(entity: str, number: int, **fields: Any) -> dict[str, Any]:
    """One clean record whose keys end in `number`; `fields` stand over it."""
    record = {name: f"{value}{number}" if name == "source_key" or name.endswith("_key") else value for name, value in CLEAN[entity].items()}
    return {"row_number": number, **record, **fields}


def staged(records: Mapping[str, Records], of: Source | None = None, part_rows: int = 250_000, **more: Any) -> Staged:
    """A batch of the records, in parts of `part_rows`."""
    parts: dict[str, list[Any]] = {}
    for entity, rows in records.items():
        whole = frame(entity, rows)
        parts[entity] = [partial(_part, whole, first, part_rows) for first in range(0, len(whole), part_rows)]
    streams = {entity: len(rows) for entity, rows in records.items()}
    return Staged(of or source(), "bureau-000001", AS_OF, streams, parts, more.pop("problems", NOTHING_SAID), **more)


def _part(whole: pl.DataFrame, first: int, rows: int, columns: list[str]) -> pl.DataFrame:
    return whole.slice(first, rows).select(columns)


def judge(records: Mapping[str, Records], of: Source | None = None, known: Known | None = None, **more: Any) -> Verdict:
    """Run the gate on such a batch."""
    return run_gate(staged(records, of, **more), known or Known())


def said(verdict: Verdict, entity: str | None = None) -> set[tuple[int, str]]:
    """(row number, `field:code`) of every reason, of one entity or all."""
    reasons = verdict.reasons if entity is None else verdict.reasons.filter(entity=entity)
    return {(row, f"{field}:{code}") for row, field, code in reasons.select("row_number", "field", "code").iter_rows()}


def refusals(*reasons: tuple[int, str, str, str]) -> pl.DataFrame:
    """What the mapping refused: row number, entity, field, code."""
    return pl.DataFrame([(*reason, "refuse") for reason in reasons], schema=REASONS, orient="row")
