"""What the steps of matching hand to each other: frames and arrays, never a database and never a mutable state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Keys = NDArray[np.uint64]
Rows = NDArray[np.int64]
Small = NDArray[np.uint8]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

GRADES = ("no", "possible", "certain")


@dataclass(frozen=True)
class Encoded:
    """Standardised records, oldest first: columns `record_id`, `founding`, `source`, `twin` and `<column>.<part>` (integers; 0 = absent)."""

    frame: pl.DataFrame

    def __len__(self) -> int:
        return self.frame.height

    @property
    def ids(self) -> pl.Series:
        """The record ids, in row order."""
        return self.frame["record_id"]

    def has(self, part: str) -> bool:
        """Say whether the records carry this part."""
        return part in self.frame.columns

    def part(self, part: str) -> NDArray[Any]:
        """Give one part as an array."""
        return self.frame[part].to_numpy()

    def where(self, keep: Flags) -> Encoded:
        """Keep some of the rows."""
        return Encoded(self.frame.filter(pl.Series(keep)))

    def join(self, other: Encoded) -> Encoded:
        """Put together with records encoded by the same model, oldest first."""
        return Encoded(pl.concat([self.frame, other.frame]).sort("founding", "record_id"))


@dataclass(frozen=True)
class BlockReport:
    """What blocking did: pairs per pass, blocks narrowed or closed, blocks that outgrew their limit since the model was fitted."""

    passes: tuple[str, ...]
    pairs: tuple[int, ...]
    narrowed: tuple[int, ...]
    closed: tuple[int, ...]
    outgrown: tuple[int, ...]
    recall: float | None = None
    """Share of the pairs certified by the number that a pass without the number also reaches; None where nothing certifies."""

    def as_frame(self) -> pl.DataFrame:
        """One row per pass."""
        return pl.DataFrame(
            {"pass": self.passes, "pairs": self.pairs, "narrowed_blocks": self.narrowed, "closed_blocks": self.closed, "outgrown_blocks": self.outgrown}
        )


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs: row numbers with left < right, sorted, and the set of passes (bits) that reached each."""

    left: Rows
    right: Rows
    reach: Keys
    report: BlockReport | None = None

    def __len__(self) -> int:
        return len(self.left)

    def where(self, keep: Flags | Rows) -> Pairs:
        """Keep some of the pairs."""
        return Pairs(self.left[keep], self.right[keep], self.reach[keep], self.report)


@dataclass(frozen=True)
class Levels:
    """Agreement level of every comparison (columns) for every pair (rows); 0 = absent on a side, larger = more alike."""

    names: tuple[str, ...]
    codes: Small
    """Shape (pairs, comparisons)."""

    def column(self, name: str) -> Small:
        """One comparison."""
        return self.codes[:, self.names.index(name)]

    def where(self, keep: Flags | Rows) -> Levels:
        """Keep some of the pairs."""
        return Levels(self.names, self.codes[keep])


@dataclass(frozen=True)
class Scored:
    """Pairs with their levels, weight in bits (log2 odds), probability and grade (0 no, 1 possible, 2 certain)."""

    pairs: Pairs
    levels: Levels
    weight: Floats
    probability: Floats
    grade: Small


@dataclass(frozen=True)
class Partition:
    """Which records are one person, and what a steward should look at."""

    records: pl.DataFrame
    """`record_id`, `cluster_id` (record id of the founding record), `grade` (certain, possible, no), `weight`, `probability` of the placement."""
    cases: pl.DataFrame
    """`case_type`, `left_id`, `right_id`, `left_cluster`, `right_cluster`, `weight`, `probability`: one row for every doubtful pair of clusters."""


@dataclass(frozen=True)
class Result:
    """Everything one match gives."""

    partition: Partition
    compared: Callable[[], pl.DataFrame]
    """Gives `pairs`: a frame of millions of rows, made for those who ask."""
    report: BlockReport
    seconds: dict[str, float] = field(default_factory=dict)
    """Time per step."""

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """`left_id`, `right_id`, `weight`, `probability`, `grade` and the level of every comparison, of every pair above the floor."""
        return self.compared()

    @property
    def records(self) -> pl.DataFrame:
        """The placement of every record."""
        return self.partition.records

    @property
    def cases(self) -> pl.DataFrame:
        """The doubtful pairs."""
        return self.partition.cases
