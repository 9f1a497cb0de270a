"""Small sources and tables, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from mappings.apply import Mapped, map_part
from mappings.bind import bind
from mappings.source import Source


def declare(*streams: dict[str, Any], mode: str = "snapshot", **more: Any) -> Source:
    """A source of these streams; defaults where a test does not care."""
    block = {
        "source": "clinic",
        "department": {"zh": "诊所", "en": "Clinic"},
        "steward": "clinic@county.example",
        "connector": {"type": "delimited", "path": "a.csv"},
        "extract": {"mode": mode},
        "streams": list(streams),
        **more,
    }
    return Source.model_validate(block)


def stream(*records: dict[str, Any], key: Any = ("no",), name: str = "rows", **more: Any) -> dict[str, Any]:
    return {"stream": name, "key": key if isinstance(key, dict) else list(key), "records": list(records), **more}


def person(**fields: Any) -> dict[str, Any]:
    return {"entity": "person_record", "fields": {"name": {"name": "xm"}, **fields}}


def rows(*values: Mapping[str, str | None]) -> pa.Table:
    """A table of text columns, as a connector gives it; a column a row does not name is null there."""
    columns = list(dict.fromkeys(column for row in values for column in row))
    return pa.table({column: pa.array([row.get(column) for row in values], pa.large_string()) for column in columns})


def mapped(source: Source, *values: Mapping[str, str | None], name: str = "rows", first_row: int = 1, **more: Any) -> Mapped:
    assert bind(source) == []
    return map_part(source, name, rows(*values), first_row, **more)


REQUIRED: dict[str, dict[str, Any]] = {
    "person_record": {"name": {"constant": "某"}},
    "contribution": {"person_key": {"key": ["no"]}, "insurance_code": {"constant": "110"}, "period_month": {"constant": "2025-01"}},
    "archive_item": {"person_key": {"key": ["no"]}, "archive_number": "no", "retention_code": {"constant": "30"}},
}


def one(field: str, how: Any, *values: str | None, entity: str = "person_record", lookups: Any = None) -> tuple[list[Any], list[tuple[int, str]]]:
    """Map one field from the column `x` (beside it `y`, the row number): its values, and (row, code) of what was said about it."""
    rest = REQUIRED[entity]
    records = [{"entity": entity, "fields": {**rest, field: how}}]
    if entity != "person_record":
        records.append({"entity": "person_record", "fields": {"name": {"constant": "某"}}})
    source = declare(stream(*records), lookups=lookups or {})
    result = mapped(source, *({"no": str(at), "x": value, "y": str(at)} for at, value in enumerate(values, 1)))
    said = result.problems.filter(pl.col("field") == field)
    return result.records[entity][field].to_list(), list(said.select("row_number", "code").iter_rows())
