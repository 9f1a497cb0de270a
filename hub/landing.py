"""Landing and staging: the files of a batch, ordinary Parquet inside an encrypted envelope, in an fsspec store.

`hub.pipeline` writes what a source sent (landing) and what it was mapped to (staging) part by part, then the manifest:
a layer of a batch is complete when its manifest is there.  Each file has a data key of its own, wrapped in the
manifest; readers decrypt to memory and use any engine on the Arrow table.  The store is `settings.store`: a local
folder, or `s3://…` with the address and credentials in AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from hub import crypto, envelope, settings, store
from hub.errors import ConfigError, FatalError
from hub.schemes import scheme

Layer = Literal["landing", "staging", "gate", "ledger", "decision", "index"]
MANIFEST = "manifest.json"
SUFFIX = ".parquet.sealed"
"""Of the files of every layer but the index, whose files are Arrow's or plain numbers."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.=+-]*")


@dataclass(frozen=True)
class FileEntry:
    """One file of a batch: rows, bytes as sealed, SHA-256 (hex) of the Parquet inside, its wrapped data key."""

    name: str
    rows: int
    size: int
    sha256: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Manifest:
    """What a complete layer of a batch holds; `meta` is what the writer noted and never holds a personal value."""

    layer: Layer
    source: str
    batch_id: str
    files: tuple[FileEntry, ...]
    meta: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """Rows of all files together."""
        return sum(entry.rows for entry in self.files)


def write_table(layer: Layer, source: str, batch_id: str, name: str, table: pa.Table) -> FileEntry:
    """Seal one part of a batch into the store as Parquet and give the entry the manifest needs (see `write_file`)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return write_file(layer, source, batch_id, name, table.num_rows, memoryview(sink.getvalue()).cast("B"))


def write_file(layer: Layer, source: str, batch_id: str, name: str, rows: int, plain: memoryview) -> FileEntry:
    """Seal one file of a batch into the store and give the entry the manifest needs.

    The file appears whole or not at all and replaces one a killed attempt left.  FatalError when the layer of this
    batch is complete already: `discard` it first.
    """
    folder = _folder(layer, source, batch_id)
    if store.exists(f"{folder}/{MANIFEST}"):
        raise FatalError(f"{folder}: complete already; discard it before writing again")
    path, key = _path(folder, name), envelope.new_key()
    size = store.put(path, envelope.seal_chunks(key, plain, path, scheme(settings.load().crypto)))
    return FileEntry(name, rows, size, hashlib.sha256(plain).hexdigest(), crypto.wrap(key, path))


def write_manifest(layer: Layer, source: str, batch_id: str, files: Iterable[FileEntry], meta: Mapping[str, Any]) -> Manifest:
    """Complete a layer of a batch: remove what a killed attempt left, then write the manifest, last of all.

    `meta` (JSON values) is readable by whoever reads the store: the caller puts no personal value there.  FatalError
    when a file of the list is not in the store.
    """
    folder = _folder(layer, source, batch_id)
    manifest = Manifest(layer, source, batch_id, tuple(files), json.loads(json.dumps(meta)))
    present, expected = set(store.find(folder)), {_path(folder, entry.name) for entry in manifest.files}
    if missing := sorted(expected - present):
        raise FatalError(f"{missing[0]}: listed for the manifest but not in the store; write it again")
    for left_over in sorted(present - expected):
        store.remove(left_over)
    body = asdict(manifest)
    body["seal"] = crypto.wrap(_digest(body), folder)  # authenticates the manifest, so that no file can be dropped from it
    store.put(f"{folder}/{MANIFEST}", [json.dumps(body, ensure_ascii=False, indent=1).encode()])
    return manifest


def read_manifest(layer: Layer, source: str, batch_id: str) -> Manifest | None:
    """Give the manifest of a layer of a batch, or None while it is not complete; FatalError when it was altered."""
    folder = _folder(layer, source, batch_id)
    path = f"{folder}/{MANIFEST}"
    if not store.exists(path):
        return None
    try:
        body = json.loads(store.get(path))
        seal = crypto.unwrap(body.pop("seal"), folder)
        if seal != _digest(body):
            raise FatalError("altered")
        return Manifest(**{**body, "files": tuple(FileEntry(**entry) for entry in body["files"])})
    except (ValueError, KeyError, TypeError, FatalError):
        raise FatalError(f"{path}: altered, or its key is not in the keyring; restore it or land the batch again") from None


def rewrap(layer: Layer, source: str, batch_id: str) -> bool:
    """Wrap the data keys of a complete layer with the key now in force; say whether one was older.

    The files stay as they are.  The caller holds the source, so that nobody discards the layer meanwhile.
    """
    manifest = read_manifest(layer, source, batch_id)
    folder = _folder(layer, source, batch_id)
    if manifest is None or crypto.token_key_id(json.loads(store.get(f"{folder}/{MANIFEST}"))["seal"]) == crypto.keyring().active("wrap").id:
        return False
    paths = [_path(folder, entry.name) for entry in manifest.files]
    keys = [crypto.wrap(crypto.unwrap(entry.key, path), path) for entry, path in zip(manifest.files, paths, strict=True)]
    write_manifest(layer, source, batch_id, [replace(entry, key=key) for entry, key in zip(manifest.files, keys, strict=True)], manifest.meta)
    return True


def read_table(manifest: Manifest, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Open one Parquet file of a batch in memory (see `read_file`)."""
    return pq.read_table(pa.BufferReader(read_file(manifest, name)), columns=columns)


def read_file(manifest: Manifest, name: str) -> bytearray:
    """Open one file of a batch in memory; FatalError naming the file when it was altered, cut, exchanged or is missing."""
    entry = next((entry for entry in manifest.files if entry.name == name), None)
    path = _path(_folder(manifest.layer, manifest.source, manifest.batch_id), name)
    if entry is None:
        raise FatalError(f"{path}: not a file of this batch; known: {', '.join(entry.name for entry in manifest.files) or 'none'}")
    # No other file was ever sealed with this key: what opens is what the manifest was written for, and hashing it again would prove nothing more.
    return envelope.open_chunks(crypto.unwrap(entry.key, path), store.view(path), path)


def tables(manifest: Manifest) -> Iterator[tuple[str, pa.Table]]:
    """Open the files of a batch one after the other, in the order they were listed."""
    for entry in manifest.files:
        yield entry.name, read_table(manifest, entry.name)


def discard(layer: Layer, source: str, batch_id: str) -> None:
    """Remove a layer of a batch, its manifest first; nothing to do when there is none."""
    folder = _folder(layer, source, batch_id)
    for path in sorted(store.find(folder), key=lambda path: (not path.endswith(f"/{MANIFEST}"), path)):
        store.remove(path)
    store.remove_folder(folder)


def batches(layer: Layer, source: str, *, complete: bool = True) -> list[str]:
    """Give the batches whose layer is complete, or with `complete=False` those a killed run left half written; sorted."""
    paths = [path.split("/") for path in store.find(f"{layer}/{_checked(source)}")]
    known = {path[2] for path in paths if len(path) == 4}
    done = {path[2] for path in paths if len(path) == 4 and path[3] == MANIFEST}
    return sorted(done if complete else known - done)


def _digest(body: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


def _folder(layer: Layer, source: str, batch_id: str) -> str:
    return f"{layer}/{_checked(source)}/{_checked(batch_id)}"


def _path(folder: str, name: str) -> str:
    return f"{folder}/{_checked(name)}{'.sealed' if folder.startswith('index/') else SUFFIX}"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigError("name of a source, batch or file: expected letters, digits and _ . = + - only, not beginning with one of . = + -")
    return name
