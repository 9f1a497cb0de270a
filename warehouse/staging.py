"""How a batch lies in its files: raw parts and sweeps in `landing`, canonical parts in `staging`, refusals in `gate`.

Raw rows are numbered within the batch by where they lie: part after part as listed, `first_row` in the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import pyarrow as pa

from hub import landing
from hub.errors import FatalError
from mappings.canonical import ENTITIES
from warehouse.batches import Batch

REJECTS = "rejects"
PROBLEMS = "problems"
UNKNOWN_CODES = "unknown_codes"
VERDICT = "verdict"
ROWS = {"row_number": pl.Int64, "row_key": pl.String, "rekey_from": pl.String, "scope_reason": pl.String}
REASONS = {"row_number": pl.Int64, "entity": pl.String, "field": pl.String, "code": pl.String, "severity": pl.String}


@dataclass(frozen=True)
class RawPart:
    """Where one part of a stream lies, and the number of its first row."""

    name: str
    stream: str
    first_row: int
    rows: int


class Files:
    """The files of one batch, opened part by part."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._manifests: dict[landing.Layer, landing.Manifest] = {}

    def manifest(self, layer: landing.Layer) -> landing.Manifest:
        """The manifest of a layer; FatalError when the layer is not complete."""
        if layer not in self._manifests:
            found = landing.read_manifest(layer, self.batch.source, self.batch.batch_id)
            if found is None:
                raise FatalError(f"batch {self.batch.batch_id}: its {layer} files are not complete; run the source again")
            self._manifests[layer] = found
        return self._manifests[layer]

    def raw_parts(self) -> list[RawPart]:
        """The landed parts in the order of their rows."""
        return [RawPart(**part) for part in self.manifest("landing").meta["parts"]]

    def extracted(self) -> dict[str, int]:
        """Rows per stream, rejected ones included."""
        return dict(self.manifest("landing").meta["extracted"])

    def raw(self, part: RawPart) -> pa.Table:
        """One landed part as received."""
        return landing.read_table(self.manifest("landing"), part.name)

    def rejects(self) -> pl.DataFrame:
        """Rows that could not be read into columns: stream, row_number, reason, raw."""
        return self._frame("landing", REJECTS)

    def sweep(self, stream: str) -> Iterator[pa.Table] | None:
        """The key columns of every row the source held, None where no sweep was made."""
        manifest = self.manifest("landing")
        if stream not in manifest.meta["sweeps"]:
            return None
        prefix = f"keys-{stream}-"
        return (landing.read_table(manifest, entry.name) for entry in manifest.files if entry.name.startswith(prefix))

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Every raw row's number, key and scope, with its stream; read once, as several ask."""
        manifest = self.manifest("staging")
        frames = [
            self._frame("staging", entry.name).with_columns(stream=pl.lit(entry.name.split("-")[1]))
            for entry in manifest.files
            if entry.name.startswith("rows-")
        ]
        return pl.concat(frames) if frames else pl.DataFrame(schema={**ROWS, "stream": pl.String})

    def record_parts(self, entity: str) -> list[str]:
        """Names of the staged parts of an entity."""
        return [entry.name for entry in self.manifest("staging").files if entry.name.startswith(f"{entity}-")]

    def records(self, part: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One staged part of an entity (only `columns` of it, if given)."""
        return self._frame("staging", part, columns)

    def mapping_reasons(self) -> pl.DataFrame:
        """What reading and mapping said of each row, before the gate."""
        unread = self.rejects().select("row_number", entity=pl.lit("raw"), field=pl.lit("row"), code=pl.col("reason"), severity=pl.lit("refuse"))
        return pl.concat([self._frame("staging", PROBLEMS).select(*REASONS), unread.cast(REASONS)])  # type: ignore[arg-type]

    def reasons(self) -> pl.DataFrame:
        """Every refusal and finding: what reading, mapping and gate said of each row."""
        return pl.concat([self.mapping_reasons(), self._frame("gate", VERDICT).select(*REASONS)])

    def entities(self) -> list[str]:
        """Entities this batch has records of, in the order they load."""
        return [name for name in ENTITIES if self.record_parts(name)]

    def _frame(self, layer: landing.Layer, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        frame = pl.from_arrow(landing.read_table(self.manifest(layer), name, columns))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame; the type of from_arrow is wider
        return frame
