"""One canonical field from the columns of a part: the vocabulary's functions, then the checks of the field's kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from mappings import columns as read
from mappings.canonical import CODE_FORMS, CODES, Entity, Field
from mappings.columns import Columns, Found, Read
from mappings.dates import read_date, read_month
from mappings.keys import key_of
from mappings.problems import Problem
from mappings.source import FieldMap, Key

Tables = Mapping[str, Mapping[str, str | None]]
"""Value tables by name: the source's lookups with the stewards' overrides on top."""


@dataclass(frozen=True)
class Part:
    """What the fields of one part are read from."""

    source: str
    columns: Columns
    tables: Tables


def read_field(part: Part, how: FieldMap, field: Field) -> Read:
    """Give a field's canonical text for every row, null where it is blank or was refused, and what was found."""
    got = _evaluate(part, how, field)
    return _fit(got, how, field)


def typed(values: pl.Series, field: Field) -> pl.Series:
    """Turn canonical text into the type the field has in a record."""
    if field.kind == "date":
        return values.str.to_date("%Y-%m-%d")
    if field.kind == "month":
        return (values + "-01").str.to_date("%Y-%m-%d")
    if field.kind == "amount":
        return values.cast(pl.Decimal(14, 2))
    return values.cast(pl.Int64) if field.kind == "integer" else values


def as_text(records: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    """Turn the fields of records back into canonical text: ISO days, `2024-05`, plain decimals; other columns stay."""
    formats = {"date": "%Y-%m-%d", "month": "%Y-%m"}
    texts = [pl.col(field.name).dt.to_string(formats[field.kind]) for field in entity.fields if field.kind in formats]
    numbers = [pl.col(field.name).cast(pl.String) for field in entity.fields if field.kind in ("amount", "integer")]
    return records.with_columns(*texts, *numbers)


def _evaluate(part: Part, how: FieldMap, field: Field) -> Read:
    columns, function = part.columns, how.function
    if function == "constant":
        return Read(pl.repeat(how.constant, columns.height, eager=True, dtype=pl.String))
    if function == "key":
        return key_of(columns, Key(columns=how.key or (), personal=how.personal), part.source)
    if function == "call":
        return read.read_call(columns, how.call or "", how.of)
    if function == "lookup":
        return read.read_lookup(columns, how.lookup or "", how.from_ or "", part.tables[how.lookup or ""])
    if function == "first_of":
        return _first_of([_evaluate(part, each, field) for each in how.first_of or ()])
    if function == "join":
        return _join([_evaluate(part, each, field) for each in how.join or ()], how.separator)
    return _read_column(columns.clean(how.columns[0]), how, field)


def _read_column(values: pl.Series, how: FieldMap, field: Field) -> Read:
    column, function = how.columns[0], how.function
    if function == "date":
        return read.read_uniques(values, partial(read_date, formats=how.formats, partial=field.kind == "partial_date"), column)
    if function == "month":
        return read.read_uniques(values, partial(read_month, formats=how.formats), column)
    if function in _WITH_PROBLEMS:
        return _WITH_PROBLEMS[function](values, column)
    return Read(_PLAIN[function](values))


_WITH_PROBLEMS = {"id_number": read.read_id_number, "phone": read.read_phone, "amount": read.read_amounts, "integer": read.read_integers}
_PLAIN = {"column": lambda values: values, "text": read.read_text, "name": read.read_name}


def _first_of(parts: list[Read]) -> Read:
    """Take the first value that is not blank; only what was found on the way to it counts."""
    values, found = parts[0].values, list(parts[0].found)
    for part in parts[1:]:
        still_blank = values.is_null()
        found += [Found(each.problem, each.column, each.mask & still_blank, each.lookup) for each in part.found]
        values = values.zip_with(~still_blank, part.values)
    return Read(values, tuple(found))


def _join(parts: list[Read], separator: str) -> Read:
    frame = pl.DataFrame([part.values.alias(str(at)) for at, part in enumerate(parts)])
    text = frame.select(pl.concat_str(pl.all(), separator=separator, ignore_nulls=True)).to_series()
    blank = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    return Read(text.set(blank, None), tuple(found for part in parts for found in part.found))


def _fit(got: Read, how: FieldMap, field: Field) -> Read:
    """Refuse what the field's kind and length do not allow, whatever function it came from."""
    values, column = got.values, how.columns[0] if how.columns else ""
    if _longest(values) > field.length:  # characters are counted only where bytes exceed
        long = (values.str.len_chars() > field.length).fill_null(False)
        got = got.without_values(long, Found(Problem.VALUE_TOO_LONG, column, long))
    if field.kind == "date":
        short = (got.values.str.len_bytes() < 10).fill_null(False)
        got = got.without_values(short, Found(Problem.DATE_INCOMPLETE, column, short))
    if field.kind == "code" and how.function != "lookup":
        unknown = ~_known_codes(got.values, field.code_system)
        got = got.without_values(unknown, Found(Problem.CODE_UNKNOWN, column, unknown, ""))
    return got


def _longest(values: pl.Series) -> int:
    return int(values.str.len_bytes().max() or 0)  # type: ignore[arg-type]


def _known_codes(values: pl.Series, system: str) -> pl.Series:
    if system in CODE_FORMS:
        return values.str.contains(CODE_FORMS[system]).fill_null(True)
    return values.is_in(list(CODES[system])).fill_null(True)
