"""Overview: what needs whoever looks, what was done, how fresh the sources are; charts with their figures beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from console import gate, nav
from console.page import language_of, minute, page
from console.words import N_
from expectations.expected import label, sentence
from hub import settings
from hub.pipeline import codes, sampling
from hub.pipeline.incidents import statuses
from mappings.load import load_sources
from warehouse import accounts_sight, batches, loads, overview, refused
from warehouse.db import connect

router = APIRouter()
DAYS = 30


@dataclass(frozen=True)
class Todo:
    """One line of what waits: how much, what, more about it, and where it is done."""

    count: int
    what: str
    more: str
    values: Mapping[str, object]
    to: str
    act: str
    hot: bool = False


DESK = nav.STEWARDS | nav.ENGINEERS


@router.get("/")
def start(request: Request) -> Response:
    """Show the overview to who works at the desk; lead everybody else to their account."""
    session = request.state.visit.session
    if session is None or not session.ready or not session.roles & DESK:
        return gate.to("/account")
    sources, broken = load_sources(settings.load().sources)
    found = statuses(sources)
    work = accounts_sight.work_of(session) or "steward"
    steward = bool(session.roles & nav.STEWARDS)
    at = 0 if language_of(request) == "zh" else 1
    with gate.sight(request, work) as connection:
        patterns = refused.patterns(connection)
        stopped = batches.waiting(connection)
        days = loads.days(connection, DAYS)
        unfinished = loads.unfinished(connection)
        to_check = overview.repairs_to_check(connection, session.account)
        mine = overview.mine(connection, session.account) if steward else None
        verdicts = overview.verdicts(connection, DAYS) if steward else []
        audited = sampling.audited(connection) if steward else None
    with connect() as connection:
        unknown = [one for one in codes.unknown(connection) if one.code is None]
    names = {one.source: one.department.zh if at == 0 else one.department.en for one in sources}
    late = [one for one in found if one.state in ("late", "failed")]
    engineer = "engineer" in session.roles
    flow = [
        Todo(
            len(stopped),
            N_("Batches stopped at the gate"),
            N_("first: %(what)s"),
            {"what": stopped[0].batch_id if stopped else ""},
            "/loads",
            N_("Decide"),
            True,
        ),
        Todo(len(late), N_("Sources late or failed"), "%(what)s", {"what": ", ".join(names[one.source.source] for one in late)}, "/loads", N_("See"), True),
        Todo(
            len(unknown),
            N_("Unknown codes"),
            N_("their rows wait until somebody says what they mean"),
            {},
            "/loads#codes",
            N_("Map") if engineer else N_("See"),
        ),
        Todo(len(unfinished), N_("Batches not finished"), N_("cut off, or under way just now"), {}, "/loads", N_("See")),
    ]
    mine_first = [*(_own(mine, to_check) if mine else []), *(flow if engineer else [])]
    said = f"{label(patterns[0].reasons[0])[at]}: {sentence(patterns[0].reasons[0])[at].rstrip('.')}" if patterns and patterns[0].reasons else ""
    rows = {"what": said, "n": patterns[0].rows if patterns else 0}
    waiting = Todo(sum(one.rows for one in patterns), N_("Rows in quarantine"), N_("largest pattern: %(what)s, %(n)s rows"), rows, "/quarantine", N_("Repair"))
    values: dict[str, Any] = {
        "mine": mine, "verdicts": verdicts, "audited": audited, "days": days, "statuses": found, "broken": broken, "names": names, "own": _sorted(mine_first),
        "data": _sorted([waiting, *([] if engineer else flow)]), "taken": sum(one.extracted for one in days), "refused": sum(one.quarantined for one in days),
    }  # fmt: skip
    return page(request, "overview", **values)


def _own(mine: overview.Mine, to_check: tuple[int, int]) -> list[Todo]:
    ends, oldest = ({"moment": minute(moment)} for moment in (mine.lease_ends, mine.oldest_to_check))
    return [
        Todo(mine.to_check, N_("Acts to approve as the second person"), N_("oldest since %(moment)s"), oldest, "/persons/proposals", N_("Check"), True),
        Todo(to_check[0], N_("Bulk repairs to approve"), N_("%(n)s rows in all"), {"n": f"{to_check[1]:,}"}, "/quarantine", N_("Check"), True),
        Todo(mine.held, N_("My claimed cases"), N_("first lease ends %(moment)s"), ends, "/cases", N_("Go on")),
        Todo(mine.proposed, N_("My acts that wait for a second person"), N_("nothing to do for you"), {}, "/persons/proposals", N_("See")),
    ]


def _sorted(todos: list[Todo]) -> list[Todo]:
    """Leave out what is nothing; what is late or stopped comes first."""
    return sorted((one for one in todos if one.count), key=lambda one: not one.hot)
