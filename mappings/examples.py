"""Run the examples of a source file: raw rows its author made up, and what each must become."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from mappings.apply import Mapped, map_part
from mappings.canonical import ENTITIES
from mappings.fields import as_text
from mappings.keys import PART
from mappings.source import Example, Source, Stream


def run_examples(source: Source) -> list[str]:
    """Give a line per difference between what the examples expect and what the mapping makes of them; none is well.

    Examples are synthetic by rule, so their values may be shown.
    """
    return [f"{source.source}.yml: examples[{at}]: {what}" for at, example in enumerate(source.examples) for what in _differences(source, example)]


def _differences(source: Source, example: Example) -> Iterator[str]:
    stream = source.stream(example.stream)
    mapped = map_part(source, stream.stream, _row(stream, example), 1)
    reason = mapped.rows["scope_reason"].item()
    if reason != example.scope:
        yield f"for scope expected {_said(example.scope)} but got {_said(reason)}"
    codes = {severity: set(frame["code"]) for (severity,), frame in mapped.problems.group_by("severity")}
    refused, found = codes.get("refuse", set()), codes.get("finding", set())
    if refused != set(example.problems):
        yield f"for problems expected {_listed(example.problems)} but got {_listed(refused)}"
    if missing := set(example.findings) - found:
        yield f"for findings expected {_listed(missing)} too but got {_listed(found)}"
    for label, fields in example.expect.items():
        yield from _record_differences(label, fields, mapped)


def _row(stream: Stream, example: Example) -> pa.Table:
    """Make a table of one row that has every column of the stream."""
    columns = dict.fromkeys((*stream.used, *stream.ignore, *example.given))
    return pa.table({column: pa.array([example.given.get(column)], pa.large_string()) for column in columns})


def _record_differences(label: str, fields: dict[str, str | None] | None, mapped: Mapped) -> Iterator[str]:
    name, _, part = label.partition(PART)
    made = as_text(mapped.records[name], ENTITIES[name])
    records = made.filter(pl.col("source_key").str.extract(rf"[^\\]{PART}(.+)$", 1).fill_null("") == part).to_dicts()
    if fields is None or not records:
        if bool(records) != (fields is not None):
            yield f"for {label} expected {'a' if fields is not None else 'no'} record but got {'one' if records else 'none'}"
        return
    for field, expected in fields.items():
        if (got := records[-1][field]) != expected:
            yield f"for {label}.{field} expected {_said(expected)} but got {_said(got)}"


def _said(value: str | None) -> str:
    return "nothing" if value is None else f'"{value}"'


def _listed(codes: object) -> str:
    return ", ".join(sorted(codes)) or "none"  # type: ignore[call-overload]
