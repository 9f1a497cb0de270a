"""Security: alerts on mass look-ups, and who may sign in with which rights; for security administrators and auditors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from console import api, gate, nav
from console.forms import Word
from console.page import page
from console.words import N_
from warehouse import accounts, alerts, audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter()
KINDS = {"look": N_("records shown"), "search": N_("searches"), "open": N_("values in clear")}
SHOWN = {
    "look.alert": N_("looked far more than usual"),
    "alert.settle": N_("settled an alert"),
    "right.ask": N_("asked for a right"),
    "right.approve": N_("approved a right"),
    "right.refuse": N_("refused a right"),
    "right.take": N_("took a right away"),
    "account.add": N_("made an account"),
    "account.disable": N_("disabled an account"),
    "account.enable": N_("enabled an account"),
    "factor.reset": N_("reset a second factor"),
    "sign_in.refused": N_("was refused at sign-in"),
}
"""Acts of the trail an officer looks for first, and how they read."""
Comment = Annotated[str, Form(min_length=2, max_length=300, pattern=api.PLAIN)]


def _work(session: Session) -> str:
    return "admin" if "security" in session.roles else "auditor"


@nav.counts("/security", hot=True)
def waiting(_: Connection, session: Session) -> int:
    """Count alerts that wait."""
    with connect() as connection:
        return alerts.waiting(connection) if session.roles & nav.OFFICERS else 0


@router.get("/security")
def show(request: Request) -> Response:
    """Show alerts, limits and accounts; that the trail was read stands in the trail."""
    session = gate.who(request)
    with gate.sight(request, _work(session)) as connection:
        found, limits, people = alerts.listed(connection), alerts.limits(connection), accounts.accounts(connection)
    trail = []
    if "auditor" in session.roles:
        with gate.sight(request, "auditor") as connection:
            trail = [one for action in SHOWN for one in audit.read(connection, action=action, limit=20)]
            audit.record(connection, session.account, "audit.read", "trail")
    return page(
        request, "security", alerts=found, limits=limits, people=people, words=KINDS, did=SHOWN, trail=sorted(trail, key=lambda one: one.at, reverse=True)[:40]
    )


@router.post("/security/alerts/{alert_id}/settle")
def settle(request: Request, alert_id: api.Number, comment: Comment, csrf: Word) -> Response:
    """Settle an alert of another account, with what was found."""
    session = gate.who(request)
    with api.told(), gate.sight(request, "admin") as connection:
        alerts.settle(connection, session, alert_id, comment)
    nav.stale("/security", session.account)
    return gate.to("/security")
