"""Stable texts of floating-point numbers: the shortest that reads back the same, never with an exponent."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def plain(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write numbers like 1e+20 out; all other texts (NaN and infinities too) stay as they are."""
    numbers = pc.match_substring_regex(texts, r"^-?[0-9.]+[eE][-+]?[0-9]+$")
    if not pc.any(numbers).as_py():
        return texts
    distinct = pc.unique(pc.filter(texts, numbers))
    written = {text: in_full(text) for text in distinct.to_pylist()}
    return pa.array([written.get(text, text) for text in texts.to_pylist()], pa.large_string())


def in_full(number: str) -> str:
    """Write a number without exponent: 1e-05 becomes 0.00001."""
    return format(Decimal(number), "f")


def from_float(value: float) -> str:
    """Write a double: whole numbers without `.0`, others as the shortest text that reads back the same."""
    return str(int(value)) if value.is_integer() else in_full(repr(value)) if np.isfinite(value) else repr(value)


def single_precision(texts: pa.Array) -> pa.Array:
    """Shorten doubles that hold single-precision numbers: 0.10000000149011612 becomes 0.1."""
    distinct = pc.unique(texts)
    written = {text: None if text is None else in_full(str(np.float32(text))) for text in distinct.to_pylist()}
    return pa.array([written[text] for text in texts.to_pylist()], pa.large_string())
