"""Mass look-ups: counted by the trail itself, told once an hour, settled by another person, and where the limit says so the account sees nobody until then."""

from __future__ import annotations

import pytest

from hub.errors import RefusedError
from tests.console.browser import Browser
from tests.warehouse.people import account, session, signed_in
from warehouse import accounts_sight, alerts, audit
from warehouse.db import connect

pytestmark = pytest.mark.usefixtures("warehouse")


def look(name: str, times: int, action: str = "person.search") -> None:
    with connect() as connection:
        for _ in range(times):
            audit.record(connection, name, action, "person", found=1)


def told() -> list[tuple[str, str, int, int | None]]:
    with connect() as connection:
        return [(one.account, one.kind, one.looks, one.usual) for one in alerts.listed(connection)]


def test_more_than_the_limit_is_told_once_an_hour_and_never_of_less() -> None:
    account("li", "steward")
    look("li", 200)
    look("root", 300)  # the owner's command line is no account: it is in the trail alone
    assert told() == []
    look("li", 50)
    assert told() == [("li", "search", 201, None)]
    with connect() as connection:
        [entry] = audit.read(connection, action="look.alert")
    assert (entry.actor, entry.object, entry.detail["looks"]) == ("hub", "li", 201)
    look("li", 41, "record.open")
    assert told()[0] == ("li", "open", 41, None)


def test_far_more_than_the_account_does_usually_is_told_too() -> None:
    account("li", "steward")
    with connect() as connection:
        hours = "date_trunc('hour', now()) - n * interval '1 hour' from generate_series(1, 12) n, generate_series(1, 10)"
        connection.execute(f"insert into access.look select 'li', 'search', {hours}")
    look("li", 50)
    assert told() == []
    look("li", 1)
    assert told() == [("li", "search", 51, 10)]


def test_a_limit_that_locks_lets_the_account_see_nobody_until_another_settles_it() -> None:
    secrets = {name: account(name, *roles) for name, roles in (("li", ("steward",)), ("qi", ("security",)), ("wu", ("auditor",)))}
    officer = session(signed_in("qi", secrets["qi"]))
    with connect() as connection:
        alerts.set_limit(connection, officer, "open", an_hour=12, locks=True)
    li = session(signed_in("li", secrets["li"]))
    for n in range(13):
        accounts_sight.open_record(li, f"p{n}", "核查")
    with pytest.raises(RefusedError, match="far more look-ups"):
        accounts_sight.open_record(li, "p99", "核查")
    with pytest.raises(RefusedError, match="far more look-ups"), accounts_sight.acting(li):
        raise AssertionError("no connection is opened")
    browser, auditor = Browser(), Browser()
    browser.sign_in("qi", secrets["qi"])
    auditor.sign_in("wu", secrets["wu"])
    assert browser.get("/cases").status_code == 403
    page = browser.get("/security")
    assert (page.status_code, "li" in page.text, "/settle" in page.text) == (200, True, True)
    read = auditor.get("/security")
    assert ("/settle" in read.text, "look.alert" in read.text) == (False, True)
    with connect() as connection:
        [alert] = alerts.listed(connection)
    path = f"/security/alerts/{alert.alert_id}/settle"
    assert auditor.post(path, "/account", comment="x y").status_code == 403
    assert browser.post(path, "/account", comment="核实为批量核查任务").status_code == 303
    assert browser.post(path, "/account", comment="again").status_code == 404
    accounts_sight.open_record(li, "p100", "核查")
    with pytest.raises(RefusedError, match="right security"), connect() as connection:
        alerts.settle(connection, li, alert.alert_id, "mine")
    with pytest.raises(Exception, match="42501"), accounts_sight.acting(li) as connection:
        connection.execute("update access.look_limit set an_hour = 9999")
    with connect() as connection:
        alerts.set_limit(connection, officer, "open", an_hour=40, locks=False)
