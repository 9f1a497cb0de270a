"""Draft a source file from samples of a department's tables: guesses by column name, standard code and content.

A draft is a start, not a mapping: every line says how sure it is, and what was not recognised is named.  No value of a
person stands in it: only values of code lists are written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from mappings.columns import Columns
from mappings.draft.guess import StreamGuess, guess
from mappings.draft.how import Lookup
from mappings.draft.link import link, without_targets
from mappings.draft.profile import profile
from mappings.draft.write import source_file

BLANKS = ("", "-", "--", "无", "NULL", "null", "不详", "00000000")
MOST_ROWS = 5_000
"""Rows of a sample that are looked at."""


@dataclass(frozen=True)
class Sample:
    """Some rows of one table, sheet or file, and the connector options of its stream (`from:`)."""

    stream: str
    table: pa.Table
    options: Mapping[str, Any] = field(default_factory=dict)


class Draft(NamedTuple):
    """The text of a source file, and what its author should look at first (without values)."""

    text: str
    notes: tuple[str, ...]


def draft(sample: pa.Table, connector: Mapping[str, Any], name: str) -> Draft:
    """Draft the source file `name` from a sample of its one stream."""
    return draft_streams([Sample("rows", sample)], connector, name)


def draft_streams(samples: Sequence[Sample], connector: Mapping[str, Any], name: str) -> Draft:
    """Draft the source file `name` from samples of its streams; several at once let references between them be seen."""
    streams = [guess(sample.stream, sample.options, _profiles(sample.table)) for sample in samples]
    link(streams)
    mode = _mode(connector, samples, streams)
    lookups = _lookups(streams)
    return Draft(source_file(name, connector, mode, streams, lookups), tuple(_notes(streams, lookups)))


def _profiles(table: pa.Table) -> dict[str, Any]:
    columns = Columns(table.slice(0, MOST_ROWS), BLANKS)
    return {column: profile(column, columns.clean(column)) for column in table.column_names}


def _mode(connector: Mapping[str, Any], samples: Sequence[Sample], streams: Sequence[StreamGuess]) -> str:
    """A path with a date is dated; a database or service whose every table says when a row changed has a cursor."""
    paths = [str({**connector, **sample.options}.get("path", "")) for sample in samples]
    if any("{date" in path for path in paths):
        return "dated"
    return "cursor" if connector.get("type") in ("sql", "rest") and all("updated" in stream.taken for stream in streams) else "snapshot"


def _lookups(streams: Sequence[StreamGuess]) -> dict[str, Lookup]:
    """One table per concept, the values of all streams in it."""
    merged: dict[str, Lookup] = {}
    for stream in streams:
        for name, lookup in stream.lookups.items():
            before = merged.get(name, Lookup({}, ()))
            merged[name] = Lookup({**before.codes, **lookup.codes}, tuple(dict.fromkeys((*before.open, *lookup.open))))
    return merged


def _notes(streams: Sequence[StreamGuess], lookups: Mapping[str, Lookup]) -> list[str]:
    notes = [f"stream {stream.stream}: {len(stream.profiles) - len(stream.unknown)} of {len(stream.profiles)} columns recognised" for stream in streams]
    for stream, record, name in without_targets(streams):
        notes.append(f"stream {stream.stream}: {record.entity}.{name} refers to a record no sample gives; add that table's sample or stream")
    notes += [f"lookup {name}: {len(lookup.open)} values to decide" for name, lookup in lookups.items() if lookup.open]
    return notes
