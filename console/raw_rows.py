"""A raw row as a person may see it: masked by what its columns fill, in clear once opened for a purpose, medical detail never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.canonical import ENTITIES
from mappings.masks import mask_all, mask_row, mask_unknown
from mappings.source import Stream
from warehouse.refused import Opened

NEVER = "medical_detail"


@dataclass(frozen=True)
class Cell:
    """One column of a raw row."""

    index: int
    column: str
    original: str | None
    now: str | None
    changed: bool
    fills: tuple[tuple[str, str], ...]
    """canonical fields it fills: Chinese label, English name"""
    clear: bool
    """whether the value stands as it is"""


def cells(stream: Stream, row: Opened, *, clear: bool) -> list[Cell]:
    """Give the columns of a row in their order, in clear or masked."""
    fills = _fills(stream)
    hidden = {column for column, fields in fills.items() if NEVER in {field for _, field in fields}}
    original, now = (_shown(stream, values, hidden, clear=clear) for values in (row.original, row.raw))
    return [
        Cell(
            at,
            column,
            original[column],
            now[column],
            row.raw[column] != row.original[column],
            tuple((ENTITIES[entity].by_name[field].zh, field.replace("_", " ")) for entity, field in fills.get(column, ())),
            clear and column not in hidden and column not in stream.ignore,
        )
        for at, column in enumerate(row.original)
    ]


def masked_changes(stream: Stream, row: Opened, changes: Mapping[str, str | None], *, clear: bool) -> dict[str, tuple[str | None, str | None]]:
    """Give before and after of the columns a repair changes, as they may be seen."""
    hidden = {column for column, fields in _fills(stream).items() if NEVER in {field for _, field in fields}}
    before, after = (_shown(stream, values, hidden, clear=clear) for values in (row.raw, {**row.raw, **changes}))
    return {column: (before[column], after[column]) for column in changes}


def _shown(stream: Stream, values: Mapping[str, str | None], hidden: set[str], *, clear: bool) -> dict[str, str | None]:
    masked = {
        **mask_row(values, stream),
        **{column: None if values[column] is None else mask_unknown(str(values[column])) for column in stream.ignore if column in values},
    }
    masked |= {column: None if values[column] is None else mask_all(str(values[column])) for column in hidden if column in values}
    return {column: values[column] if clear and column not in hidden and column not in stream.ignore else masked[column] for column in values}


def _fills(stream: Stream) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for record in stream.records:
        for field, how in record.fields.items():
            for column in how.columns:
                if (record.entity, field) not in found.setdefault(column, []):
                    found[column].append((record.entity, field))
    return found
