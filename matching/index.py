"""Incremental matching: everything known, standardised and indexed, so that a batch costs in proportion to itself.

Whatever the engine says of a record follows from its component: the records it is linked with, directly or through others, and judgements.
A change therefore touches the components of the changed records, before and after, and nothing else; those are matched again by the very
function that matches everything, and give the very same result.

The index is a row of segments that never change once made (a batch adds a small one) and the component of every row in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from hub.errors import FatalError
from matching.blocking import block, pass_keys
from matching.compare import compare
from matching.engine import JUDGEMENTS, linked, match_compared
from matching.hashing import mix
from matching.model import Model
from matching.score import score
from matching.seeds import judged
from matching.standardise import standardise
from matching.types import Encoded, Flags, Keys, Pairs, Result, Rows

GONE = -1
"""Component of a row that no longer speaks: the record ended, or a later row speaks for it."""
_SHARE = 4
"""Rows of later segments (or gone) allowed, as a part of the first segment's, before all are made one."""
_SEGMENTS = 40


@dataclass(frozen=True)
class Segment:
    """Some records, standardised, and the blocking keys of all passes, sorted, with the row (of this segment) of each."""

    frame: pl.DataFrame
    keys: Keys
    rows: NDArray[np.int32]

    @staticmethod
    def of(encoded: Encoded, model: Model) -> Segment:
        """Index standardised records."""
        keys, rows = all_keys(encoded, model)
        return Segment(encoded.frame, keys, rows.astype(np.int32))

    def holding(self, keys: Keys) -> Rows:
        """Rows that have any of these keys."""
        first, last = np.searchsorted(self.keys, keys), np.searchsorted(self.keys, keys, side="right")
        spans = last - first
        starts = np.concatenate([[0], np.cumsum(spans)[:-1]]) if len(spans) else spans
        return np.unique(self.rows[np.repeat(first - starts, spans) + np.arange(spans.sum())]).astype(np.int64)


@dataclass(frozen=True)
class Index:
    """All records of one model version: segments, and the component of every row of theirs, one after the other (`GONE` for none)."""

    version: str
    segments: tuple[Segment, ...]
    component: Rows

    @property
    def starts(self) -> list[int]:
        """Where the rows of each segment start, and the end."""
        return [0, *np.cumsum([segment.frame.height for segment in self.segments]).tolist()]

    @property
    def speaking(self) -> int:
        """Number of records."""
        return int((self.component != GONE).sum())

    def among(self, ids: list[str]) -> Flags:
        """Say which rows speak for one of these records."""
        wanted = pl.Series(ids, dtype=pl.String)
        found = [segment.frame["record_id"].is_in(wanted.implode()).to_numpy() for segment in self.segments]
        return np.asarray((np.concatenate(found) if found else np.zeros(0, dtype=bool)) & (self.component != GONE))

    def holding(self, keys: Keys) -> Rows:
        """Rows that have any of these keys and speak."""
        found = [segment.holding(keys) + start for segment, start in zip(self.segments, self.starts, strict=False)]
        rows = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
        return np.asarray(rows[self.component[rows] != GONE])

    def take(self, rows: Rows) -> Encoded:
        """Give some rows, ascending, as they were standardised, each with its `row`."""
        parts = [
            segment.frame[rows[(rows >= start) & (rows < end)] - start] for segment, (start, end) in zip(self.segments, pairwise(self.starts), strict=True)
        ]
        return Encoded(pl.concat(parts).with_columns(pl.Series("row", rows, dtype=pl.Int64)))


@dataclass(frozen=True)
class Update:
    """What a batch changed: the new index, and the result for all records it touched (their cases replace every case that names one)."""

    index: Index
    result: Result

    @property
    def touched(self) -> pl.Series:
        """Ids of the records matched again."""
        return self.result.records["record_id"]


def build(records: pl.DataFrame, model: Model, judgements: pl.DataFrame | None = None) -> Update:
    """Match everything and index it."""
    encoded = standardise(records, model)
    result, component = _matched(encoded, model, JUDGEMENTS if judgements is None else judgements)
    return Update(Index(model.version, (Segment.of(encoded, model),), component), result)


def update(
    index: Index, changed: Encoded, removed: list[str], model: Model, judgements: pl.DataFrame | None = None, rejudged: list[str] | None = None
) -> Update:
    """Match a batch against everything known.

    Args:
        index: as the last update gave it.
        changed: new and corrected records, standardised by the model; those that say what they said before cost no match.
        removed: ids of records that ended.
        model: the index's model version.
        judgements: all judgements in force.
        rejudged: ids of records whose judgements were added or withdrawn since the last update, and others to match again.

    Raises FatalError when the index was made with another model version.
    """
    if index.version != model.version:
        raise FatalError(f"matching index: made with model {index.version}, not {model.version}; build it again with `hub resolve --full`")
    judgements = JUDGEMENTS if judgements is None else judgements
    fresh = _differing(index, changed)
    gone = index.among([*removed, *fresh.ids.to_list()])
    seeds = gone | index.among([*(rejudged or []), *_partners(judgements, fresh.ids)])
    seeds[_reached(index, fresh, gone, model)] = True
    components = np.unique(index.component[seeds])
    touched = np.flatnonzero(np.isin(index.component, components) & (index.component != GONE) & ~gone)
    subset = index.take(touched).join(Encoded(fresh.frame.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64) + len(index.component))))
    row, subset = subset.part("row"), Encoded(subset.frame.drop("row"))
    result, found = _matched(subset, model, judgements)
    component = np.concatenate([np.where(gone, GONE, index.component), np.zeros(len(fresh), dtype=np.int64)])
    component[row] = found + 1 + int(index.component.max(initial=GONE))
    segments = (*index.segments, Segment.of(fresh, model)) if len(fresh) else index.segments
    return Update(_gathered(replace(index, segments=segments, component=component), model), result)


def _differing(index: Index, fresh: Encoded) -> Encoded:
    """Keep the records that are new or say something else than the index holds."""
    known = index.take(np.flatnonzero(index.among(fresh.ids.to_list()))).frame.drop("row").sort("record_id")
    again = fresh.frame.filter(pl.col("record_id").is_in(known["record_id"].implode())).sort("record_id")
    same = np.ones(known.height, dtype=bool)
    for name in known.columns:
        same &= known[name].eq_missing(again[name]).to_numpy()
    return fresh.where(~fresh.ids.is_in(known["record_id"].filter(pl.Series(same)).implode()).to_numpy())


def _partners(judgements: pl.DataFrame, ids: pl.Series) -> list[str]:
    """Records that a judgement names together with one of these."""
    left, right = (judgements.filter(pl.col(side).is_in(ids.implode())) for side in ("left_id", "right_id"))
    return [*left["right_id"], *right["left_id"]]


def _reached(index: Index, fresh: Encoded, gone: Flags, model: Model) -> Rows:
    """Known rows that a changed record is now linked with."""
    if len(fresh) == 0:
        return np.zeros(0, dtype=np.int64)
    hits = index.holding(np.unique(all_keys(fresh, model)[0]))
    both = index.take(hits[~gone[hits]]).join(Encoded(fresh.frame.with_columns(row=pl.lit(GONE, dtype=pl.Int64))))
    row = both.part("row")
    pairs = block(both, model, row == GONE)
    scored = score(pairs, compare(both, pairs, model.spec), model)
    found = pairs.where(linked(scored, model))
    ends = np.concatenate([row[found.left], row[found.right]])
    return np.unique(ends[ends != GONE])


def _matched(subset: Encoded, model: Model, judgements: pl.DataFrame) -> tuple[Result, Rows]:
    """Match a set of whole components; gives the result and the new component of every row."""
    clock = [("start", perf_counter())]
    pairs = block(subset, model)
    levels = compare(subset, pairs, model.spec)
    scored = score(pairs, levels, model)
    component = components(len(subset), pairs.where(linked(scored, model)), judged(subset, judgements, "same"))
    return match_compared(subset, pairs, levels, judgements, model, clock), component


def components(count: int, pairs: Pairs, same: tuple[Rows, Rows]) -> Rows:
    """Number the components of records under links and judgements."""
    left, right = np.concatenate([pairs.left, same[0]]), np.concatenate([pairs.right, same[1]])
    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64) if count else np.zeros(0, dtype=np.int64)


def all_keys(encoded: Encoded, model: Model) -> tuple[Keys, Rows]:
    """Give the keys of all passes and the row of each, sorted by key."""
    found = [pass_keys(encoded, blocking, model) for blocking in model.spec.passes]
    keys = np.concatenate([encoded.part("twin"), *(mix([keys], number + 1) for number, (_, keys) in enumerate(found))])
    rows = np.concatenate([np.arange(len(encoded)), *(rows for rows, _ in found)])
    rows, keys = rows[keys != 0], keys[keys != 0]
    order = np.argsort(keys)
    return keys[order], rows[order]


def _gathered(index: Index, model: Model) -> Index:
    """Make the segments one when later ones, or rows that no longer speak, have become many."""
    first, total = (index.segments[0].frame.height if index.segments else 0), len(index.component)
    silent = int((index.component == GONE).sum())
    if len(index.segments) <= 1 or (len(index.segments) <= _SEGMENTS and _SHARE * (total - first + silent) <= first):
        return index
    speaking = np.flatnonzero(index.component != GONE)
    encoded = index.take(speaking)
    return replace(index, segments=(Segment.of(Encoded(encoded.frame.drop("row")), model),), component=index.component[speaking])
