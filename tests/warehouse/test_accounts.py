"""Accounts: passwords, second factor, waits, sessions, tokens, rights with four eyes, what each role sees."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest

from hub.errors import ConfigError, ConfigErrors, HubError, RefusedError
from hub.pipeline import cases, persons
from mappings.masks import MASKS
from tests.warehouse import shared
from tests.warehouse.people import PASSWORD, PEER, account, actions, code, give, secret_of, session, signed_in
from tests.warehouse.town import fill
from warehouse import accounts, accounts_factor, accounts_passwords, accounts_rights, accounts_sessions, accounts_sight, accounts_tokens
from warehouse.accounts_sessions import Grant, Session
from warehouse.db import connect
from warehouse.tables_security import ROLES

pytestmark = pytest.mark.usefixtures("warehouse")
database, warehouse = shared.database, shared.warehouse


PRODUCTION = accounts_passwords._hasher
"""As the hub hashes; the tests themselves do it at less cost (`cheap_passwords`)."""


def execute(statement: str, *values: object) -> None:
    with connect() as connection:
        connection.execute(statement, values or None)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "password",
    ["short-1", "password1234", "PASSWORD1234!", "111111111111", "qwertyuiop123", "li-li-li-li-li-li", "zhang.wei-2024-x", "1234567890123456", "a" * 129,
     "woaini5201314", "20001231200012", "abcdefghijklmnop", "sunshine2024", "iloveyou12345"],
)  # fmt: skip
def test_weak_passwords_are_named_as_such(password: str) -> None:
    assert accounts_passwords.problems(password, "zhang.wei")


@pytest.mark.parametrize("password", [PASSWORD, "四个互不相干的词语真的很好用呢", "Tr0ub4dor-and-7-more-geese", "x" * 5 + "9vQ!kd02mzW"])
def test_good_passwords_pass(password: str) -> None:
    assert accounts_passwords.problems(password, "zhang.wei") == []


def test_a_password_is_kept_as_argon2id_and_of_nobody_never_matches() -> None:
    assert PRODUCTION.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    kept = accounts_passwords.hashed(PASSWORD)
    assert accounts_passwords.matches(kept, PASSWORD)
    assert not accounts_passwords.matches(kept, PASSWORD + "x")
    assert not accounts_passwords.matches(None, PASSWORD)
    assert not accounts_passwords.matches("broken", PASSWORD)


def test_the_first_run_makes_one_administrator_whose_password_works_once() -> None:
    given = accounts.first()
    assert given is not None
    assert accounts.first() is None
    token = accounts_sessions.sign_in("admin", given, PEER, "test")
    found = session(token)
    assert (found.must_change, found.needs_factor, found.ready, found.roles) == (True, True, False, {"security"})
    with connect() as connection:
        with pytest.raises(ConfigErrors):
            accounts.change_password(connection, "admin", "admin-admin-admin")
        accounts.change_password(connection, "admin", PASSWORD)
    with pytest.raises(RefusedError):
        accounts_sessions.sign_in("admin", given, PEER, "test")
    execute("update access.account set password_until = now() - interval '1 second'")
    with pytest.raises(RefusedError):
        accounts_sessions.sign_in("admin", PASSWORD, PEER, "test")


def test_every_refusal_says_the_same_and_is_written_down() -> None:
    account("li", factor=False)
    account("gone", factor=False)
    with connect() as connection:
        accounts.disable(connection, "gone", "test")
    said = set()
    for name, password in (("li", "x"), ("nobody", "x"), ("gone", PASSWORD), ("li'; drop table access.account; --", "x")):
        with pytest.raises(RefusedError) as refused:
            accounts_sessions.sign_in(name, password, PEER, "test")
        said.add(str(refused.value))
    assert len(said) == 1
    assert [one for one in actions() if one[1] == "sign_in.refused"] == [("li", "sign_in.refused"), ("nobody", "sign_in.refused"),
                                                                        ("gone", "sign_in.refused"), ("?", "sign_in.refused")]  # fmt: skip


def test_after_five_failures_even_the_right_password_waits_and_longer_each_time() -> None:
    account("li", factor=False)
    waits = []
    for _ in range(7):
        with pytest.raises(RefusedError):
            accounts_sessions.sign_in("li", "wrong", PEER, "test")
        with connect() as connection:
            waits.append(connection.execute("select extract(epoch from until - now()) from access.backoff where subject = 'account:li'").fetchone())
        if len(waits) > 4:
            execute("update access.backoff set until = now() where subject like 'account:%'")
    assert [max(float(wait[0]), 0) for wait in waits if wait] == pytest.approx([0, 0, 0, 0, 15, 30, 60], abs=5)
    execute("update access.backoff set until = now() + interval '15 seconds'")
    with pytest.raises(RefusedError, match="wait"):
        accounts_sessions.sign_in("li", PASSWORD, "10.0.0.8", "test")
    execute("update access.backoff set until = now()")
    signed_in("li")
    with connect() as connection:
        assert connection.execute("select count(*) from access.backoff where subject = 'account:li'").fetchone() == (0,)


def test_spraying_one_password_over_many_accounts_waits_by_address() -> None:
    for n in range(20):
        with pytest.raises(RefusedError, match="not right"):
            accounts_sessions.sign_in(f"user{n}", "Winter-2026!", "10.9.9.9", "test")
    with pytest.raises(RefusedError, match="wait"):
        accounts_sessions.sign_in("user21", "Winter-2026!", "10.9.9.9", "test")


def test_a_code_is_taken_once_and_an_older_one_not_at_all() -> None:
    secret = account("li", "steward")
    token = accounts_sessions.sign_in("li", PASSWORD, PEER, "test")
    assert not session(token).whole
    right = code(secret)
    whole = accounts_sessions.second_factor(token, right, PEER, "test")
    assert session(whole).ready
    with connect() as connection:
        assert accounts_sessions.read(connection, token) is None, "the half session has ended"
    again = accounts_sessions.sign_in("li", PASSWORD, PEER, "test")
    for bad in (right, "000000", "", "12345", "１２３４５６", "recovery"):
        with pytest.raises(RefusedError):
            accounts_sessions.second_factor(again, bad, PEER, "test")
        execute("update access.backoff set until = now()")


def test_recovery_codes_open_once_and_a_reset_asks_for_another_factor() -> None:
    with connect() as connection:
        accounts.add(connection, "li", "test")
        accounts.change_password(connection, "li", PASSWORD)
        secret = secret_of(accounts_factor.begin(connection, "li"))
        assert accounts_factor.confirm(connection, "li", "000000") is None
        codes = accounts_factor.confirm(connection, "li", code(secret))
        assert codes is not None
        assert len(set(codes)) == 10
        with pytest.raises(RefusedError, match="reset"):
            accounts_factor.begin(connection, "li")
        assert accounts_factor.check(connection, "li", codes[3].upper())
        assert not accounts_factor.check(connection, "li", codes[3])
        assert accounts_factor.codes_left(connection, "li") == 9
        [(kept,)] = connection.execute("select string_agg(encode(hash, 'escape'), '') from access.recovery_code").fetchall()
        assert not any(one in kept for one in codes)
        [(sealed,)] = connection.execute("select totp from access.account where name = 'li'").fetchall()
        assert secret.encode() not in sealed
        accounts_factor.reset(connection, "li", "test")
        assert accounts_factor.pending(connection, "li") is None


def test_a_session_ends_by_idleness_age_sign_out_and_disabling() -> None:
    account("li", factor=False)
    for statement in (
        "update access.session set seen_at = now() - interval '21 minutes'",
        "update access.session set created_at = now() - interval '11 hours'",
        "update access.account set disabled_at = now() where name = 'li'",
    ):
        token = signed_in("li")
        execute(statement)
        with connect() as connection:
            assert accounts_sessions.read(connection, token) is None, statement
        execute("update access.account set disabled_at = null")
    execute("update access.session set ended_at = now()")
    token, other = signed_in("li"), signed_in("li")
    with connect() as connection:
        assert len(accounts_sessions.sessions(connection, "li")) == 2
        accounts_sessions.end_others(connection, "li", token)
        assert accounts_sessions.read(connection, other) is None
        [(stored,)] = connection.execute("select string_agg(encode(hash, 'escape'), '') from access.session").fetchall()
    assert token not in stored
    accounts_sessions.sign_out(token)
    with connect() as connection:
        assert accounts_sessions.read(connection, token) is None


def test_a_dangerous_act_needs_a_recent_password() -> None:
    account("li", factor=False)
    token = signed_in("li")
    assert session(token).proven
    execute("update access.session set proven_at = now() - interval '6 minutes'")
    assert not session(token).proven
    with pytest.raises(RefusedError):
        accounts_sessions.prove(token, "wrong", PEER)
    accounts_sessions.prove(token, PASSWORD, PEER)
    assert session(token).proven


def test_tokens_are_scoped_expire_and_can_be_ended() -> None:
    account("li", factor=False)
    with connect() as connection:
        made = accounts_tokens.add(connection, "li", "night job", ["ledger"], 30)
        assert accounts_tokens.owner(connection, made, "ledger") == "li"
        [listed] = accounts_tokens.tokens(connection, "li")
        for token, scope in ((made, "audit"), (made + "x", "ledger"), ("", "ledger")):
            with pytest.raises(RefusedError):
                accounts_tokens.owner(connection, token, scope)
        for label, scopes, days in (("", ["ledger"], 1), ("x", [], 1), ("x", ["root"], 1), ("x", ["ledger"], 91), ("x", ["ledger"], 0)):
            with pytest.raises(ConfigError):
                accounts_tokens.add(connection, "li", label, scopes, days)
        with pytest.raises(RefusedError):
            accounts_tokens.revoke(connection, "zhang", listed.token_id)
        accounts_tokens.revoke(connection, "li", listed.token_id)
        with pytest.raises(RefusedError):
            accounts_tokens.owner(connection, made, "ledger")
        late = accounts_tokens.add(connection, "li", "late", ["ledger"], 1)
        connection.execute("update access.token set expires_at = now()")
        with pytest.raises(RefusedError):
            accounts_tokens.owner(connection, late, "ledger")


def test_an_administrators_right_needs_two_people_and_nobody_helps_themselves() -> None:
    first = session(signed_in("anna", account("anna", "security")))
    secret = account("ben")
    account("cai")
    number, holds = give(first, "ben", "security")
    assert holds, "the only one names the second alone"
    second = session(signed_in("ben", secret))
    number, holds = give(first, "cai", "auditor")
    assert not holds
    with connect() as connection:
        with pytest.raises(RefusedError, match="second security administrator"):
            accounts_rights.decide(connection, first, number, "approve")
        accounts_rights.decide(connection, second, number, "approve")
        with pytest.raises(ConfigError, match="does not wait"):
            accounts_rights.decide(connection, second, number, "approve")
    assert give(first, "cai", "engineer")[1]
    for by, name, role, error in (
        (first, "anna", "steward", "to themselves"),
        (first, "cai", "system", "three people"),
        (first, "cai", "engineer", "holds engineer"),
        (first, "nobody", "steward", "not known"),
        (first, "ben", "root", "expected one of"),
        (session(signed_in("dan", account("dan", "steward"))), "cai", "steward", "needs the role security"),
    ):
        with pytest.raises(HubError, match=error):
            give(by, name, role)
    with connect() as connection:
        accounts_rights.take(connection, first, "cai", "auditor")
        accounts_rights.take(connection, first, "ben", "security")
        with pytest.raises(RefusedError, match="last security administrator"):
            accounts_rights.take(connection, first, "anna", "security")


def made_up(*roles: str, areas: list[str] | None = None) -> Session:
    return Session("li", True, False, True, "zh", True, tuple(Grant(role, areas, None) for role in roles))


def test_the_table_of_forms_names_every_role_and_personal_field() -> None:
    assert set(accounts_sight.SIGHT) == set(ROLES)
    assert all(set(fields) == set(MASKS) for fields in accounts_sight.SIGHT.values())
    values: dict[str, str | None] = {
        "name": "王小芳",
        "id_number": "11010519491231002X",
        "phone": "13800000001",
        "medical_detail": "x",
        "sex_code": "2",
        "address": None,
    }
    assert accounts_sight.shown(made_up("steward"), values) == {
        "name": "王小芳", "id_number": "1101**********002X", "phone": "138****0001", "medical_detail": "***", "sex_code": "2", "address": None
    }  # fmt: skip
    assert accounts_sight.shown(made_up("steward"), values, opened=True)["id_number"] == "11010519491231002X"
    assert accounts_sight.shown(made_up("steward"), values, opened=True)["medical_detail"] == "***"
    assert accounts_sight.shown(made_up("engineer", "auditor"), values, opened=True)["name"] == "王**"
    assert accounts_sight.shown(made_up(), values)["name"] == "***"


def test_opening_a_record_needs_role_and_purpose_and_ends() -> None:
    steward, engineer = session(signed_in("li", account("li", "steward"))), session(signed_in("qi", account("qi", "engineer")))
    until = accounts_sight.open_record(steward, "p1", "退休核对 11010519491231002X")
    assert isinstance(until, datetime)
    for by, purpose in ((steward, " "), (engineer, "x")):
        with pytest.raises(RefusedError):
            accounts_sight.open_record(by, "p1", purpose)
    with connect() as connection:
        assert accounts_sight.is_open(connection, steward, "p1")
        assert not accounts_sight.is_open(connection, engineer, "p1")
        assert not accounts_sight.is_open(connection, steward, "p2")
        connection.execute("update access.unmasking set expires_at = now()")
        assert not accounts_sight.is_open(connection, steward, "p1")
        purposes = connection.execute("select purpose from audit.entry where action = 'record.open'").fetchall()
    assert purposes == [("退休核对 ******************",)]
    assert [action for _, action in actions()].count("record.refused") == 2


PAIRS = """insert into identity.pair (case_id, entity, left_source, left_key, right_source, right_key, kind, weight, probability, levels, model_version) values
    ('own', 'person_record', 'register', 'r1', 'register', 'r3', 'possible', 1, 0.5, '{}', 1),
    ('crossing', 'person_record', 'register', 'r0', 'register', 'r1', 'possible', 1, 0.5, '{}', 1),
    ('other', 'person_record', 'register', 'r0', 'register', 'r2', 'possible', 1, 0.5, '{}', 1)"""


def rows_seen(by: Session) -> dict[str, Any]:
    with accounts_sight.acting(by) as connection:
        count = {table: connection.execute(f"select count(*) from {table}").fetchone() for table in ("identity.golden", "core.person_record")}
    return {table: row[0] for table, row in count.items() if row}


def test_a_steward_finds_people_of_their_area_and_of_the_cases_they_hold(home: Any) -> None:
    people = fill(home)
    east = session(signed_in("li", account("li", "steward", areas=["330201"])))
    whole = session(signed_in("wu", account("wu", "cross_area")))
    engineer = session(signed_in("qi", account("qi", "engineer")))
    assert rows_seen(east) == {"identity.golden": 30, "core.person_record": 30}
    assert rows_seen(whole) == {"identity.golden": 60, "core.person_record": 60}
    with pytest.raises(RefusedError, match="cross_area or steward"):
        rows_seen(engineer)
    with accounts_sight.acting(engineer, "engineer") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("select count(*) from core.person_record")
    own, other = people[1], people[0]
    with accounts_sight.acting(east) as connection:
        assert len(persons.find(connection, own.number)) == 1
        assert persons.find(connection, other.number) == []
        assert persons.find(connection, name=other.name) == []
    with connect() as connection:
        connection.execute(PAIRS)
    assert rows_seen(east)["core.person_record"] == 30
    with accounts_sight.acting(east) as connection:
        assert accounts_sight.claim(connection, east, "own") is not None
        waiting = connection.execute("select case_id from identity.pair order by 1").fetchall()
    assert waiting == [("crossing",), ("own",)], "a case of another area is not even listed"
    for case, why in (("crossing", "crosses areas"), ("other", "none of your areas"), ("nothing", "none of your areas")):
        with pytest.raises(RefusedError, match=why), accounts_sight.acting(east) as connection:
            accounts_sight.claim(connection, east, case)
    both = session(signed_in("he", account("he", "cross_area", areas=["330201"])))
    assert rows_seen(both) == {"identity.golden": 30, "core.person_record": 30}
    with accounts_sight.acting(both) as connection:
        assert accounts_sight.claim(connection, both, "crossing") is not None
        assert accounts_sight.claim(connection, both, "crossing") is not None, "the lease is extended"
        assert accounts_sight.claim(connection, both, "own") is None, "another person holds it"
        seen = cases.masked_record(connection, "person_record", "register", "r0")
        [lines] = connection.execute("select count(*) from core.enrolment where person_key = 'r0'").fetchall()
        [area] = accounts_sight.areas(connection, [("register", "r0")]).values()
    assert rows_seen(both) == {"identity.golden": 31, "core.person_record": 31}
    assert (lines, seen["id_number"] != other.number, accounts_sight.is_outside(both, area)) == ((1,), True, True)
    values: dict[str, str | None] = {"name": other.name, "id_number": other.number}
    assert accounts_sight.shown(both, values, outside=True)["name"] == other.name[0] + "*" * (len(other.name) - 1)
    assert accounts_sight.shown(both, values, outside=True, opened=True) == values
    with accounts_sight.acting(both) as connection:
        accounts_sight.release(connection, both, "crossing")
    with accounts_sight.acting(whole) as connection:
        assert accounts_sight.claim(connection, whole, "crossing") is not None
    assert rows_seen(both)["core.person_record"] == 30
    assert not accounts_sight.is_outside(whole, area)

    with connect() as connection:
        [person] = persons.find(connection, other.number)
        connection.execute("update identity.crosswalk set entity_id = %s where source_key = 'r1'", [person])
        assert persons.show(connection, person).held == {}, "the owner of the database sees all"
    with accounts_sight.acting(east) as connection:
        found = persons.show(connection, person)
        assert persons.find(connection, people[2].number) == []
    assert set(found.held.values()) == {"330106"}
    assert {"name", "id_number", "birth_date"} <= set(found.held)
    assert not set(found.held) & set(found.values)
    assert [record["source_key"] for record in found.records] == ["r1"]
