"""A decision takes effect at once: placements, golden records and cases of the persons it touches; the next resolve finds the same.

Facts are never touched.  Whoever writes holds `lock`, and so does resolve while it writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from hub import crypto
from hub.pipeline.conflicts import Record
from hub.pipeline.golden import golden_rows
from matching import Model, match
from warehouse import identity, models, pins
from warehouse.copy import copy_in
from warehouse.db import Connection, query

KEY_FIELDS = ("name", "id_number", "birth_date", "sex_code", "death_date")
"""Key values a verdict rests on: when one changes, the case comes back."""

_MODELS: dict[tuple[str, int], Model] = {}
"""The last model read, by database and version: reading one of a large county takes seconds."""


def lock(connection: Connection) -> None:
    """Hold, until the transaction ends, the right to change who is whom."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended('guiyi:placing', 0))")


def members(connection: Connection, persons: Iterable[str]) -> dict[Record, str]:
    """Give the records of persons, each with its person."""
    rows = connection.execute(query("consequence.members"), {"persons": list(persons)})
    return {(source, key): person for person, source, key in rows}


def placed_of(connection: Connection, records: Iterable[Record]) -> dict[Record, str]:
    """Give whose these records are now; a record not placed yet is left out."""
    wanted = list(records)
    values = {"sources": [source for source, _ in wanted], "keys": [key for _, key in wanted]}
    return {(source, key): person for source, key, person in connection.execute(query("consequence.persons_of"), values)}


def place(connection: Connection, after: Mapping[Record, str]) -> None:
    """Put records where they belong now; `after` holds every record of every person involved."""
    persons = list(after.values())
    sizes = {person: persons.count(person) for person in set(persons)}
    values = {
        "sources": [source for source, _ in after],
        "keys": [key for _, key in after],
        "persons": persons,
        "grades": ["certain" if sizes[person] > 1 else "no" for person in persons],
    }
    before = placed_of(connection, after)
    connection.execute(query("act.keep_places"), values)
    connection.execute(query("act.place"), values)
    refresh(connection, {*before.values(), *persons}, after)


def refresh(connection: Connection, persons: Iterable[str], after: Mapping[Record, str]) -> None:
    """Compute the golden records of persons anew; those without a record are no more."""
    records = identity.person_records_of(connection, list(after))
    placed = pl.DataFrame([(*record, person) for record, person in after.items()], schema=["source", "source_key", "entity_id"], orient="row")
    golden = golden_rows(records, placed, pins.in_force(connection))
    connection.execute(query("act.drop_golden"), {"persons": list(persons)})
    copy_in(connection, ("identity", "golden"), identity.sealed_golden(golden))


def rematched(connection: Connection, persons: Iterable[str]) -> dict[Record, str]:
    """Say by the model in force and the judgements that stand whose the records of these persons are."""
    keys = list(members(connection, persons))
    records = identity.person_records_of(connection, keys)
    found = match(records, current_model(connection), identity.judgements_among(connection, keys)).records
    ids = dict(records.select("record_id", "candidate_id").iter_rows())
    whose = dict(found.select("record_id", "cluster_id").iter_rows())
    return {(source, key): ids[whose[record]] for source, key, record in records.select("source", "source_key", "record_id").iter_rows()}


def warm(connection: Connection) -> None:
    """Read the model in force and match one person with it: what a process does first takes seconds, and nobody's act should wait for that."""
    if connection.execute(query("identity.model_in_force")).fetchone() is not None:
        rematched(connection, [person for (person,) in connection.execute(query("identity.anybody"))])


def current_model(connection: Connection) -> Model:
    """Give the model in force, read once per version."""
    row = connection.execute(query("identity.model_in_force")).fetchone()
    assert row is not None  # noqa: S101 - records are placed by a model only
    key = (connection.info.dsn, int(row[0]))
    if key not in _MODELS:
        _MODELS.clear()
        _MODELS[key] = Model.from_json(models.get(connection, key[1]), model_key())
    return _MODELS[key]


def model_key() -> bytes:
    """The secret mixed into every hash a model keeps: of this installation's keyring."""
    return crypto.keyed_hash([b"matching model"])[0]


def basis(records: pl.DataFrame) -> dict[Record, dict[str, str]]:
    """Give the key values of records as keyed hashes that say whether a value changed, and not which it is."""
    rows = records.select("source", "source_key", *KEY_FIELDS).rows()
    texts = [f"{row[0]}/{row[1]}/{name}/{value}" for row in rows for name, value in zip(KEY_FIELDS, row[2:], strict=True) if value is not None]
    names = [(row[0], row[1], name) for row in rows for name, value in zip(KEY_FIELDS, row[2:], strict=True) if value is not None]
    found: dict[Record, dict[str, str]] = {(row[0], row[1]): {} for row in rows}
    for (source, key, name), digest in zip(names, crypto.keyed_hash(texts), strict=True):
        found[source, key][name] = digest[:8].hex()
    return found
