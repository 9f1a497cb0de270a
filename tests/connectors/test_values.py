"""Stable texts of numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors.values import plain, single_precision, text_array, text_of


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_reads_back_the_same_and_has_no_exponent(number: float) -> None:
    text = text_of(number) or ""
    assert float(text) == number
    assert "e" not in text.lower()


@given(st.lists(st.one_of(st.none(), st.floats().map(repr), st.integers().map(str), st.sampled_from(["NaN", "1e", "e5", "-1E+2"]))))
def test_only_exponents_are_written_out(texts: list[str | None]) -> None:
    for before, after in zip(texts, plain(pa.array(texts, pa.large_string())).to_pylist(), strict=True):
        if before in (None, "NaN", "nan", "inf", "-inf", "1e", "e5") or "e" not in (before or "").lower():
            assert after == before
        else:
            assert Decimal(after) == Decimal(before or "")
            assert "e" not in after.lower()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_single_precision_is_the_shortest_that_reads_back(number: float) -> None:
    (text,) = single_precision(pa.array([repr(float(np.float32(number)))], pa.large_string())).to_pylist()
    assert np.float32(text) == np.float32(number)
    assert "e" not in text


def test_values_of_mixed_types() -> None:
    class Lob:
        def read(self) -> str:
            return "long"

    assert text_array(["a", None, "b"]).to_pylist() == ["a", None, "b"]
    assert text_array([1, "a", None, b"\0\xff", Decimal("1E+2"), True, 0.5, Lob(), complex(1)]).to_pylist() == [
        "1", "a", None, "\\x00ff", "100", "true", "0.5", "long", "(1+0j)",
    ]  # fmt: skip
