"""A warehouse of any number of persons for `benchmarks.mart`: core written by SQL, then shown by the refresh that every day runs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import polars as pl

from hub import crypto
from hub.pipeline import mart
from mappings.numbers import check_character
from warehouse import migrate, server
from warehouse.copy import copy_in
from warehouse.db import Connection, connect
from warehouse.records import seal_context

HERE = Path(__file__).parent
MONTHS, SPAN = 30, 10
NUMBERED, TWO, SHARED, CYCLE = 10, 400, 1000, 29_200
"""Every tenth person's records carry an identity number; of every 400th they differ, every 1000th has one of a person born the same day."""
SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "max_wal_size": "4GB", "shared_buffers": "2GB", "maintenance_work_mem": "1GB",
    "effective_cache_size": "8GB", "random_page_cost": "1.1",
}  # fmt: skip
"""Of a server with 16 GB of memory and a solid disk; nothing of the benchmark need survive a crash."""
STAR_INDEXES = """
create index contribution_person_no_idx on star.contribution (person_no) where known_to = 'infinity';
create index contribution_period_month_idx on star.contribution (period_month) where known_to = 'infinity';
create index contribution_gone_idx on star.contribution (known_to) where known_to <> 'infinity'"""
"""Left out while the table is first filled."""


def write(people: int, home: Path, parts: int) -> float:
    """Write core and identity into a new warehouse, so many parts of it; a part that is written is not written again.  Seconds."""
    done = home / "written"
    done.mkdir(exist_ok=True)
    if not any(done.iterdir()):
        with connect(autocommit=True) as connection:
            for name, value in SETTINGS.items():
                connection.execute(f"alter system set {name} = '{value}'")  # type: ignore[call-overload]
        server.down(home / "pg")
        server.ensure(home / "pg")
        migrate.upgrade()
    started = time.perf_counter()
    texts = dict(part.split("\n", 1) for part in (HERE / "mart_rows.sql").read_text(encoding="utf-8").split("-- part: ")[1:])
    spans = [(f"lines {first}", texts["lines"], first, first + SPAN - 1) for first in range(MONTHS - SPAN, -1, -SPAN)]
    for name, text, first, last in [("persons", texts["persons"], 0, 0), *spans, *((name, texts[name], 0, 0) for name in ("rest", "keys"))]:
        if (done / name).exists() or parts == 0:
            continue
        parts -= 1
        with connect() as connection:
            connection.execute("set local synchronous_commit = off")
            connection.execute(text.format(people=people, first=first, last=last))  # type: ignore[call-overload]
            if name == "rest":
                _number(connection)
        (done / name).touch()
    with connect(autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return round(time.perf_counter() - started, 1)


def show() -> float:
    """Refresh the mart for the first time; seconds."""
    started = time.perf_counter()
    mart.refresh()
    with connect(autocommit=True) as connection:
        connection.execute(STAR_INDEXES)
        connection.execute("vacuum analyze")
    return round(time.perf_counter() - started, 1)


def _number(connection: Connection) -> None:
    """Seal identity numbers into the records of every tenth person, some of them planted wrong."""
    statement = (
        "select source, source_key, substr(source_key, 2)::int, replace(birth_date, '-', '') || sex_code from core.person_record"
        " where substr(source_key, 2)::int %% %s = 0"
    )
    rows = [(source, key, _carried(key[0], n, born)) for source, key, n, born in connection.execute(statement, [NUMBERED])]
    frame = pl.DataFrame(rows, schema=["source", "source_key", "number"], orient="row")
    contexts = [seal_context("person_record", source, [key])[0] for source, key, _ in rows]
    sealed = crypto.seal([json.dumps({"id_number": text}) for text in frame["number"]], contexts)
    connection.execute("create temporary table numbered (source text, source_key text, sealed bytea) on commit drop")
    copy_in(connection, ("numbered",), frame.select("source", "source_key", pl.Series("sealed", sealed, pl.Binary)))
    connection.execute("update core.person_record p set sealed = n.sealed from numbered n where (p.source, p.source_key) = (n.source, n.source_key)")


def _carried(letter: str, n: int, born: str) -> str:
    """Give the number on one record of person n."""
    if letter == "c" and n % TWO == 0:
        return number(n + 1, born)
    if letter == "a" and n % SHARED == 0 and n > CYCLE:
        return number(n - CYCLE, born)
    return number(n, born)


def number(n: int, born: str) -> str:
    """Give a valid number of somebody born on a day (`YYYYMMDD`) of a sex (the ninth character): person n's own."""
    sequence = 2 * (n % 500) + (born[8] == "1")
    first = f"{529000 + n // 500 % 1000}{born[:8]}{sequence % 1000:03d}"
    return first + check_character(first)
