"""The matching index as it is kept: sealed files in the store, one folder a segment, and one a state that names its segments.

A segment never changes once written, so a batch writes its own records and the components only.  A state is named after what the run that made it
rested on (`warehouse.identity.state_key`); where none of that name is there, everything is matched again.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc

from hub import landing
from hub.errors import FatalError
from hub.landing import Manifest
from matching.index import Index, Segment

LAYER: landing.Layer = "index"
ENTITY = "person_record"
PART = 1 << 17
"""Records of one file."""


@dataclass(frozen=True)
class Stored:
    """An index and the name under which each of its segments is kept."""

    index: Index
    names: tuple[str, ...]


def load(name: str) -> Stored | None:
    """Open a state; None where it is not there.  FatalError when a file was altered or its key is not in the keyring."""
    manifest = landing.read_manifest(LAYER, ENTITY, f"state-{name}")
    if manifest is None:
        return None
    names = tuple(manifest.meta["segments"])
    component = np.frombuffer(landing.read_file(manifest, "component"), dtype=np.int32).astype(np.int64)
    return Stored(Index(manifest.meta["version"], tuple(map(_read, names)), component), names)


def save(name: str, index: Index, before: Stored | None = None) -> Stored:
    """Keep a state: the segments that are not kept already, then the components and the names."""
    names = []
    for number, segment in enumerate(index.segments):
        known = [kept for one, kept in zip(before.index.segments, before.names, strict=True) if one is segment] if before else []
        names.append(known[0] if known else _write(f"segment-{name}-{number}", segment))
    landing.discard(LAYER, ENTITY, f"state-{name}")
    component = index.component.astype(np.int32)
    entry = landing.write_file(LAYER, ENTITY, f"state-{name}", "component", len(component), component.data.cast("B"))
    landing.write_manifest(LAYER, ENTITY, f"state-{name}", [entry], {"version": index.version, "segments": names})
    return Stored(index, tuple(names))


def forget_others(stored: Stored, name: str) -> None:
    """Remove every other state, and the segments no longer part of this one."""
    for batch_id in [*landing.batches(LAYER, ENTITY), *landing.batches(LAYER, ENTITY, complete=False)]:
        if batch_id != f"state-{name}" and batch_id not in stored.names:
            landing.discard(LAYER, ENTITY, batch_id)


def _write(name: str, segment: Segment) -> str:
    landing.discard(LAYER, ENTITY, name)
    files = []
    for number, part in enumerate(segment.frame.iter_slices(PART) if segment.frame.height else [segment.frame]):
        sink = io.BytesIO()
        part.write_ipc(sink, compression="uncompressed")
        files.append(landing.write_file(LAYER, ENTITY, name, f"records-{number:04d}", part.height, sink.getbuffer()))
    for kind, values in (("keys", segment.keys), ("rows", segment.rows)):
        files.append(landing.write_file(LAYER, ENTITY, name, kind, len(values), np.ascontiguousarray(values).data.cast("B")))
    landing.write_manifest(LAYER, ENTITY, name, files, {})
    return name


def _read(name: str) -> Segment:
    manifest = landing.read_manifest(LAYER, ENTITY, name)
    if manifest is None:
        raise FatalError(f"index/{ENTITY}/{name}: not complete; `hub resolve --full` builds the index again")
    parts = [entry.name for entry in manifest.files if entry.name.startswith("records-")]
    with ThreadPoolExecutor(2) as pool:
        keys = pool.submit(_numbers, manifest, "keys")
        rows = pool.submit(_numbers, manifest, "rows")
        frames = list(pool.map(lambda part: _frame(landing.read_file(manifest, part)), parts))
        return Segment(pl.concat(frames, rechunk=False), keys.result().view(np.uint64), rows.result().view(np.int32))


def _frame(plain: bytearray) -> pl.DataFrame:
    """The frame that lies in some bytes, without copying them."""
    return cast(pl.DataFrame, pl.from_arrow(pyarrow.ipc.open_file(pa.py_buffer(plain)).read_all()))


def _numbers(manifest: Manifest, name: str) -> np.ndarray:
    return np.frombuffer(landing.read_file(manifest, name), dtype=np.uint8)
