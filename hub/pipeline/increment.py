"""Matching for a run of resolve: the records that changed and what they touch, against the stored index; or everything, where that cannot be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from hub.pipeline import index_store
from hub.pipeline.conflicts import Record
from hub.pipeline.index_store import Stored
from matching import Model, Result
from matching.index import Index, build, update
from matching.standardise import standardise
from warehouse import changed, identity
from warehouse.changed import Since
from warehouse.db import Connection
from warehouse.identity import Run

PERSON = "person_record"
_LARGE = 4
"""A batch that changes more than one part in so many is matched with everything: it would touch most of it."""


@dataclass(frozen=True)
class Matched:
    """What was matched: records as they are in the warehouse, the result, the new index."""

    records: pl.DataFrame
    result: Result
    index: Index
    before: Stored | None
    """The index it started from; None when everything was matched."""
    gone: tuple[Record, ...] = ()
    """Keys of records that are no more."""
    employers: bool = True
    """Whether employers have to be looked at."""

    @property
    def only(self) -> list[Record] | None:
        """Records whose placements, cases and persons this decides; None for all."""
        return None if self.before is None else [*self.records.select("source", "source_key").rows(), *self.gone]


def everything(connection: Connection, model: Model, judged: pl.DataFrame, records: pl.DataFrame | None = None) -> Matched:
    """Match all records (read now, unless given)."""
    records = identity.person_records(connection) if records is None else records
    done = build(records, model, judged)
    return Matched(records, done.result, done.index, None)


def touched(connection: Connection, last: Run | None, version: int, trust: str, model: Model, judged: pl.DataFrame) -> Matched | None:
    """Match what changed since the last run, and what that touches.

    None where only everything will do: no run before, or by another model version or other trust in sources; its index is not there; most of it changed.
    """
    if last is None or last.watermark is None or (last.model_version, last.trust) != (version, trust):
        return None
    found = changed.since(connection, Since(last.watermark, last.judgement_id or 0))
    if len(found.records) * _LARGE > last.counts["records"]:
        return None
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(index_store.load, last.state_key)
        fresh = identity.person_records_of(connection, found.records)
        encoded = standardise(fresh, model)
        stored = opening.result()
    if stored is None or stored.index.version != model.version:
        return None
    gone, again = ([identity.record_id(*record) for record in records] for records in (found.gone, found.others))
    done = update(stored.index, encoded, gone, model, judged, again)
    known = fresh.filter(pl.col("record_id").is_in(done.touched.implode()))
    others = done.touched.filter(~done.touched.is_in(known["record_id"].implode()))
    rest = identity.person_records_of(connection, [_record(record) for record in others.to_list()])
    records = pl.concat([known, rest]).sort("founding", "source", "source_key")
    return Matched(records, done.result, done.index, stored, found.gone, found.employers)


def _record(record_id: str) -> Record:
    source, _, key = record_id.partition("/")
    return source, key
