"""Rotation of keys: nothing is lost, readers never fail, a killed one goes on, the old key can go."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hub import crypto, landing
from hub.errors import ConfigError
from hub.keyring import add_keys, keyring
from hub.pipeline import persons
from tests.warehouse.town import Inhabitant, fill
from warehouse import quarantine, reseal
from warehouse.db import connect
from warehouse.fingerprint import fingerprint
from warehouse.quarantine import raw_context

VERSION = "select (jsonb_populate_record(null::core.person_record_history, to_jsonb(r) || jsonb_build_object('recorded_to', now()))).*"
"""A record as a version that was replaced just now."""

ROTATE = "from warehouse.reseal import reseal; reseal()"


@pytest.fixture
def people(warehouse: str, home: Path) -> list[Inhabitant]:
    found = fill(home)
    with connect() as connection:
        batch = connection.execute("select batch_id from ops.batch limit 1").fetchone()
        assert batch is not None
        raw, mended = crypto.seal(['{"a": "raw"}', '{"a": "mended"}'], [raw_context(batch[0], 7)] * 2)
        connection.execute("insert into ops.quarantine values (%s, 7, 'register', 'person', null, '{x}', %s, 'h')", [batch[0], raw])
        connection.execute("insert into ops.repair (batch_id, row_number, sealed, author, reason) values (%s, 7, %s, 'li', 'x')", [batch[0], mended])
        code = crypto.seal(["odd"], b"code/register")[0]
        blind = crypto.blind(["odd"], "code")[0]
        plan = crypto.seal(["[]"], reseal.plan_context("register", "person"))[0]
        values = "'register', 'person', '{}', '{}', %s, 1, 0, true, 'li', 'x'"
        connection.execute(
            f"insert into ops.repair_plan (source, stream, reasons, columns, sealed, passing, failing, alone, author, reason) values ({values})", [plan]
        )
        connection.execute("insert into ops.unknown_code values ('register', 'person', 'sex', %s, %s, 1, %s)", [blind, code, batch[0]])
        connection.execute(f"insert into core.person_record_history {VERSION} from core.person_record r limit 5")
        secret = crypto.seal(["SECRET"], reseal.totp_context("li"))[0]
        connection.execute("insert into access.account (name, password_hash, totp, created_by) values ('li', 'x', %s, 'test')", [secret])
    return found


def state() -> str:
    with connect() as connection:
        return fingerprint(connection)["all"]


def find(number: str) -> list[str]:
    with connect() as connection:
        return persons.find(connection, number)


def test_every_column_of_ciphertext_is_known(connection: object) -> None:
    with connect() as opened:
        rows = opened.execute(
            "select table_schema, table_name, column_name from information_schema.columns where data_type = 'bytea' and table_schema in "
            "('core', 'identity', 'ops', 'access') and column_name !~ '(_blind|hash)$' and table_name !~ '^pg_' "
            "and (table_name, column_name) <> ('project', 'secret')"  # random, seals nothing
        ).fetchall()
    assert set(rows) == {(*place.table, place.sealed) for place in reseal.PLACES}


def test_everything_opens_under_the_new_key_and_the_old_one_goes(people: list[Inhabitant]) -> None:
    before, old = state(), {key.id for key in keyring().keys if key.purpose in reseal.ROTATED}
    landing.write_manifest("index", "person_record", "state-x", [landing.write_file("index", "person_record", "state-x", "part", 1, memoryview(b"one"))], {})
    id_of = find(people[3].number)
    new = set(add_keys(reseal.ROTATED))
    with pytest.raises(ConfigError, match="still under it"):
        reseal.retire_old()
    assert find(people[3].number) == id_of, "written under the old blind key"
    written = reseal.reseal()
    assert min(rows for place, rows in written.items() if place not in EMPTY) > 0
    assert set(reseal.in_use()) & old == set()
    assert sorted(reseal.retire_old()) == sorted(old)
    assert {key.id for key in keyring().keys} & old == set()
    assert state() == before
    assert find(people[3].number) == id_of
    assert set(reseal.in_use()) <= new
    with connect() as connection:
        [(batch, row)] = connection.execute("select batch_id, row_number from ops.quarantine").fetchall()
        assert quarantine.repaired_rows(connection, batch)["person"] == [(row, {"a": "mended"})]
    kept = landing.read_manifest("index", "person_record", "state-x")
    assert kept is not None, "the matching index goes along"
    assert landing.read_file(kept, "part") == b"one"
    manifest = landing.read_manifest("landing", "register", batch)
    assert manifest is not None
    assert next(table.num_rows for _, table in landing.tables(manifest)) == len(people)


EMPTY = {
    f"core.{name}.sealed"
    for entity in ("archive_item", "benefit", "contribution", "death", "employer_record", "enrolment")
    for name in (entity, f"{entity}_history")
}


def test_a_history_takes_new_seals_and_no_other_change(people: list[Inhabitant]) -> None:
    for change in ("name = 'x'", "recorded_to = now()", "row_number = 1, sealed = null"):
        with pytest.raises(Exception, match="P0001"), connect() as connection:
            connection.execute(f"update core.person_record_history set {change}")
    for statement in ("delete from core.person_record_history", "truncate core.person_record_history", "update ops.repair set author = 'x'"):
        with pytest.raises(Exception, match="P0001"), connect() as connection:
            connection.execute(statement)  # type: ignore[call-overload]


def test_readers_never_fail_while_keys_rotate_and_a_killed_rotation_goes_on(people: list[Inhabitant], monkeypatch: pytest.MonkeyPatch) -> None:
    before, done, failures = state(), threading.Event(), []
    with connect() as connection:  # more to do than one batch: a thousand versions of each record
        connection.execute(f"insert into core.person_record_history {VERSION} from core.person_record r, generate_series(1, 300)")
    number = people[5].number
    expected = find(number)

    def read() -> None:
        while not done.is_set():
            try:
                if find(number) != expected or state() != before:
                    failures.append("other")
            except Exception as error:
                failures.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    add_keys(reseal.ROTATED)
    for seconds in (1.3, 2.0):
        process = subprocess.Popen([sys.executable, "-c", f"from warehouse import reseal; reseal.PAGES = 5; {ROTATE}"])
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    reseal.reseal()
    reseal.retire_old()
    done.set()
    reader.join()
    assert failures == []
    assert state() == before


def test_two_rotations_at_once_and_one_after_the_other_agree(people: list[Inhabitant]) -> None:
    before = state()
    add_keys(reseal.ROTATED)
    processes = [subprocess.Popen([sys.executable, "-c", ROTATE]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    reseal.retire_old()
    assert reseal.retire_old() == []
    assert state() == before
