"""The queue: what waits, filtered, searched and paged; claim, claim next, release, reassign, escalate."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console import gate, nav
from console.forms import Word
from console.page import Key, page
from console.told import badges
from console.words import N_
from hub.errors import RefusedError
from hub.pipeline import lists, pace, queue, search
from hub.pipeline.queue import Counts, Wanted
from warehouse import accounts_sight, audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection

router = APIRouter()
ROWS = 50
KEYS = (
    Key(("↑", "↓"), N_("move")), Key(("Enter",), N_("open")), Key(("Space",), N_("claim")), Key(("N",), N_("claim next")), Key(("F",), N_("filter")),
)  # fmt: skip
KINDS = {
    "possible": N_("Possible match"), "two_numbers": N_("Two valid numbers"), "shared_number": N_("One number, two people"),
    "contradiction": N_("Verdicts that contradict"), "bridge": N_("Held by one weak link"), "same_name": N_("Employers of one name"),
    "changed": N_("Decided before; a key value has changed"),
}  # fmt: skip
STATES = {"open": N_("to decide"), "unsure": N_("unsure"), "documents": N_("waits for documents"), "second": N_("waits for a second person")}
WHOSE = {"all": N_("all"), "free": N_("free"), "mine": N_("mine"), "escalated": N_("escalated")}
CASE = r"^c[a-z2-7]{16}$"
CaseId = Annotated[str, InPath(pattern=CASE)]
Kind = Annotated[str | None, Query(pattern=f"^({'|'.join(KINDS)})$")]
State = Annotated[str | None, Query(pattern=f"^({'|'.join(STATES)})$")]
SOURCE = r"^[a-z][a-z0-9]{0,20}(_[a-z0-9]{1,20}){0,3}$"
Source = Annotated[str | None, Query(pattern=SOURCE)]
Area = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$")]
Line = Annotated[str | None, Query(pattern=r"^[0-9]{3}$")]
Days = Annotated[int | None, Query(ge=0, le=3650)]
Money = Annotated[str | None, Query(pattern=r"^yes$")]
Whose = Annotated[str, Query(pattern=f"^({'|'.join(WHOSE)})$")]
After = Annotated[str | None, Query(pattern=r"^[0-9]{1,3}-c[a-z2-7]{16}$")]
Text = Annotated[str, Form(max_length=search.LONGEST)]


@dataclass(frozen=True)
class _Known:
    at: float
    counts: Counts


_counts: dict[tuple[object, ...], _Known] = {}
_lock = threading.Lock()


def counts_of(connection: Connection, session: Session) -> Counts:
    """Count what waits for everybody of the same areas and lines; taken anew every so many seconds."""
    areas, lines = accounts_sight.scope(session)
    key = (connection.info.dbname, None if areas is None else tuple(sorted(areas)), None if lines is None else tuple(sorted(lines)))
    with _lock:
        known = _counts.get(key)
    if known is None or known.at < time.monotonic() - nav.FRESH:
        known = _Known(time.monotonic(), queue.counts(connection))
        with _lock:
            _counts[key] = known
    return known.counts


@nav.counts("/cases")
def _waiting(_: Connection, session: Session) -> int:
    with accounts_sight.acting(session) as connection:
        return counts_of(connection, session).all


@router.get("/cases")
def show_queue(
    request: Request, kind: Kind = None, state: State = None, source: Source = None, area: Area = None, line: Line = None, days: Days = None,
    money: Money = None, whose: Whose = "all", after: After = None,
) -> Response:  # fmt: skip
    """Show a page of the queue."""
    return _queue(request, Wanted(kind, state, source, area, line, days, money is not None, whose), after)


@router.post("/cases/find")
def find_cases(request: Request, text: Text, csrf: Word) -> Response:
    """Show the cases that name a record found by a text; the text stands in no address and in no log."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        hits = search.search(connection, text)
        found = queue.of_records(connection, [(hit.source, hit.source_key) for hit in hits])
        audit.record(connection, session.account, "case.search", "queue", records=len(hits), cases=len(found))
    return _queue(request, Wanted(cases=tuple(found)), None, searched=True)


def _queue(request: Request, wanted: Wanted, after: str | None, *, searched: bool = False) -> Response:
    session = gate.who(request)
    at = (int(after.split("-")[0]), after.split("-")[1]) if after else None
    with gate.sight(request) as connection:
        rows = queue.page(connection, session.account, wanted, at, ROWS + 1)
        counts = counts_of(connection, session)
        mine = queue.mine(connection, session.account)
        told = badges(connection, rows[:ROWS])
        kept, run = lists.of(connection), pace.pace(connection, session.account)
        sources = sorted({source for row in rows for source in row.sources} | ({wanted.source} if wanted.source else set()))
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    return page(
        request, "cases", keys=KEYS, rows=rows[:ROWS], counts=counts, mine=len(mine), wanted=wanted, told=told, kinds=KINDS, states=STATES, whose=WHOSE,
        searched=searched, lists=kept, pace=run, set_now=lists.filters(wanted), sources=sources, filtered=_filtered(wanted),
        first=after is None, overdue=queue.OVERDUE, address=address,
        further=address(wanted, after=f"{last.value}-{last.case_id}") if last else "",
    )  # fmt: skip


def _filtered(wanted: Wanted) -> bool:
    """Say whether a filter is set that the lists at the side do not show."""
    return any((wanted.source, wanted.area, wanted.line, wanted.money, wanted.days not in (None, queue.OVERDUE), wanted.whose == "free"))


def address(wanted: Wanted, **changes: object) -> str:
    """Give the address of the queue with some filters changed; None takes one away."""
    after = changes.pop("after", None)
    values = vars(replace(wanted, cases=None, **changes))  # type: ignore[arg-type]
    said = {name: value for name, value in values.items() if value not in (None, False, "all")}
    said |= {"money": "yes"} if said.get("money") else {}
    said |= {"after": after} if after else {}
    return "/cases" + ("?" + urlencode(said) if said else "")


@router.post("/cases/next")
def claim_next(request: Request, csrf: Word, kind: Annotated[str | None, Form(pattern=f"^({'|'.join(KINDS)})$")] = None) -> Response:
    """Hold the most valuable free case and open it; back to the queue when none is left."""
    with gate.sight(request) as connection:
        found = queue.claim_next(connection, gate.who(request), kind=kind)
    return gate.to(f"/cases/{found}" if found else "/cases")


@router.post("/cases/{case_id}/claim")
def claim(request: Request, case_id: CaseId, csrf: Word) -> Response:
    """Hold a case, or hold it longer; refused while somebody else holds it."""
    with gate.sight(request) as connection:
        until = accounts_sight.claim(connection, gate.who(request), case_id)
    if until is None:
        raise HTTPException(409, "taken")
    return gate.to(f"/cases/{case_id}")


@router.post("/cases/{case_id}/release")
def release(request: Request, case_id: CaseId, csrf: Word) -> Response:
    """Let go of a case."""
    with gate.sight(request) as connection:
        if not queue.is_in_sight(connection, case_id):
            raise HTTPException(404, "case")
        accounts_sight.release(connection, gate.who(request), case_id)
    return gate.to("/cases")


@router.post("/cases/{case_id}/route")
def route(request: Request, case_id: CaseId, to: Annotated[str, Form(pattern=r"^([a-z][a-z0-9_.-]{1,30}|\*seniors)$")], csrf: Word) -> Response:
    """Give a case to another steward, or (`*seniors`) up to those who may cross areas."""
    session = gate.who(request)
    try:
        with gate.sight(request) as connection:
            if to == "*seniors":
                queue.escalate(connection, session, case_id)
            else:
                queue.reassign(connection, session, case_id, to)
    except RefusedError:
        raise HTTPException(409, "route") from None
    nav.stale("/cases", session.account)
    return gate.to("/cases")
