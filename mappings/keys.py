"""Source keys: the text that identifies a record in its source and never holds a personal value.

The row key, the key of a derived record and a reference to either are made by the same function, so equal columns
give equal keys wherever they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from hub.crypto import surrogate
from mappings.columns import Columns, Found, Read
from mappings.numbers import id_parts
from mappings.problems import Problem
from mappings.source import Key, Source

SEPARATOR = "|"
PART = "#"
LONGEST = 200
"""Characters of a key at the most: it stands in several indexes."""


def key_of(columns: Columns, key: Key, source: str) -> Read:
    """Give each row's key by these columns, null where any of them is blank or the key is longer than `LONGEST`.

    Natural columns are joined as they are, with the two characters the key uses itself escaped; personal ones are
    folded (NFKC, upper case) and replaced by a surrogate.
    """
    if key not in columns.keys:
        columns.keys[key] = _make(columns, key, source)
    return columns.keys[key]


def standing_in(keys: Sequence[str], key: Key, source: str, raws: Sequence[str]) -> list[str]:
    """Give those of a stream's row keys that may stand in rows which nobody could split into columns.

    A natural key is looked for by its parts.  A personal one is known only as a surrogate: an unreadable row that holds a
    valid identity number speaks of that person alone, any other may speak of anybody.
    """
    if not key.personal:
        return [one for one in keys if any(all(part in raw for part in _parts(one)) for raw in raws)]
    named = [_numbers_in(raw) for raw in raws]
    if len(key.columns) > 1 or not all(named):
        return list(keys) if raws else []
    spoken = set(surrogate([number for numbers in named for number in numbers], context=source))
    return [one for one in keys if one in spoken]


def _numbers_in(raw: str) -> list[str]:
    """Give every valid identity number, of 18 characters or 15, that a text holds."""
    runs = re.findall(r"[0-9]{15,}X?", unicodedata.normalize("NFKC", raw).upper())
    windows = (run[at : at + size] for run in runs for size in (18, 15) for at in range(len(run) - size + 1))
    return [window for window in windows if id_parts(window)]


def _parts(key: str) -> list[str]:
    """Give the column values a natural key was joined from, as received."""
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:\\.|[^\\|])+", key)]


def _make(columns: Columns, key: Key, source: str) -> Read:
    parts = [columns.clean(column) for column in key.columns]
    if key.personal:
        folded = pl.DataFrame([part.str.normalize("NFKC").str.strip_chars().str.to_uppercase().alias(str(at)) for at, part in enumerate(parts)])
        return Read(_surrogates(folded.select(pl.concat_str(pl.all(), separator=SEPARATOR)).to_series(), source))
    escaped = pl.DataFrame([_escaped(part).alias(str(at)) for at, part in enumerate(parts)])
    joined = escaped.select(pl.concat_str(pl.all(), separator=SEPARATOR)).to_series()
    long = (joined.str.len_chars() > LONGEST).fill_null(False)
    return Read(joined).without_values(long, Found(Problem.VALUE_TOO_LONG, ", ".join(key.columns), long))


def row_keys(source: Source, stream: str, table: pa.Table) -> pl.Series:
    """Give the row key of every row of a table that holds at least the stream's key columns (a sweep, a part).

    Null where a key column is blank or the key too long; personal keys come as surrogates.
    """
    return key_of(Columns(table, source.blanks), source.stream(stream).key, source.source).values


def _escaped(part: pl.Series) -> pl.Series:
    return part.str.replace_all(r"[\\|#]", r"\$0") if part.str.contains(r"[\\|#]").any() else part


def _surrogates(values: pl.Series, source: str) -> pl.Series:
    uniques = values.drop_nulls().unique()
    answers = pl.DataFrame([uniques.alias("value"), pl.Series("key", surrogate(uniques.to_list(), context=source), dtype=pl.String)])
    return pl.DataFrame([values.alias("value")]).join(answers, on="value", how="left", maintain_order="left")["key"]
