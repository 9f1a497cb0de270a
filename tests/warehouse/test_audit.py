"""The audit trail: one entry an act, whole under eight writers, and every way to tamper with it named."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import psycopg
import pytest

from hub import settings
from warehouse import audit, audit_seal
from warehouse.audit_verify import Verdict, verify
from warehouse.db import Connection, connect

WRITERS = 8
EACH = 250


def write(count: int, start: int = 0) -> None:
    with connect(autocommit=True) as connection:
        for number in range(count):
            audit.record(connection, "zhang", "person.open", f"p{start + number}", "复核", fields=3)


def one_chain(count: int) -> None:
    """Entries one after the other by one writer stand in the first chain."""
    write(count)


def verdict() -> Verdict:
    with connect() as connection:
        return verify(connection)


def tamper(statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.usefixtures("warehouse")
def test_an_entry_stands_in_the_transaction_of_its_act() -> None:
    with connect() as connection:
        audit.record(connection, "zhang", "person.open", "p1")
        connection.rollback()
        assert audit.read(connection) == []
        audit.record(connection, "zhang", "person.open", "p1", "退休核对", fields=["name"])
    with connect() as connection:
        [entry] = audit.read(connection, actor="zhang", about="p1", since=datetime.now(UTC) - timedelta(minutes=1))
        assert (entry.action, entry.purpose, entry.detail) == ("person.open", "退休核对", {"fields": ["name"]})
        assert audit.read(connection, action="nothing") == []


def test_numbers_typed_into_a_purpose_are_not_kept(connection: Connection) -> None:
    audit.record(connection, "zhang", "search", "person", "查 11010519491231002X 和１３８００００００１２", batch="pension-2026110201", old="440524188001010")
    [entry] = audit.read(connection)
    assert entry.purpose == "查 ****************** 和***********"
    assert entry.detail == {"batch": "pension-2026110201", "old": "***************"}


def test_the_trail_is_append_only(connection: Connection) -> None:
    audit.record(connection, "zhang", "person.open", "p1")
    for statement in ("update audit.entry set actor = 'li'", "delete from audit.entry", "truncate audit.entry"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"), connection.transaction():
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.usefixtures("warehouse")
def test_eight_writers_do_not_queue() -> None:
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("fork")) as pool:
        list(pool.map(write, [1] * WRITERS))  # connected once: libraries loaded
        started = perf_counter()
        list(pool.map(write, [EACH] * WRITERS))
        rate = WRITERS * EACH / (perf_counter() - started)
    found = verdict()
    assert (found.problems, found.entries) == ([], WRITERS * (EACH + 1))
    assert rate > 150  # 1,000 measured on two cores; here others compute beside


@pytest.mark.usefixtures("warehouse")
def test_a_seal_is_due_after_a_minute_or_a_thousand_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audit_seal.seal() is None
    write(2)
    first = audit_seal.seal(only_if_due=True)
    assert first is not None
    assert (first.number, first.entries) == (1, 2)
    write(3)
    assert audit_seal.seal(only_if_due=True) is None
    assert verdict().unsealed == 3
    monkeypatch.setattr(audit_seal, "EVERY_ENTRIES", 3)
    assert audit_seal.seal(only_if_due=True) is not None
    write(1)
    monkeypatch.setattr(audit_seal, "EVERY_SECONDS", 0)
    assert audit_seal.seal(only_if_due=True) is not None
    found = verdict()
    assert (found.entries, found.seals, found.unsealed, found.problems) == (6, 3, 0, [])


REWRITE = """
do $$ declare e record; link bytea := sha256(convert_to('guiyi audit 0', 'UTF8')); begin
    update audit.entry set actor = 'li' where partition = 0 and number = {at};
    for e in select * from audit.entry where partition = 0 order by number loop
        update audit.entry set previous = link, hash = sha256(link || convert_to(jsonb_build_array(
            e.partition, e.number, (extract(epoch from e.at) * 1000000)::bigint, e.actor, e.action, e.object, e.purpose, e.detail)::text, 'UTF8'))
        where partition = 0 and number = e.number returning hash into link;
    end loop;
    update audit.head set hash = link where partition = 0;
end $$"""


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update audit.entry set actor = 'li' where partition = 0 and number = 4", "entry 0/4 was altered"),
        ("update audit.entry set at = at + interval '1 second' where partition = 0 and number = 9", "entry 0/9 was altered"),
        ("update audit.entry set purpose = null where partition = 0 and number = 1", "entry 0/1 was altered"),
        ("update audit.entry set hash = sha256('x') where partition = 0 and number = 5", "entry 0/5 was altered"),
        ("delete from audit.entry where partition = 0 and number = 3", "entry 0/3 is missing"),
        ("delete from audit.entry where partition = 0 and number = 1", "entry 0/1 is missing"),
        ("insert into audit.entry select partition, 13, at, 'li', action, object, purpose, detail, hash, sha256('y') from audit.entry "
         "where partition = 0 and number = 12", "entry 0/13 was altered"),
        ("update audit.entry set number = case number when 2 then 1003 else 1002 end where partition = 0 and number in (2, 3);"
         "update audit.entry set number = number - 1000 where number > 1000", "entry 0/2 is not in its place"),
        (REWRITE.format(at=4), "entries 0/1 to 0/8 are not those of seal 1"),
        (REWRITE.format(at=10), "entries 0/9 to 0/10 are not those of seal 2"),
        ("delete from audit.entry where number > 6; update audit.head h set number = 6, hash = e.hash from audit.entry e "
         "where h.partition = 0 and e.partition = 0 and e.number = 6", "entry 0/7 is missing: seal 2 names 10 entries"),
        ("delete from audit.entry where number > 10", "entry 0/11 is missing or was put in: the chain's head names 12"),
        ("truncate audit.entry; update audit.head set number = 0", "entry 0/1 is missing: seal 2 names 10 entries"),
    ],
)  # fmt: skip
def test_tampering_as_the_owner_is_named(statement: str, named: str) -> None:
    one_chain(8)
    audit_seal.seal()
    one_chain(2)
    audit_seal.seal()
    one_chain(2)
    assert verdict().problems == []
    tamper(statement)
    [problem] = verdict().problems
    assert problem.startswith(named)


@pytest.mark.usefixtures("warehouse")
def test_what_cannot_be_known_is_said_entries_cut_after_the_last_seal_with_their_head() -> None:
    one_chain(5)
    audit_seal.seal()
    one_chain(2)
    assert verdict().unsealed == 2
    tamper(
        "delete from audit.entry where number > 6; update audit.head h set number = 6, hash = e.hash from audit.entry e "
        "where h.partition = 0 and e.partition = 0 and e.number = 6"
    )
    found = verdict()
    assert (found.problems, found.unsealed) == ([], 1)


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("spoil", ["altered", "cut out", "swapped", "another key"])
def test_the_file_of_seals_is_checked_too(spoil: str, home: Path) -> None:
    for _ in range(3):
        write(1)
        audit_seal.seal()
    path = settings.load().audit / audit_seal.FILE
    lines = path.read_text().splitlines()
    if spoil == "altered":
        body = json.loads(lines[1])
        lines[1] = json.dumps({**body, "entries": 99})
    elif spoil == "cut out":
        del lines[1]
    elif spoil == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        (home / "keys" / audit_seal.SECRET).unlink()
        path.rename(path.with_suffix(".kept"))
        write(1)
        audit_seal.seal()
        lines[1] = path.read_text().strip()
        lines[0] = lines[1]
    path.write_text("".join(f"{line}\n" for line in lines))
    [problem] = verdict().problems
    assert problem.startswith("seals.jsonl: seal")


@pytest.mark.usefixtures("warehouse")
def test_a_lost_signing_key_is_not_replaced(home: Path) -> None:
    write(1)
    audit_seal.seal()
    (home / "keys" / audit_seal.SECRET).unlink()
    write(1)
    with pytest.raises(Exception, match=r"audit\.key: the key the seals were signed with is missing"):
        audit_seal.seal()
