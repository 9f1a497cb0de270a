"""Map one part of raw rows to canonical records: pure, columnar, and every row and column accounted for.

Called by `hub.pipeline.map_batch` part by part, by the preview and by a source file's own examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from hub.errors import SourceError
from mappings.canonical import ENTITIES, Entity, Field
from mappings.columns import Columns, Found, Read
from mappings.fields import Part, read_field, typed
from mappings.findings import find
from mappings.keys import PART, key_of
from mappings.problems import Problem
from mappings.source import Key, RecordMap, Source, Stream

TYPES: dict[str, pl.DataType] = {"date": pl.Date(), "month": pl.Date(), "amount": pl.Decimal(14, 2), "integer": pl.Int64()}
"""Type of a field's column by its kind; every other kind is text."""
PROBLEM_SCHEMA = {"row_number": pl.Int64(), "entity": pl.String(), "field": pl.String(), "column": pl.String(), "code": pl.String(), "severity": pl.String()}
UNKNOWN_SCHEMA = {"stream": pl.String(), "column": pl.String(), "lookup": pl.String(), "value": pl.String(), "rows": pl.UInt32()}
LONGEST_CODE = 20
ROW_KEY = ("raw", "key")
"""Entity and field of what concerns the row itself and none of its records."""


@dataclass(frozen=True)
class Mapped:
    """What one part of raw rows became."""

    rows: pl.DataFrame
    """row_number, row_key, rekey_from, scope_reason (null = in scope): one row per raw row"""
    records: dict[str, pl.DataFrame]
    """per entity of the stream its records (see `record_schema`), those of refused rows too; the last of equal keys wins"""
    problems: pl.DataFrame
    """row_number, entity, field, column, code, severity; what concerns the row's own key has entity `raw`, field `key`"""
    unmapped: tuple[str, ...]
    """columns neither mapped nor ignored"""
    unknown_codes: pl.DataFrame
    """stream, column, lookup, value, rows; value is null where it does not look like a code, lest it be a person's"""


def record_schema(entity: Entity) -> dict[str, pl.DataType]:
    """Give the columns of an entity's records: row_number, source_key, derived, then its fields in order."""
    fields = {field.name: TYPES.get(field.kind, pl.String()) for field in entity.fields}
    return {"row_number": pl.Int64(), "source_key": pl.String(), "derived": pl.Boolean(), **fields}


def map_part(source: Source, stream: str, table: pa.Table, first_row: int, overrides: Mapping[str, Mapping[str, str]] | None = None) -> Mapped:
    """Map a table of text columns whose rows are numbered from `first_row`.

    `overrides` are the stewards' code mappings (lookup -> value -> code), which stand above the file's.  Raises
    SourceError when a column the mapping reads is missing.
    """
    declared = source.stream(stream)
    _require_columns(source, declared, table.column_names)
    columns = Columns(table, source.blanks)
    part = Part(source.source, columns, {name: {**codes, **(overrides or {}).get(name, {})} for name, codes in source.lookups.items()})
    run = _Run(part, declared, first_row)
    made = [(record.entity, run.record(record)) for record in declared.records]
    known = {*declared.used, *declared.ignore}
    return Mapped(
        rows=run.rows(),
        records={entity: pl.concat([frame for name, frame in made if name == entity]) for entity in dict.fromkeys(name for name, _ in made)},
        problems=run.problems(),
        unmapped=tuple(column for column in table.column_names if column not in known),
        unknown_codes=run.unknown_codes(),
    )


def _require_columns(source: Source, stream: Stream, present: Iterable[str]) -> None:
    missing = [column for column in stream.used if column not in set(present)]
    if missing:
        raise SourceError(
            f"{source.source}: stream {stream.stream}: column {', '.join(missing)} missing; expected as the mapping names it; "
            f"if the source renamed it, change {source.source}.yml and run again"
        )


class _Run:
    """One part being mapped: its row keys and scope, and the problems gathered on the way."""

    def __init__(self, part: Part, stream: Stream, first_row: int) -> None:
        self.part, self.stream = part, stream
        columns = part.columns
        self.numbers = pl.int_range(first_row, first_row + columns.height, dtype=pl.Int64, eager=True)
        self.scope = _scope(columns, stream)
        self.key = key_of(columns, stream.key, part.source)
        self.found: list[tuple[str, str, Found]] = []
        in_scope = self.scope.is_null()
        self._report(*ROW_KEY, self.key, in_scope)
        self._report_missing(*ROW_KEY, Problem.KEY_MISSING, stream.key.columns, self.key, in_scope)

    def record(self, how: RecordMap) -> pl.DataFrame:
        """Give the records one declaration makes, and note what was wrong in their rows."""
        columns, entity = self.part.columns, ENTITIES[how.entity]
        key = (key_of(columns, how.key, self.part.source) if how.key else self.key).values
        wanted = self.scope.is_null() & columns.holds(how.when)
        if how.key:
            wanted &= key.is_not_null()
        texts = {field.name: self._field(how, entity, field, wanted) for field in entity.fields}
        for problem, name, mask in find(entity.name, texts):
            self.found.append((entity.name, name, Found(problem, _first_column(how, name), mask & wanted)))
        made = wanted & key.is_not_null()
        suffix = f"{PART}{how.part}" if how.part else ""
        head = [self.numbers.alias("row_number"), (key + suffix).alias("source_key"), pl.repeat(bool(how.key), columns.height, eager=True).alias("derived")]
        return pl.DataFrame([*head, *(typed(text, entity.by_name[name]).alias(name) for name, text in texts.items())]).filter(made)

    def _field(self, how: RecordMap, entity: Entity, field: Field, wanted: pl.Series) -> pl.Series:
        if field.name not in how.fields:
            return self.part.columns.nothing()
        field_map = how.fields[field.name]
        got = read_field(self.part, field_map, field)
        self._report(entity.name, field.name, got, wanted)
        if field.required:
            problem = Problem.KEY_MISSING if field.kind == "key" else Problem.NAME_MISSING if field.name == "name" else Problem.VALUE_MISSING
            self._report_missing(entity.name, field.name, problem, field_map.columns, got, wanted)
        return got.values

    def _report(self, entity: str, field: str, got: Read, wanted: pl.Series) -> None:
        self.found += [(entity, field, Found(each.problem, each.column, each.mask & wanted, each.lookup)) for each in got.found]

    def _report_missing(self, entity: str, field: str, problem: Problem, columns: Iterable[str], got: Read, wanted: pl.Series) -> None:
        """Say that a required value is missing, unless its row already has the reason why it could not be read."""
        missing = got.values.is_null() & wanted
        for each in got.found:
            if each.problem.severity == "refuse":
                missing &= ~each.mask
        self.found.append((entity, field, Found(problem, ", ".join(columns), missing)))

    def rows(self) -> pl.DataFrame:
        """Give the account of every raw row: its key, its former key where the source corrected it, its scope."""
        key, former = self.key.values, self.part.columns.nothing()
        if self.stream.rekey:
            former = key_of(self.part.columns, Key(columns=self.stream.rekey, personal=self.stream.key.personal), self.part.source).values
            former = former.set((former == key).fill_null(False), None)
        return pl.DataFrame([self.numbers.alias("row_number"), key.alias("row_key"), former.alias("rekey_from"), self.scope.alias("scope_reason")])

    def problems(self) -> pl.DataFrame:
        """Give every problem found, by row."""
        frames = [pl.DataFrame(schema=PROBLEM_SCHEMA)]
        for entity, field, found in self.found:
            rows = self.numbers.filter(found.mask)
            if len(rows):
                said = {"entity": entity, "field": field, "column": found.column, "code": found.problem.code, "severity": found.problem.severity}
                frames.append(pl.DataFrame({"row_number": rows}).with_columns(pl.lit(value, pl.String).alias(name) for name, value in said.items()))
        return pl.concat(frames).unique(maintain_order=True).sort("row_number", maintain_order=True)

    def unknown_codes(self) -> pl.DataFrame:
        """Give the work list of codes: what no table knows, and how often."""
        frames = [pl.DataFrame(schema={name: kind for name, kind in UNKNOWN_SCHEMA.items() if name != "rows"})]
        for _, _, found in self.found:
            if found.problem is Problem.CODE_UNKNOWN and found.mask.any():
                values = self.part.columns.stripped(found.column).filter(found.mask)
                code_like = (values.str.len_chars() <= LONGEST_CODE) & ~values.str.contains(r"[0-9]{7}")
                said = {"stream": self.stream.stream, "column": found.column, "lookup": found.lookup or ""}
                frame = pl.DataFrame([values.set(~code_like, None).alias("value")])
                frames.append(frame.select(*(pl.lit(value, pl.String).alias(name) for name, value in said.items()), "value"))
        counted = pl.concat(frames).group_by("stream", "column", "lookup", "value", maintain_order=True).len("rows")
        return counted.cast({"rows": UNKNOWN_SCHEMA["rows"]})


def _scope(columns: Columns, stream: Stream) -> pl.Series:
    """Give the reason for which a row is out of scope (the first rule that holds), null for the others."""
    reasons = columns.nothing()
    for rule in stream.scope:
        reasons = reasons.set(columns.holds(rule.where) & reasons.is_null(), rule.reason)
    return reasons


def _first_column(how: RecordMap, field: str) -> str:
    columns = how.fields[field].columns if field in how.fields else ()
    return columns[0] if columns else ""
