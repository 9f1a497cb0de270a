"""Values of a program's own types as stable text: never with an exponent, dates as ISO 8601, bytes as `\\x00ff`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WITH_EXPONENT = r"-?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+"


def text_array(values: Sequence[Any]) -> pa.Array:
    """Make a text array of values of any types; None is null."""
    try:
        return pa.array(values, pa.large_string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([text_of(value) for value in values], pa.large_string())


def text_of(value: Any) -> str | None:
    """Write one value."""
    written = _WRITTEN.get(type(value))
    if written is not None:
        return written(value)
    return text_of(value.read()) if hasattr(value, "read") else str(value)


def in_full(number: str) -> str:
    """Write a number without exponent: 1e-05 becomes 0.00001."""
    return format(Decimal(number), "f")


def _float(value: float) -> str:
    """Write a double: whole numbers without `.0`, others as the shortest text that reads back the same."""
    return str(int(value)) if value.is_integer() else in_full(repr(value)) if isfinite(value) else repr(value)


def _duration(value: timedelta) -> str:
    seconds = round(abs(value.total_seconds()))
    return f"{'-' if value < timedelta() else ''}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_WRITTEN: dict[type, Callable[[Any], str | None]] = {
    type(None): lambda value: None,
    str: lambda value: value,
    int: str,
    float: _float,
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: format(value, "f"),
    datetime: lambda value: value.isoformat(" "),
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _duration,
    bytes: lambda value: f"\\x{value.hex()}",
}


def plain(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write the numbers like 1e+20 of a text array out; all other texts (NaN and infinities too) stay as they are."""
    if not pc.any(pc.match_substring_regex(texts, f"^{_WITH_EXPONENT}$")).as_py():
        return texts
    return _rewritten(texts, lambda text: in_full(text) if re.fullmatch(_WITH_EXPONENT, text) else text)


def single_precision(texts: pa.Array) -> pa.Array:
    """Shorten doubles that hold single-precision numbers: 0.10000000149011612 becomes 0.1, 16777216 stays."""
    return _rewritten(texts, lambda text: _single(np.float32(text)))


def _single(value: np.float32) -> str:
    return str(int(value)) if float(value).is_integer() else in_full(str(value))


def _rewritten(texts: pa.Array | pa.ChunkedArray, rewrite: Callable[[str], str]) -> pa.Array:
    """Rewrite each distinct text once."""
    distinct = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    written = pa.array([None if text is None else rewrite(text) for text in distinct.dictionary.to_pylist()], pa.large_string())
    return written.take(distinct.indices)
