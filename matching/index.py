"""Incremental matching: everything known, standardised and indexed, so that a batch costs in proportion to itself.

Whatever the engine says of a record follows from its component: the records it is linked with, directly or through others, and judgements.
A change therefore touches the components of the changed records, before and after, and nothing else; those are matched again by the very
function that matches everything, and give the very same result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from hub.errors import FatalError
from matching.blocking import block, pass_keys
from matching.compare import compare
from matching.engine import JUDGEMENTS, linked, match_encoded
from matching.hashing import mix
from matching.model import Model
from matching.score import score
from matching.seeds import judged
from matching.standardise import standardise
from matching.types import Encoded, Flags, Keys, Pairs, Result, Rows


@dataclass(frozen=True)
class Index:
    """All records of one model version: standardised, the component of each, and the blocking keys of all passes, sorted."""

    version: str
    encoded: Encoded
    component: Rows
    keys: Keys
    rows: Rows
    """Row of each key."""


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
    empty = standardise(records.clear(), model)
    none = np.zeros(0, dtype=np.int64)
    index = Index(model.version, empty, none, none.astype(np.uint64), none)
    return update(index, records, [], model, judgements)


def update(
    index: Index, changed: pl.DataFrame, removed: list[str], model: Model, judgements: pl.DataFrame | None = None, rejudged: list[str] | None = None
) -> Update:
    """Match a batch against everything known.

    Args:
        index: as the last update gave it.
        changed: new and corrected records, whole.
        removed: ids of records that ended.
        model: the index's model version.
        judgements: all judgements in force.
        rejudged: ids of records whose judgements were added or withdrawn since the last update.

    Raises FatalError when the index was made with another model version.
    """
    if index.version != model.version:
        raise FatalError(f"matching index: made with model {index.version}, not {model.version}; build it again with `hub resolve --full`")
    judgements = JUDGEMENTS if judgements is None else judgements
    fresh = standardise(changed, model)
    gone = index.encoded.ids.is_in([*removed, *fresh.ids.to_list()]).to_numpy()
    seeds = gone | index.encoded.ids.is_in(rejudged or []).to_numpy()
    seeds |= _reached(index, fresh, ~gone, model)
    touched = np.isin(index.component, index.component[seeds]) & ~gone
    subset = index.encoded.where(touched).join(fresh)
    result, component = _matched(subset, model, judgements)
    return Update(_renewed(index, subset, component, ~gone & ~touched, model), result)


def _reached(index: Index, fresh: Encoded, alive: Flags, model: Model) -> Flags:
    """Known records that a changed record is now linked with."""
    flags = np.zeros(len(index.encoded), dtype=bool)
    if len(fresh) == 0 or len(index.encoded) == 0:
        return flags
    keys = np.unique(all_keys(fresh, model)[0])
    first, last = np.searchsorted(index.keys, keys), np.searchsorted(index.keys, keys, side="right")
    spans = last - first
    hits = np.unique(index.rows[np.repeat(first - np.concatenate([[0], np.cumsum(spans)[:-1]]), spans) + np.arange(spans.sum())])
    hits = hits[alive[hits]]
    known = Encoded(index.encoded.frame[hits].with_columns(pl.Series("row", hits)))
    both = known.join(Encoded(fresh.frame.with_columns(pl.lit(-1, dtype=pl.Int64).alias("row"))))
    row = both.part("row")
    pairs = block(both, model, row < 0)
    scored = score(pairs, compare(both, pairs, model.spec), model)
    found = pairs.where(linked(scored, model))
    ends = np.concatenate([row[found.left], row[found.right]])
    flags[ends[ends >= 0]] = True
    return flags


def _matched(subset: Encoded, model: Model, judgements: pl.DataFrame) -> tuple[Result, Rows]:
    """Match a set of whole components; gives the result and the new component of every row."""
    pairs = block(subset, model)
    scored = score(pairs, compare(subset, pairs, model.spec), model)
    component = components(len(subset), scored.pairs.where(linked(scored, model)), judged(subset, judgements, "same"))
    return match_encoded(subset, model, judgements), component


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
    order = np.argsort(keys, kind="stable")
    return keys[order], rows[order]


def _renewed(index: Index, subset: Encoded, component: Rows, kept: Flags, model: Model) -> Index:
    """The index with the touched rows replaced."""
    base = int(index.component.max(initial=-1)) + 1
    frames = [
        index.encoded.frame.filter(pl.Series(kept)).with_columns(pl.Series("component", index.component[kept])),
        subset.frame.with_columns(pl.Series("component", component + base)),
    ]
    frame = pl.concat(frames).sort("founding", "record_id")
    encoded = Encoded(frame.drop("component"))
    keys, rows = all_keys(encoded, model)
    return replace(index, encoded=encoded, component=frame["component"].to_numpy(), keys=keys, rows=rows)
