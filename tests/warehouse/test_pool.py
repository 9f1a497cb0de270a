"""Connections lent again and again: none remembers for whom it read, and nobody waits for one they hold themselves."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from hub.errors import HubError
from tests.warehouse import shared
from warehouse.accounts_sessions import Grant, Session
from warehouse.accounts_sight import acting
from warehouse.db import KEPT, connect, pooled

pytestmark = pytest.mark.usefixtures("warehouse")
database, warehouse = shared.database, shared.warehouse
WHO = "select pg_backend_pid(), current_user, (access.acting_now()).account, (access.acting_now()).areas"


def steward(name: str, areas: list[str] | None) -> Session:
    return Session(name, True, False, True, "zh", True, (Grant("steward", areas, None),))


def seen() -> tuple[object, ...]:
    with connect() as connection:
        return connection.execute(WHO).fetchall()[0]


def test_a_connection_lent_again_reads_for_nobody() -> None:
    with pooled():
        _, owner, _, _ = seen()
        backends = set()
        for name, areas in (("li", ["330106"]), ("wang", None)):
            with acting(steward(name, areas)) as connection:
                pid, user, account, in_sight = connection.execute(WHO).fetchall()[0]
                assert (user, account, in_sight) == ("hub_steward", name, areas)
                backends.add(pid)
            assert seen()[1:] == (owner, None, None)
        with pytest.raises(HubError), acting(steward("li", ["330106"])) as connection:
            connection.execute("insert into core.person_record (source) values ('x')")  # no right to, so the transaction is cut off
        for _ in range(3):
            pid, user, account, _ = seen()
            backends.add(pid)
            assert (user, account) == (owner, None)
        assert len(backends) < 5  # lent again, not opened for each block
        with connect() as connection:
            assert connection.execute("select count(*) from access.acting").fetchall() == [(0,)]


def test_more_blocks_at_once_than_are_kept_do_not_wait_for_each_other() -> None:
    with pooled(), ExitStack() as stack:
        opened = [stack.enter_context(connect()) for _ in range(KEPT + 3)]
        assert len({one.info.backend_pid for one in opened}) == KEPT + 3


def test_without_a_server_around_it_every_block_has_its_own() -> None:
    assert seen()[0] != seen()[0]
