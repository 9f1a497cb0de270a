"""Map: landed raw rows become staged canonical records, each with its keyed hash; nothing is dropped on the way."""

from __future__ import annotations

import polars as pl

from hub import crypto, landing, settings
from hub.pipeline.extract import Progress, silent
from hub.pipeline.timing import timed
from mappings.apply import Mapped, map_part
from mappings.canonical import ENTITIES
from mappings.load import load_named, yaml_hash
from warehouse import batches
from warehouse.batches import Batch
from warehouse.db import connect, query, source_lock
from warehouse.staging import PROBLEMS, REASONS, UNKNOWN_CODES, Files

SEPARATOR, ABSENT = "\x1f", "\x00"
UNKNOWN = {"stream": pl.String, "column": pl.String, "lookup": pl.String, "value": pl.String, "rows": pl.Int64}


@timed("map")
def map_batch(batch_id: str, progress: Progress = silent) -> str:
    """Map a landed batch by the source's file as it stands and stage the records.

    A batch that is already staged with this very mapping is left alone.
    """
    with connect() as connection:
        batch = batches.get(connection, batch_id)
    with source_lock(batch.source):
        with connect() as connection:
            batch = batches.get(connection, batch_id)
            tables, override_id = batches.overrides(connection, batch.source)
        if batch.state != "landed":
            return batch_id
        source = load_named(settings.load().sources, batch.source)
        stage, files = _Stage(batch), Files(batch)
        for part in files.raw_parts():
            mapped = map_part(source, part.stream, files.raw(part), part.first_row, tables)
            stage.add(part.stream, mapped)
            progress(part.stream, part.first_row + part.rows - 1)
        stage.finish()
        with connect() as connection:
            values = {"batch_id": batch_id, "mapping_hash": yaml_hash(source), "override_id": override_id}
            connection.execute(query("batch.set_mapping"), values)
    return batch_id


class _Stage:
    """Writes the mapped parts of one batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.files: list[landing.FileEntry] = []
        self.problems: list[pl.DataFrame] = []
        self.unknown: list[pl.DataFrame] = []
        self.unmapped: dict[str, list[str]] = {}
        self.parts = 0
        landing.discard("staging", batch.source, batch.batch_id)

    def _write(self, name: str, frame: pl.DataFrame) -> None:
        self.files.append(landing.write_table("staging", self.batch.source, self.batch.batch_id, name, frame.to_arrow()))

    def add(self, stream: str, mapped: Mapped) -> None:
        self._write(f"rows-{stream}-{self.parts:04d}", mapped.rows)
        for entity, frame in mapped.records.items():
            if len(frame):
                self._write(f"{entity}-{stream}-{self.parts:04d}", with_hash(entity, frame))
        self.problems.append(mapped.problems)
        self.unknown.append(mapped.unknown_codes)
        self.unmapped[stream] = sorted({*self.unmapped.get(stream, []), *mapped.unmapped})
        self.parts += 1

    def finish(self) -> None:
        problems = [frame.select(*REASONS).cast(REASONS) for frame in self.problems]  # type: ignore[arg-type]
        self._write(PROBLEMS, pl.concat([pl.DataFrame(schema=REASONS), *problems]))
        unknown = pl.concat([pl.DataFrame(schema=UNKNOWN), *(frame.select(*UNKNOWN).cast(UNKNOWN) for frame in self.unknown)])  # type: ignore[arg-type]
        self._write(UNKNOWN_CODES, unknown.group_by("stream", "column", "lookup", "value", maintain_order=True).agg(pl.col("rows").sum()))
        landing.write_manifest("staging", self.batch.source, self.batch.batch_id, self.files, {"unmapped": self.unmapped})


def with_hash(entity: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the keyed hash of a record's canonical values (16 bytes): equal values, equal hash, and it opens nothing."""
    names = [field.name for field in ENTITIES[entity].fields]
    values = frame.select(pl.concat_str([pl.col(name).cast(pl.String).fill_null(ABSENT) for name in names], separator=SEPARATOR)).to_series()
    return frame.with_columns(pl.Series("hash", crypto.keyed_hash(values.to_list()), pl.Binary))
