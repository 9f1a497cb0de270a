"""Quarantine: refused rows with every reason and the sealed raw row, until a newer row or a repair makes them good."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from hub import crypto
from hub.errors import ConfigError
from mappings.canonical import ENTITIES
from warehouse import audit
from warehouse.batches import Batch
from warehouse.copy import copy_in
from warehouse.db import Connection, query
from warehouse.staging import Files


def publish(connection: Connection, batch: Batch, files: Files, states: pl.DataFrame, reasons: pl.DataFrame) -> None:
    """Write the refused rows of a batch and close earlier refusals that it makes good or repeats."""
    connection.execute(query("quarantine.forget"), {"batch_id": batch.batch_id})
    refused = states.filter(pl.col("state") == "quarantined").select("row_number", "stream", "row_key")
    refused = refused.join(_areas(files, refused["row_number"]), on="row_number", how="left")
    for rows in _with_raw(files, refused, _texts(reasons)):
        copy_in(connection, ("ops", "quarantine"), _sealed(batch, rows))
        _close_unkeyed(connection, batch, rows)
    for state, kinds in (("superseded", ["quarantined"]), ("resolved", ["accepted", "unchanged", "out_of_scope"])):
        keyed = states.filter(pl.col("state").is_in(kinds) & pl.col("row_key").is_not_null())
        for (stream,), part in keyed.group_by("stream"):
            _close(connection, batch, str(stream), state, part["row_key"])


def close_gone(connection: Connection, batch: Batch, ended: Mapping[str, Sequence[str]], *, whole: bool) -> None:
    """Close earlier refusals of rows the source no longer holds: those whose keys ended, and in a `whole` batch all without a key."""
    for stream, keys in ended.items():
        if keys:
            _close(connection, batch, stream, "superseded", pl.Series("row_key", keys, pl.String))
    if whole:
        connection.execute(query("quarantine.close_unkeyed"), {"source": batch.source, "batch_id": batch.batch_id})


def _close(connection: Connection, batch: Batch, stream: str, state: str, keys: pl.Series) -> None:
    waiting = connection.execute(query("quarantine.waiting_keys"), {"source": batch.source, "stream": stream, "batch_id": batch.batch_id}).fetchall()
    known = pl.Series("row_key", [row[0] for row in waiting], pl.String)
    hit = known.filter(known.is_in(keys.implode()))
    if len(hit):
        values = {"source": batch.source, "stream": stream, "batch_id": batch.batch_id, "state": state, "keys": hit.to_list()}
        connection.execute(query("quarantine.close_older"), values)


def _close_unkeyed(connection: Connection, batch: Batch, rows: pl.DataFrame) -> None:
    hashes = rows.filter(pl.col("row_key").is_null())["raw_hash"].to_list()
    if hashes:
        connection.execute(query("quarantine.close_same"), {"source": batch.source, "batch_id": batch.batch_id, "hashes": hashes})


def _texts(reasons: pl.DataFrame) -> pl.DataFrame:
    """Give each refused row its reasons as `entity.field:code`, sorted, each once."""
    text = pl.concat_str("entity", pl.lit("."), pl.col("field").fill_null("row"), pl.lit(":"), "code")
    refused = reasons.filter(pl.col("severity") == "refuse")
    return refused.select("row_number", reason=text).group_by("row_number").agg(reasons=pl.col("reason").unique().sort())


def _areas(files: Files, numbers: pl.Series) -> pl.DataFrame:
    """Give the areas refused rows name, by what the mapping made of them; a row that names none is left out."""
    said = [pl.DataFrame(schema={"row_number": pl.Int64, "area_code": pl.String})]
    for entity in files.entities() if len(numbers) else ():
        for part in files.record_parts(entity) if "area_code" in ENTITIES[entity].by_name else ():
            said.append(files.records(part, ["row_number", "area_code"]).filter(pl.col("row_number").is_in(numbers.implode())))
    named = pl.concat(said, how="vertical_relaxed").drop_nulls()
    return named.group_by("row_number").agg(areas=pl.col("area_code").unique().sort())


def _with_raw(files: Files, refused: pl.DataFrame, texts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Join the refused rows with their raw rows as JSON text, part by part, and with their reasons."""
    refused = refused.join(texts, on="row_number", how="left")
    for part in files.raw_parts() if len(refused) else ():
        inside = refused.filter(pl.col("row_number").is_between(part.first_row, part.first_row + part.rows - 1))
        if len(inside):
            table = files.raw(part).take((inside["row_number"] - part.first_row).to_arrow())
            yield _hashed(inside.with_columns(pl.Series("raw", [json.dumps(row, ensure_ascii=False) for row in table.to_pylist()], pl.String)))
    rejects = files.rejects()
    if len(rejects):
        unread = rejects.select("row_number", raw=pl.col("raw").map_elements(lambda raw: json.dumps({"": raw}, ensure_ascii=False), pl.String))
        yield _hashed(refused.join(unread, on="row_number", how="inner"))


def _hashed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.Series("raw_hash", crypto.keyed_hash(rows["raw"].to_list()), pl.Binary))


def _sealed(batch: Batch, rows: pl.DataFrame) -> pl.DataFrame:
    contexts = [raw_context(batch.batch_id, number) for number in rows["row_number"]]
    return rows.select(
        pl.lit(batch.batch_id).alias("batch_id"),
        "row_number",
        pl.lit(batch.source).alias("source"),
        "stream",
        "row_key",
        "reasons",
        pl.Series("raw", crypto.seal(rows["raw"].to_list(), contexts), pl.Binary),
        "raw_hash",
        pl.col("areas").fill_null([]),
    )


def raw_context(batch_id: str, row_number: int) -> bytes:
    """Bind a sealed raw row to its place."""
    return f"quarantine/{batch_id}/{row_number}".encode()


@dataclass(frozen=True)
class Refused:
    """One refused row, without its values."""

    batch_id: str
    row_number: int
    stream: str
    row_key: str | None
    reasons: list[str]
    recorded_at: datetime


def open_rows(connection: Connection, source: str | None = None, reason: str | None = None, limit: int = 1000) -> list[Refused]:
    """List refused rows that wait, oldest batch first."""
    values = {"source": source, "reason": reason, "limit": limit}
    return [Refused(*row) for row in connection.execute(query("quarantine.open_rows"), values)]


def summary(connection: Connection, source: str | None = None) -> list[tuple[str, str, str, int]]:
    """Count open refused rows by source, stream and reason."""
    return connection.execute(query("quarantine.summary"), {"source": source}).fetchall()


def raw_row(connection: Connection, batch_id: str, row_number: int) -> dict[str, str | None]:
    """Open one refused raw row: column -> text as received."""
    row = connection.execute(query("quarantine.one"), {"batch_id": batch_id, "row_number": row_number}).fetchone()
    if row is None:
        raise ConfigError(f"batch {batch_id}, row {row_number}: not in quarantine; `hub quarantine list` shows what is")
    return _open(batch_id, [row_number], [row[4]])[0]


def _open(batch_id: str, numbers: list[int], sealed: list[bytes]) -> list[dict[str, str | None]]:
    texts = crypto.unseal(sealed, [raw_context(batch_id, number) for number in numbers])
    return [json.loads(text) if text else {} for text in texts]


def repair(connection: Connection, batch_id: str, row_number: int, corrections: dict[str, str | None], author: str, reason: str) -> None:
    """Note a correction to a refused row: column -> text; the original stays as it came."""
    known = raw_row(connection, batch_id, row_number)
    if strange := sorted(corrections.keys() - known.keys()):
        raise ConfigError(f"batch {batch_id}, row {row_number}: no column {strange[0]}; columns: {', '.join(known)}")
    sealed = crypto.seal([json.dumps(corrections, ensure_ascii=False)], [raw_context(batch_id, row_number)])[0]
    values = {"batch_id": batch_id, "row_number": row_number, "sealed": sealed, "author": author, "reason": reason}
    connection.execute(query("quarantine.add_repair"), values)
    audit.record(connection, author, "quarantine.repair", f"{batch_id} row {row_number}", reason, columns=sorted(corrections))


def repaired_rows(connection: Connection, batch_id: str, *, corrected: bool = False) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Open the waiting rows of a batch (or only the `corrected` ones) with their corrections applied: stream -> (row number, raw row)."""
    rows = connection.execute(query("quarantine.raws"), {"batch_id": batch_id}).fetchall()
    numbers = [number for number, _, _ in rows]
    opened = dict(zip(numbers, _open(batch_id, numbers, [raw for _, _, raw in rows]), strict=True))
    fixes = connection.execute(query("quarantine.repairs"), {"batch_id": batch_id}).fetchall()
    for (number, _), fix in zip(fixes, _open(batch_id, [n for n, _ in fixes], [s for _, s in fixes]), strict=True):
        if number in opened:
            opened[number].update(fix)
    fixed = {number for number, _ in fixes}
    streams: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, stream, _ in rows:
        if number in fixed or not corrected:
            streams.setdefault(stream, []).append((number, opened[number]))
    return streams


def reasons_of(connection: Connection, batch_id: str, row_number: int) -> list[str]:
    """Give every reason a row was refused for, as `entity.field:code`."""
    row = connection.execute(query("quarantine.one"), {"batch_id": batch_id, "row_number": row_number}).fetchone()
    if row is None:
        raise ConfigError(f"batch {batch_id}, row {row_number}: not in quarantine; `hub quarantine list` shows what is")
    return list(row[3])
