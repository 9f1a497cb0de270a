"""What a comparator is: a function from two sides of many pairs to small ordered levels, with the words for each level.

A comparator's docstring and its levels' sentences are what a steward reads, in Chinese and English; they never hold a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matching.blocks import numbered
from matching.hashing import mix
from matching.types import Encoded, Flags, Keys, Rows, Small


@dataclass(frozen=True)
class Level:
    """One degree of agreement: its sentence in two languages and its usual share among matches (m) and non-matches (u)."""

    name: str
    en: str
    zh: str
    m: float
    u: float


@dataclass(frozen=True)
class Side:
    """One column of the left or right records of many pairs; `side[part]` gives the part for every pair."""

    encoded: Encoded
    column: str
    rows: Rows
    looked_up: dict[str, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)
    """Parts gathered so far: reading a million records out of order is what comparing mostly waits for."""

    def __getitem__(self, part: str) -> NDArray[Any]:
        if part not in self.looked_up:
            self.looked_up[part] = self.encoded.part(f"{self.column}.{part}")[self.rows]
        return self.looked_up[part]

    def rank(self, part: str) -> Small:
        """Frequency class of a part, 1 (rare) where the model does not rank it."""
        name = f"{self.column}.{part}_rank"
        return self.encoded.part(name)[self.rows] if self.encoded.has(name) else np.ones(len(self.rows), dtype=np.uint8)

    def text(self) -> pl.Series:
        """The text of every pair."""
        return self.encoded.frame[f"{self.column}.text"][self.rows]

    def where(self, keep: Flags | Rows) -> Side:
        """Some of the pairs."""
        return Side(self.encoded, self.column, self.rows[keep], {part: values[keep] for part, values in self.looked_up.items()})


@dataclass(frozen=True)
class Comparator:
    """A kind of comparison."""

    compare: Callable[[Side, Side], Small]
    levels: tuple[Level, ...]
    """Levels 1, 2 …; level 0 (absent on a side) is common to all and weighs nothing."""
    present: str
    """Part that is not 0 where the column holds something."""
    en: str = ""
    zh: str = ""

    def code(self, name: str) -> int:
        """Number of a level."""
        return [level.name for level in self.levels].index(name) + 1


def unique_pairs(left: Side, right: Side, keys: tuple[Keys, Keys]) -> tuple[list[str], list[str], NDArray[np.int64]]:
    """Give the distinct unordered pairs of texts and, for every row, which of them it is; `keys` are hashes that stand for the texts."""
    which, first = numbered(mix([np.minimum(*keys), np.maximum(*keys)]))
    texts = pl.DataFrame({"a": left.where(first).text(), "b": right.where(first).text()}).fill_null("")
    ordered = texts.select(pl.min_horizontal("a", "b").alias("a"), pl.max_horizontal("a", "b").alias("b"))
    return ordered["a"].to_list(), ordered["b"].to_list(), which


def differing(x: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count the non-zero nibbles of each word (digits that differ after an exclusive or)."""
    y = x | (x >> np.uint64(1))
    y = y | (y >> np.uint64(2))
    return np.asarray(np.bitwise_count(y & np.uint64(0x1111111111111111)), dtype=np.uint8)
