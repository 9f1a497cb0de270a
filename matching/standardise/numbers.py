"""Citizen identity numbers (GB 11643-1999): validity, the facts inside them, and what is left of masked or damaged ones.

Works on all unique numbers at once as a matrix of characters.  A 15-character number becomes its 18-character form.
"""

from __future__ import annotations

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from matching.hashing import hash_bytes, hash_strings
from matching.standardise.dates import LAST_DAYS
from matching.types import Ints, Keys, Small

INVALID, PARTIAL, OTHER, VALID = 1, 2, 3, 4
"""Status: 0 absent; digits with a failing check or date; masked or cut; another kind of document; valid."""
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_CHECK = np.array([1, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2], dtype=np.int64)
_WIDTH = 18
_ALPHABET = np.frombuffer(b"0123456789X!!!* ", dtype=np.uint8)
_BLANK, _X, MASK = 15, 10, 14
"""Nibbles other than digits: nothing here, X, hidden."""
_REGIONS = np.array([*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91], dtype=np.int64)


def citizen_number(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique numbers.

    Parts: whole (valid numbers), any (anything readable), tail (last eight), core (area + sequence: all but the date), born (YYYYMMDD), sex,
    area, status, and digits0/digits1 (nibbles of positions 1-16 and 17-18; 14 masked, 15 blank) with `size`.
    """
    cleaned = values.fill_null("").str.to_uppercase().str.replace_all(r"[\s\-－—'`.]", "").str.replace_all(r"[XＸх]$", "X")
    cleaned = pl.Series(np.where(_junk(cleaned), "", cleaned.to_numpy()), dtype=pl.String)
    digits, size = _matrix(cleaned)
    digits, size = _upgrade(digits, size)
    status = _status(digits, size, cleaned)
    valid = status == VALID
    born = np.where(valid, _born(digits), 0).astype(np.int32)
    text = _ALPHABET[digits]
    every = np.ones(len(text), dtype=bool)
    spelled = _hashes(text, _WIDTH - np.argmin(digits[:, ::-1] == _BLANK, axis=1), every, seed)
    numeric = np.isin(status, (INVALID, PARTIAL, VALID))
    full = numeric & (size == _WIDTH) & ~(digits == MASK).any(axis=1)
    return {
        "whole": np.where(valid, spelled, np.uint64(0)),
        "any": np.where(status == OTHER, hash_strings(cleaned, seed), np.where(numeric & (status != PARTIAL), spelled, np.uint64(0))),
        "tail": _hashes(text[:, 10:], 8, full, seed),
        "core": _hashes(np.hstack([text[:, :6], text[:, 14:]]), 10, full, seed),
        "head": _hashes(text[:, :14], 14, numeric & (digits[:, :14] < 10).all(axis=1), seed),
        "born": born,
        "sex": np.where(valid, np.where(digits[:, 16] % 2 == 1, 1, 2), 0).astype(np.uint8),
        "area": np.where(valid, _number(digits, 0, 6), 0).astype(np.int32),
        "status": status,
        "size": np.where(numeric, size, 0).astype(np.uint8),
        "digits0": np.where(numeric, _nibbles(digits, 0, 16), np.uint64(0)),
        "digits1": np.where(numeric, _nibbles(digits, 16, _WIDTH), np.uint64(0)),
    }


def agreement(born: Ints, sex: Small, birth_date: Ints, birth_sex: Small) -> Small:
    """Compare the date and sex inside valid numbers with the record's own: 0 nothing to say, 1 self-consistent, 2 contradicts.

    Own dates are YYYYMMDD with zeros for what is unknown; a first of the month (or of January) is taken as the default it usually is.
    """
    year, month, day = birth_date // 10000, birth_date // 100 % 100, birth_date % 100
    same_year, same_month, same_day = born // 10000 == year, born // 100 % 100 == month, born % 100 == day
    vague_day = (day == 0) | (day == 1)
    vague_month = (month == 0) | ((month == 1) & vague_day)
    agrees = same_year & (vague_month | (same_month & (vague_day | same_day)))
    known = (born > 0) & (birth_date > 0)
    contradicts = (known & ~agrees) | ((born > 0) & (sex > 0) & (birth_sex > 0) & (sex != birth_sex))
    return np.where(contradicts, 2, np.where(known, 1, 0)).astype(np.uint8)


def _junk(values: pl.Series) -> np.ndarray:
    """Numbers nobody has: too short, one digit repeated, or the sequence typed to fill a field."""
    short = values.str.len_chars() < 6
    repeated = values.str.contains(r"^(0+|1+|2+|3+|4+|5+|6+|7+|8+|9+|X+|\*+)$")
    typed = values.str.contains(r"^(123456789|0123456789|\d{6}0{8,12})")
    return (short | repeated | typed | ~values.str.contains(r"\d{3}")).to_numpy()


def _matrix(values: pl.Series) -> tuple[np.ndarray, Ints]:
    """Characters as numbers: digits, 10 for X, 14 masked, 15 blank; longer texts are cut at 19."""
    size = values.str.len_chars().to_numpy().astype(np.int64)
    padded = values.str.slice(0, _WIDTH + 1).str.pad_end(_WIDTH + 1, " ").str.replace_all(r"[^0-9X*? ]", "!")
    raw = np.frombuffer(padded.str.join("")[0].encode("ascii"), dtype=np.uint8).reshape(len(values), _WIDTH + 1)
    table = np.full(256, 13, dtype=np.uint8)
    table[ord("0") : ord("9") + 1] = np.arange(10, dtype=np.uint8)
    table[ord("X")], table[ord("*")], table[ord("?")], table[ord(" ")] = _X, MASK, MASK, _BLANK
    return table[raw], size


def _upgrade(digits: np.ndarray, size: Ints) -> tuple[np.ndarray, Ints]:
    """Turn 15-character numbers into 18: insert 19, append the check."""
    old = (size == 15) & (digits[:, :15] < 10).all(axis=1)
    wide = digits[:, :_WIDTH].copy()
    wide[old, 6:8] = (1, 9)
    wide[old, 8:17] = digits[old, 6:15]
    wide[old, 17] = _check(wide[old])
    plausible = old & _dated(wide)
    wide[old & ~plausible] = digits[old & ~plausible, :_WIDTH]
    return wide, np.where(plausible, _WIDTH, size)


@numba.njit(cache=True)
def _check(digits):  # type: ignore[no-untyped-def]
    """Check character of every row (10 for X)."""
    out = np.empty(len(digits), np.int64)
    for row in range(len(digits)):
        total = 0
        for place in range(17):
            total += digits[row, place] * _WEIGHTS[place]
        out[row] = _CHECK[total % 11]
    return out


@numba.njit(cache=True)
def _number(digits, start, stop):  # type: ignore[no-untyped-def]
    """Number that the places from `start` to `stop` spell."""
    out = np.zeros(len(digits), np.int64)
    for row in range(len(digits)):
        for place in range(start, stop):
            out[row] = out[row] * 10 + digits[row, place]
    return out


def _born(digits: np.ndarray) -> Ints:
    return np.asarray(_number(digits, 6, 14))


def _dated(digits: np.ndarray) -> np.ndarray:
    born = _born(digits)
    year, month, day = born // 10000, born // 100 % 100, born % 100
    longest = LAST_DAYS[np.clip(month, 1, 12) - 1]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.asarray((year >= 1850) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest - ((month == 2) & ~leap)))


def _status(digits: np.ndarray, size: Ints, cleaned: pl.Series) -> Small:
    plain = (digits[:, :17] < 10).all(axis=1) & (digits[:, 17] <= _X) & (size == _WIDTH)
    region = np.isin(_number(digits, 0, 2), _REGIONS) | (digits[:, 0] == 9)
    valid = plain & region & _dated(digits) & (_check(digits) == digits[:, 17])
    readable = ((digits <= _X) | (digits >= MASK)).all(axis=1)
    masked = readable & (digits == MASK).any(axis=1) & (((digits <= _X).sum(axis=1)) >= 6)
    cut = readable & ~masked & (size < _WIDTH) & (size >= 8)
    other = cleaned.str.contains(r"^[A-Z]").to_numpy()
    return np.select([size == 0, valid, other, masked, cut, readable], [0, VALID, OTHER, PARTIAL, PARTIAL, INVALID], 0).astype(np.uint8)


@numba.njit(cache=True)
def _nibbles(digits, start, stop):  # type: ignore[no-untyped-def]
    """Digits in four bits each, the last in the lowest."""
    out = np.zeros(len(digits), np.uint64)
    for row in range(len(digits)):
        for place in range(start, stop):
            out[row] = (out[row] << np.uint64(4)) | np.uint64(digits[row, place])
    return out


def _hashes(text: NDArray[np.uint8], sizes: int | Ints, keep: np.ndarray, seed: int) -> Keys:
    """Hash the first `sizes` characters of the rows kept, 0 for the others."""
    sizes = np.where(keep, sizes, 0)
    within = np.arange(text.shape[1]) < sizes[:, None]
    return hash_bytes(text[within], np.concatenate([[0], np.cumsum(sizes)]), seed)
