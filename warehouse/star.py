"""The refresh of the star: what changed since the last one, per person, in one transaction.

Readers see the mart before it or after it.  A row that is no more is closed, not deleted; a row that is new is shown from
this refresh on.  Runs any number of times; a refresh without changes writes nothing but its own line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import numpy as np
import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from hub import crypto
from mappings.numbers import id_parts, upgrade
from warehouse.copy import copy_in, copy_out
from warehouse.db import Connection, connect, query
from warehouse.records import seal_context
from warehouse.tables_star import refresh as _refreshes

ROWS = Path(__file__).parent / "star"
FACTS = ("enrolment", "contribution", "benefit", "archive_item")
BEGINNING = "-infinity"
ALSO = {"enrolment": "changed_firm", "contribution": "changed_firm", "archive_item": "changed_person"}
"""What further lines of a fact may stand otherwise, though they and their record did not change."""
OF_TOUCHED = sql.SQL("person_no in (select person_no from touched)")
OF_CHANGED = sql.SQL("person_no in (select person_no from touched) and (source, source_key) in (select source, source_key from changed)")


def refresh(labels: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """Bring the star to what core and identity hold; gives how many persons were touched and rows shown and closed per table.

    labels: source -> its department's name in Chinese and English.
    """
    with connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.autocommit = True
        watermark = _one(connection, "watermark")
        connection.autocommit = False
        found = connection.execute(query("star.last")).fetchone()
        since = found[0].isoformat() if found else BEGINNING
        counts = _refresh(connection, since, labels)
        connection.execute(query("star.add"), {"watermark": watermark, "counts": Jsonb(counts)})
    return counts


def _refresh(connection: Connection, since: str, labels: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    whole = since == BEGINNING
    counts: dict[str, int] = {}
    connection.execute("set local work_mem = '256MB'; set local jit = off")
    counts["records"] = _records(connection, since)
    _doubts(connection)
    connection.execute(query("star.moved_firm"))
    connection.execute(query("star.touched"), {"since": since})
    for fact in () if whole else FACTS:
        names = {"fact": sql.Identifier(fact), "history": sql.Identifier(f"{fact}_history"), "since": sql.Literal(since)}
        connection.execute(query("star.touch").format(**names))
        if ALSO.get(fact) == "changed_firm":
            connection.execute(query("star.touch_firm").format(**names))
    connection.execute(query("star.touch_nobody"))
    connection.execute(query("star.index_touched"))
    connection.execute("analyze touched")
    counts["persons"] = _count(connection, "touched") - 1
    insured = _rows("insured")
    delta = not whole and _one(connection, "insured_month") is True
    if delta:
        connection.execute(query("star.insured_before").format(rows=insured))
    for fact in FACTS:
        if fact == "archive_item":  # the county of an item is its person's
            counts |= _show(connection, "person", _rows("person"), OF_TOUCHED, first=whole)
        counts |= _fact(connection, fact, since, first=whole)
    for table in ("contribution_year", "benefit_year", "contribution_gap", "base_difference"):
        counts |= _show(connection, table, _rows(table), OF_TOUCHED, first=whole)
    for table in ("employer", "pair"):
        counts |= _show(connection, table, _rows(table), sql.SQL("true"), first=whole)
    if delta:
        counts |= _show(connection, "insured", query("star.insured_changed").format(rows=insured), query("star.insured_of"), first=False)
    else:
        counts |= _show(connection, "insured", _everybody(connection, insured), sql.SQL("true"), first=whole)
    _labels(connection, labels)
    return counts | _show(connection, "source", _rows("source"), sql.SQL("true"), first=whole)


def _fact(connection: Connection, fact: str, since: str, *, first: bool) -> dict[str, int]:
    """Show the lines of a fact: all of them first, then those that may stand otherwise than they did."""
    names = {"fact": sql.Identifier(fact), "history": sql.Identifier(f"{fact}_history"), "since": sql.Literal(since)}
    if first:
        lines: sql.Composable = sql.SQL("core.{fact}").format(**names)
    else:
        connection.execute(query("star.changed").format(**names))
        if fact in ALSO:
            connection.execute(query(f"star.{ALSO[fact]}").format(**names))
        connection.execute("analyze changed")
        lines = query("star.changed_facts").format(**names)
    counts = _show(connection, fact, _rows(fact).format(facts=query("star.facts").format(lines=lines)), OF_CHANGED, first=first)
    if not first:
        connection.execute(query("star.drop").format(table=sql.SQL("changed")))
    return counts


def _records(connection: Connection, since: str) -> int:
    """Bring placements up to date; gives how many are new or changed."""
    values = {"since": since}
    connection.execute(query("star.entities"), values)
    connection.execute(query("star.stage_numbers"))
    copy_in(connection, ("new_number",), _numbers(connection, since))
    for step in ("fresh_records", "gone_records", "close_records", "show_records", "firm"):
        connection.execute(query(f"star.{step}"), values if step in ("fresh_records", "gone_records") else None)
    connection.execute("analyze star.record; analyze star.entity")
    row = connection.execute("select count(*) from fresh_record where not same").fetchone()
    return int(row[0]) if row else 0


def _numbers(connection: Connection, since: str) -> pl.DataFrame:
    """Give the keyed index of each changed record's identity number, null where it is not valid or contradicts the record."""
    schema = {"source": pl.String, "source_key": pl.String, "birth_date": pl.String, "sex_code": pl.String, "sealed": pl.Binary}
    frame = copy_out(connection, query("star.changed_persons").format(since=sql.Literal(since)), schema)
    contexts = [seal_context("person_record", source, [key])[0] for source, key in frame.select("source", "source_key").iter_rows()]
    opened = [json.loads(text).get("id_number") if text else None for text in crypto.unseal(frame["sealed"].to_list(), contexts)]
    sound = [_sound(number, *row) for number, row in zip(opened, frame.select("birth_date", "sex_code").iter_rows(), strict=True)]
    hashed = iter(crypto.keyed_hash([f"star {number}" for number in sound if number]))  # by the key that never rotates: versions stay comparable
    return frame.select("source", "source_key", pl.Series("number", [next(hashed) if number else None for number in sound], pl.Binary))


def _sound(number: str | None, birth_date: str | None, sex_code: str | None) -> str | None:
    """Give the 18 characters of a valid number that agrees with its own record's birth date (to the month) and sex."""
    parts = id_parts(number) if number else None
    if number is None or parts is None:
        return None
    agrees = (
        birth_date is not None and len(birth_date) >= 7 and parts.birth_date.startswith(birth_date) and (sex_code not in ("1", "2") or sex_code == parts.sex)
    )
    return (upgrade(number) or number) if agrees else None


def _doubts(connection: Connection) -> None:
    """Note of every person in a doubtful pair how many there are, and whom they would be one with, were every possible pair the same."""
    connection.execute(query("star.stage_pairs"))
    pairs = connection.execute(query("star.pairs")).fetchall()
    ids = sorted({person for left, right, _ in pairs for person in (left, right)})
    at = {person: row for row, person in enumerate(ids)}
    doubts = np.zeros(len(ids), np.int64)
    for left, right, _ in pairs:
        for person in {left, right}:
            doubts[at[person]] += 1
    same = [(at[left], at[right]) for left, right, kind in pairs if kind == "possible"]
    links = np.array(same, np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(ids), len(ids)))
    frame = pl.DataFrame({"person_no": ids, "doubts": doubts, "part": connected_components(graph, directed=False)[1]}, schema_overrides={"person_no": pl.Int64})
    connection.execute(query("star.stage_doubt"))
    copy_in(connection, ("doubt",), frame.select("person_no", "doubts", union_no=pl.col("person_no").min().over("part")))


def _labels(connection: Connection, labels: Mapping[str, tuple[str, str]]) -> None:
    connection.execute(query("star.stage_label"))
    rows = [(source, *names) for source, names in labels.items()]
    copy_in(connection, ("label",), pl.DataFrame(rows, schema=["source", "name_zh", "name_en"], orient="row"))


def _show(connection: Connection, table: str, rows: sql.Composable, of: sql.Composable, *, first: bool) -> dict[str, int]:
    """Make the current rows of a table (those `of` the persons in question) the given ones."""
    names = [column.name for column in _refreshes.metadata.tables[f"star.{table}"].columns if column.name not in ("known_from", "known_to")]
    parts = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, names)), "rows": rows, "of": of, "at": sql.Identifier(names[0])}
    if first:
        shown = connection.execute(query("star.first").format(**parts)).rowcount
        connection.execute(sql.SQL("analyze star.{}").format(sql.Identifier(table)))
        return {table: shown}
    connection.execute(query("star.fresh").format(**parts))
    connection.execute(query("star.fill").format(**parts))
    connection.execute("analyze fresh")
    connection.execute(query("star.compare").format(**parts))
    if table == "insured":
        connection.execute(query("star.drop_empty"))
    closed = connection.execute(query("star.close").format(**parts)).rowcount
    shown = connection.execute(query("star.show").format(**parts)).rowcount
    for used in ("fresh", "compared"):
        connection.execute(query("star.drop").format(table=sql.SQL(used)))
    return {table: shown, f"{table} closed": closed}


def _everybody(connection: Connection, rows: sql.Composable) -> sql.Composable:
    """Count everybody: for the first time, or because a month has begun."""
    connection.execute("truncate touched")
    connection.execute("insert into touched select person_no from star.person where known_to = 'infinity'")
    connection.execute("analyze touched")
    return rows


def _rows(table: str) -> sql.SQL:
    """Give the query of a table's rows."""
    return sql.SQL((ROWS / f"{table}.sql").read_text(encoding="utf-8").rstrip())


def _one(connection: Connection, name: str) -> datetime | bool | None:
    row = connection.execute(query(f"star.{name}")).fetchone()
    return row[0] if row else None


def _count(connection: Connection, table: LiteralString) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def last_refresh(connection: Connection) -> datetime | None:
    """Say when the mart was refreshed last."""
    row = connection.execute(query("star.last")).fetchone()
    return row[1] if row else None
