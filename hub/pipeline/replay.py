"""Replay: landed batches again through the mapping as it stands, in their order; also into an empty warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub import landing
from hub.errors import FatalError, StoppedError
from hub.pipeline.extract import Progress, silent
from hub.pipeline.flow import Outcome, run_batch
from mappings.source import Source
from warehouse import batches
from warehouse.batches import Batch
from warehouse.db import connect, source_lock


def replay(source: Source, only: str | None = None, progress: Progress = silent) -> Iterator[Outcome | str]:
    """Publish the landed batches of a source again (or `only` one); yields each outcome, or the id of a batch that was rejected.

    New versions are written only where the canonical hash differs from the version of the same batch.
    """
    for batch in sorted(landed(source), key=lambda batch: batch.sequence):
        if only and batch.batch_id != only:
            continue
        with source_lock(source.source), connect() as connection:
            batches.begin_replay(connection, batches.get(connection, batch.batch_id))
        for layer in ("staging", "gate"):
            landing.discard(layer, source.source, batch.batch_id)
        try:
            yield run_batch(batch.batch_id, progress)
        except StoppedError:
            with connect() as connection:
                if batches.get(connection, batch.batch_id).state != "rejected":
                    raise
            yield batch.batch_id


def landed(source: Source) -> list[Batch]:
    """Give the landed batches of a source, entering those that this warehouse does not know."""
    found = []
    for batch_id in landing.batches("landing", source.source):
        manifest = landing.read_manifest("landing", source.source, batch_id)
        if manifest is None:
            raise FatalError(f"batch {batch_id}: its landing files went away while they were listed; run the replay again")
        meta = manifest.meta["batch"]
        start, end = (datetime.fromisoformat(moment) if moment else None for moment in meta["interval"])
        batch = Batch(batch_id, source.source, meta["sequence"], meta["kind"], interval_start=start, interval_end=end)
        with connect() as connection:
            batches.adopt(connection, batch, datetime.fromisoformat(meta["started_at"]))
        found.append(batch)
    return found
