"""Rotation of keys: every sealed value written anew under the key in force, while readers read.

Each value names its key, so that readers open old and new ones side by side, and a rotation that was killed goes on
where it stopped: what is still under an old key is what is left to do.  A row's blind indexes change with its seal.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from psycopg import sql

from hub import crypto, landing
from hub.errors import ConfigError, RetryableError
from hub.keyring import keyring, retire
from mappings.canonical import ENTITIES
from warehouse import audit_seal
from warehouse.db import Connection, connect, query, source_lock
from warehouse.identity import golden_context
from warehouse.quarantine import raw_context
from warehouse.records import seal_context
from warehouse.repair_plans import plan_context
from warehouse.tables import BLIND

PAGES = 500
"""Pages of a table in one transaction: some ten thousand records, a second or two."""
ROTATED = ("blind", "seal", "wrap")
LAYERS: tuple[landing.Layer, ...] = ("landing", "staging", "gate", "ledger", "decision")
WAIT_SECONDS = 600.0
Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Place:
    """A column of sealed values: what each is bound to, and which blind indexes stand beside it."""

    table: tuple[str, str]
    sealed: str
    names: tuple[str, ...]
    """columns the context is made of"""
    context: Callable[..., bytes]
    blinds: tuple[tuple[str, str], ...] = ()
    """column, field of the sealed JSON (empty: the value itself)"""

    @property
    def title(self) -> str:
        """Name for people."""
        return ".".join((*self.table, self.sealed))


def _places() -> list[Place]:
    places = []
    for entity in ENTITIES.values():
        if entity.personal:
            blinds = tuple((f"{name}_blind", name) for name in BLIND if name in entity.personal)
            for table in (entity.name, f"{entity.name}_history"):
                places.append(Place(("core", table), "sealed", ("source", "source_key"), _record_context(entity.name), blinds))
    places.append(Place(("identity", "golden"), "sealed", ("person_id",), golden_context, (("id_number_blind", "id_number"),)))
    places.append(Place(("ops", "quarantine"), "raw", ("batch_id", "row_number"), raw_context))
    places.append(Place(("ops", "repair"), "sealed", ("batch_id", "row_number"), raw_context))
    places.append(Place(("ops", "repair_plan"), "sealed", ("source", "stream"), plan_context))
    places.append(Place(("ops", "unknown_code"), "value_sealed", ("source",), lambda source: f"code/{source}".encode(), (("value_blind", ""),)))
    places.append(Place(("access", "account"), "totp", ("name",), totp_context))
    return places


def _record_context(entity: str) -> Callable[[str, str], bytes]:
    return lambda source, key: seal_context(entity, source, [key])[0]


def totp_context(name: str) -> bytes:
    """Bind the secret of a second factor to its account."""
    return f"totp/{name}".encode()


def silent(what: str, rows: int) -> None:
    """Tell nobody."""


def reseal(tell: Tell = silent) -> dict[str, int]:
    """Write every value under an older key anew; give how many of each place.  May be killed and called again."""
    with connect() as connection:
        begun = _moment(connection)
    written: Counter[str] = Counter()
    for place in PLACES:
        written[place.title] += _rotate(place, tell)
    written["files"] = _files(tell)
    _wait_for_writers(begun)
    for place in PLACES:  # rows sealed before the new key was there and committed since
        written[place.title] += _rotate(place, tell)
    audit_seal.rewrap()
    return dict(written)


def in_use() -> dict[int, int]:
    """Count the values and files under each key."""
    found: Counter[int] = Counter()
    with connect() as connection:
        for place in PLACES:
            for key, rows in connection.execute(query("reseal.count").format(**_parts(place))):
                found[key] += rows
        sources = _sources(connection)
    for layer, source, batch_id in _manifests(sources):
        manifest = landing.read_manifest(layer, source, batch_id)
        found.update(crypto.token_key_id(entry.key) for entry in (manifest.files if manifest else ()))
    found[audit_seal.wrapped_by()] += 1
    return dict(found)


def old_keys() -> list[int]:
    """Give the keys of the ring that are not the newest of their purpose and can go once nothing is under them."""
    ring = keyring()
    return [key.id for purpose in ROTATED for key in ring.versions(purpose) if key.id != ring.active(purpose).id]


def retire_old() -> list[int]:
    """Remove the older keys for ever; ConfigError when a value still needs one."""
    used, old = in_use(), old_keys()
    if left := [(key, used[key]) for key in old if used.get(key)]:
        raise ConfigError(f"key {left[0][0]}: {left[0][1]:,} values or files are still under it; `hub keys rotate` goes on where it stopped")
    retire(old)
    return old


def _rotate(place: Place, tell: Tell) -> int:
    with connect() as connection:
        [(pages,)] = connection.execute(query("reseal.blocks").format(table=sql.Literal(".".join(place.table)))).fetchall()
    written = 0
    for first in range(0, pages, PAGES):  # rows written meanwhile go behind the last page, under the new key
        with connect() as connection:
            written += _batch(connection, place, first, first + PAGES)
        tell(place.title, written)
    return written


def _batch(connection: Connection, place: Place, first: int, last: int) -> int:
    active = keyring().active("seal").id
    limits = {"first": sql.Literal(f"({first},0)"), "last": sql.Literal(f"({last},0)"), "key": sql.Literal(active.to_bytes(4, "big"))}
    names = sql.SQL(", ").join(map(sql.Identifier, place.names))
    rows = connection.execute(query("reseal.old").format(**_parts(place), **limits, names=names), binary=True).fetchall()
    if not rows:
        return 0
    contexts = [place.context(*row[2:]) for row in rows]
    texts = crypto.unseal([row[1] for row in rows], contexts)
    new = crypto.seal(texts, contexts)
    blinds = [crypto.blind([_field(text, field) for text in texts], field or "code") for _, field in place.blinds]
    blinds += [[None] * len(rows)] * (3 - len(blinds))
    connection.execute(query("reseal.stage"))
    with connection.cursor().copy("copy new_seal from stdin") as copy:
        for row, sealed, one, two, three in zip(rows, new, *blinds, strict=True):
            copy.write_row((row[0], row[1], sealed, one, two, three))
    columns = [place.sealed, *(column for column, _ in place.blinds)]
    values = ["new", *(f"blind_{at}" for at in range(1, len(place.blinds) + 1))]
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.Identifier("n", value)) for column, value in zip(columns, values, strict=True)
    )
    return connection.execute(query("reseal.replace").format(**_parts(place), assignments=assignments)).rowcount


def _field(text: str | None, field: str) -> str | None:
    if text is None or not field:
        return text
    value: str | None = json.loads(text).get(field)
    return value


def _parts(place: Place) -> dict[str, Any]:
    return {"table": sql.Identifier(*place.table), "sealed": sql.Identifier(place.sealed)}


def _files(tell: Tell) -> int:
    with connect() as connection:
        sources = _sources(connection)
    written = 0
    for layer, source, batch_id in _manifests(sources):
        with source_lock("resolve" if layer == "index" else source):
            written += landing.rewrap(layer, source, batch_id)
        tell("files", written)
    for batch_id in landing.batches("index", "person_record"):
        with source_lock("resolve"):
            written += landing.rewrap("index", "person_record", batch_id)
        tell("files", written)
    return written


def _sources(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute("select distinct source from ops.batch order by 1")]


def _manifests(sources: Sequence[str]) -> Iterator[tuple[landing.Layer, str, str]]:
    for source in sources:
        for layer in LAYERS:
            for batch_id in landing.batches(layer, source):
                yield layer, source, batch_id
    for batch_id in landing.batches("index", "person_record"):
        yield "index", "person_record", batch_id


def _moment(connection: Connection) -> datetime:
    [(moment,)] = connection.execute(query("reseal.now")).fetchall()
    return moment  # type: ignore[no-any-return]


def _wait_for_writers(moment: datetime) -> None:
    """Wait until every transaction that may have sealed with an old key has ended."""
    deadline = monotonic() + WAIT_SECONDS
    while monotonic() < deadline:
        with connect() as connection:
            if connection.execute(query("reseal.writers"), {"moment": moment}).fetchone() == (False,):
                return
        sleep(0.2)
    raise RetryableError("keys: a transaction that began before the rotation is still open after ten minutes; end it and run `hub keys rotate` again")


PLACES = _places()
"""Every column of sealed values; a test holds it against the database's columns."""
