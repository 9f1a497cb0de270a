"""The identity tables: what matching reads from the warehouse and what it writes back; facts are never touched."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from psycopg import sql
from psycopg.types.json import Jsonb

from hub import crypto
from mappings.canonical import PERSON_RECORD
from warehouse.copy import copy_in, copy_out
from warehouse.db import Connection, query
from warehouse.records import seal_context
from warehouse.tables import metadata
from warehouse.tables_identity import crosswalk

PLACE = {"source": pl.String, "source_key": pl.String, "candidate_id": pl.String, "entity_id": pl.String, "grade": pl.String, "model_version": pl.Int64}
LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")
"""Crockford's alphabet: no letter that reads like a digit."""
ROWS_OF_A_BATCH = 1 << 29
"""Age of a record as one number that never depends on other records: batch sequence, then row."""


def record_id(source: str, source_key: str) -> str:
    """Name a record of any source by one text."""
    return f"{source}/{source_key}"


def candidate_id(record: str, prefix: str = "p") -> str:
    """Give the id a record brings along: a function of its source and key, so that it is never given to other people."""
    digest = hashlib.blake2b(record.encode(), digest_size=10).digest()
    return prefix + base64.b32encode(digest).decode().translate(LETTERS)


def person_records(connection: Connection) -> pl.DataFrame:
    """Read every person record, opened, oldest first: `record_id`, `founding` (its age, smaller = older), fields, and where it came from."""
    return _opened(connection, query("identity.persons"))


def person_records_of(connection: Connection, keys: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Read some person records, named by (source, source_key), as `person_records` reads all."""
    sources, names = [source for source, _ in keys], [key for _, key in keys]
    return _opened(connection, query("consequence.records").format(sources=sql.Literal(sources), keys=sql.Literal(names)))


def _opened(connection: Connection, statement: sql.SQL | sql.Composed) -> pl.DataFrame:
    names = ["source", "source_key", "batch_id", "name", "former_name", "sex_code", "birth_date", "ethnic_code", "area_code"]
    names += ["employer_name", "employer_code", "death_date", "updated_on", "status_code"]
    schema = {**dict.fromkeys(names, pl.String), "sealed": pl.Binary, "ended": pl.Boolean}
    schema |= dict.fromkeys(["first_sequence", "first_row", "row_number"], pl.Int64)
    order = ["source", "source_key", "first_sequence", "first_row", "batch_id", "row_number", *names[3:9], *names[9:], "ended", "sealed"]
    frame = copy_out(connection, statement, {name: schema[name] for name in order})
    contexts = [context for source, key in frame.select("source", "source_key").iter_rows() for context in seal_context("person_record", source, [key])]
    opened = [json.loads(text) if text else {} for text in crypto.unseal(frame["sealed"].to_list(), contexts)]
    personal = [pl.Series(name, [values.get(name) for values in opened], pl.String) for name in PERSON_RECORD.personal]
    frame = _aged(connection, "person_record", frame.drop("sealed").with_columns(personal))
    return frame.with_columns(founding=pl.col("first_sequence") * ROWS_OF_A_BATCH + pl.col("first_row"))


def employer_records(connection: Connection) -> pl.DataFrame:
    """Read every employer record, oldest first."""
    schema = {"source": pl.String, "source_key": pl.String, "first_sequence": pl.Int64, "first_row": pl.Int64}
    frame = copy_out(connection, query("identity.employers"), {**schema, "name": pl.String, "credit_code": pl.String, "area_code": pl.String})
    return _aged(connection, "employer_record", frame).with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64))


def _aged(connection: Connection, entity: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Order records by age (batch sequence, then row number; the source settles a tie) and give each the id it brings along."""
    frame = frame.sort("first_sequence", "first_row", "source", "source_key")
    frame = frame.with_columns(record_id=pl.concat_str("source", pl.lit("/"), "source_key"))
    moved = _moves(connection, entity)
    origins = {record_id(source, new): record_id(source, origin) for source, _, new, origin, _ in moved}
    left_behind = {record_id(source, old) for source, old, _, _, _ in moved} - origins.keys()
    names = [
        f"{record}@{sequence}" if record in left_behind else origins.get(record, record)
        for record, sequence in frame.select("record_id", "first_sequence").iter_rows()
    ]
    prefix = "p" if entity == "person_record" else "e"
    return frame.with_columns(pl.Series("candidate_id", [candidate_id(name, prefix) for name in names], pl.String))


def _moves(connection: Connection, entity: str) -> list[tuple[str, str, str, str, datetime]]:
    """Keys that sources corrected: source, old key, new key, first key, when; oldest first."""
    return connection.execute(query("rekey.all"), {"entity": entity}).fetchall()


def judgements(connection: Connection, entity: str) -> pl.DataFrame:
    """Read what people decided: left_id, right_id, verdict; the latest of each pair, without those taken back."""
    rows = connection.execute(query("identity.judgements"), {"entity": entity}).fetchall()
    return _latest(rows, _moves(connection, entity))


def verdicts(connection: Connection, entity: str) -> pl.DataFrame:
    """Read what people said of two records themselves, as `judgements`, without the rows that only keep persons whole."""
    return _latest(connection.execute(query("identity.verdicts"), {"entity": entity}).fetchall(), _moves(connection, entity))


def judgements_among(connection: Connection, keys: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Read what people decided about two of these person records, as `judgements` reads all."""
    moves = _moves(connection, "person_record")
    names = dict.fromkeys(keys)
    for source, old, new, _, _ in reversed(moves):
        if (source, new) in names:
            names[source, old] = None
    values = {"sources": [source for source, _ in names], "keys": [key for _, key in names]}
    wanted = {record_id(source, key) for source, key in keys}
    frame = _latest(connection.execute(query("identity.judgements_among"), values).fetchall(), moves)
    return frame.filter(pl.col("left_id").is_in(list(wanted)) & pl.col("right_id").is_in(list(wanted)))


def _latest(rows: Sequence[tuple[Any, ...]], moves: list[tuple[str, str, str, str, datetime]]) -> pl.DataFrame:
    last: dict[tuple[str, str], str] = {}
    for _, left_source, left_key, right_source, right_key, verdict, at in rows:
        left, right = sorted((_now(moves, left_source, left_key, at), _now(moves, right_source, right_key, at)))
        last[left, right] = verdict
    data = [(left, right, verdict) for (left, right), verdict in last.items()]
    return pl.DataFrame(data, schema={"left_id": pl.String, "right_id": pl.String, "verdict": pl.String}, orient="row")


def _now(moves: list[tuple[str, str, str, str, datetime]], source: str, key: str, judged_at: datetime) -> str:
    """Name the record a judgement spoke of as it is called now."""
    for of, old, new, _, at in moves:
        if (of, old) == (source, key) and at > judged_at:
            key = new
    return record_id(source, key)


def named_now(connection: Connection, entity: str, records: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give records under their present keys as well as those they were known by."""
    found = dict.fromkeys(records)
    for source, old, new, _, _ in _moves(connection, entity):
        if (source, old) in found:
            found[source, new] = None
    return list(found)


@dataclass(frozen=True)
class Moves:
    """What a run changed: records placed for the first time, and records whose entity_id or grade changed."""

    placed: int
    moved: int
    regraded: int


def write_crosswalk(connection: Connection, entity: str, places: pl.DataFrame) -> Moves:
    """Write placements that are new or differ, of all records or of some; those they replace go to history.

    places: source, source_key, candidate_id, entity_id, grade, model_version.
    """
    connection.execute(query("identity.stage_crosswalk"))
    copy_in(connection, ("new_place",), places.select(pl.lit(entity).alias("entity"), *PLACE))
    connection.execute(query("identity.count_staged"))
    connection.execute(query("identity.drop_unmoved"))
    connection.execute(query("identity.count_staged"))
    [counts] = connection.execute(query("identity.moves")).fetchall()
    columns = [column.name for column in crosswalk.columns]
    statement = query("identity.keep_crosswalk").format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)), old=sql.SQL(", ").join(sql.Identifier("c", name) for name in columns)
    )
    connection.execute(statement)
    connection.execute(query("identity.place"))
    connection.execute(query("identity.unstage"))
    return Moves(*counts)


def write_pairs(connection: Connection, entity: str, pairs: pl.DataFrame, of: Sequence[tuple[str, str]] | None = None) -> None:
    """Replace the cases of an entity, or those that name one `of` these records, by those of this run; columns as in `identity.pair`."""
    if of is None:
        connection.execute(query("identity.forget_pairs"), {"entity": entity})
    else:
        connection.execute(query("identity.forget_pairs_of"), {"entity": entity, "sources": [one for one, _ in of], "keys": [key for _, key in of]})
    if len(pairs):
        copy_in(connection, ("identity", "pair"), pairs)


def write_golden(connection: Connection, golden: pl.DataFrame, of: Sequence[str] | None = None) -> int:
    """Write golden records that are new or changed and drop those of ids no longer in use; give how many were written.

    golden: the columns of `identity.golden`, with the personal fields id_number, phone and address in clear, and no seals, of all persons or of
    those `of` whom something changed; persons of these that are not in it are no more.
    """
    statement = query("identity.golden") if of is None else query("identity.golden_of").format(persons=sql.Literal(list(of)))
    known = copy_out(connection, statement, {"person_id": pl.String, "hash": pl.Binary})
    joined = golden.join(known, on="person_id", how="left", suffix="_known")
    changed = joined.filter(pl.col("hash_known").is_null() | (pl.col("hash") != pl.col("hash_known"))).drop("hash_known")
    gone = known.join(golden, on="person_id", how="anti")["person_id"].to_list()
    connection.execute(query("identity.drop_golden"), {"ids": [*gone, *changed["person_id"]]})
    if len(changed):
        copy_in(connection, ("identity", "golden"), sealed_golden(changed))
    return len(changed)


def sealed_golden(frame: pl.DataFrame) -> pl.DataFrame:
    """Seal the personal fields of golden records."""
    personal = ["id_number", "phone", "address"]
    texts = [json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) for row in frame.select(personal).iter_rows(named=True)]
    contexts = [golden_context(person) for person in frame["person_id"]]
    seals = pl.Series("sealed", crypto.seal([None if text == "{}" else text for text in texts], contexts), pl.Binary)
    blind = pl.Series("id_number_blind", crypto.blind(frame["id_number"].to_list(), "id_number"), pl.Binary)
    names = [column.name for column in metadata.tables["identity.golden"].columns if column.name not in ("recorded_at",)]
    return frame.drop(personal).with_columns(seals, blind).select(names)


def golden_context(person_id: str) -> bytes:
    """Bind a golden record's seal to its person."""
    return f"golden/{person_id}".encode()


def state_key(connection: Connection) -> str:
    """Say what a run would rest on: published batches, judgements, pins, samples, model."""
    return run_key(*state(connection))


def state(connection: Connection) -> tuple[str, int]:
    """Give what a run would rest on beside the model, and the version in force."""
    row = connection.execute(query("identity.state_key")).fetchone()
    return ("", 0) if row is None else (str(row[0]), int(row[1]))


def run_key(rest: str, version: int) -> str:
    """Name a state and the model version a run used on it."""
    return hashlib.sha256(f"{rest}/{version}".encode()).hexdigest()


def last_judgement(connection: Connection) -> int:
    """Give the number of the latest judgement row."""
    row = connection.execute(query("identity.last_judgement")).fetchone()
    return int(row[0]) if row else 0


def judged_since(connection: Connection, known: int) -> list[tuple[str, str]]:
    """Give the records of judgements written after the one numbered `known`."""
    return connection.execute(query("identity.judged_since"), {"known": known}).fetchall()


@dataclass(frozen=True)
class Run:
    """What a run of resolve rested on, and what it found; without a watermark the next one cannot begin where it stood."""

    state_key: str
    model_version: int
    counts: dict[str, Any]
    watermark: datetime | None
    judgement_id: int | None
    trust: str | None
    """Digest of how far each source was believed."""


def last_run(connection: Connection) -> Run | None:
    """Give the latest run."""
    row = connection.execute(query("identity.last_run")).fetchone()
    return None if row is None else Run(*row)


def add_run(connection: Connection, run: Run) -> None:
    """Note a run of resolve."""
    connection.execute(query("identity.add_run"), {**vars(run), "counts": Jsonb(run.counts)})


def counted(connection: Connection) -> dict[str, Any]:
    """Count persons, and person cases by kind, as they stand."""
    [(persons,)] = connection.execute(query("identity.count_persons")).fetchall()
    return {"persons": persons, "cases": dict(connection.execute(query("identity.count_pairs")).fetchall())}
