"""The case page: everything a steward needs to decide one case, rendered; and where one goes after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Any

from fastapi import HTTPException, Request
from starlette.responses import Response

from console import api, casefile, gate, labels
from console.page import Key, language_of, page
from console.page import money as figure_money
from console.routes.cases import KINDS
from console.told import model_of
from console.words import N_, speaker
from expectations.suite import reasons
from hub.pipeline import cases, changes, consequence, pace, queue
from hub.pipeline.preview import Fact, within
from hub.pipeline.queue import Waiting, Wanted
from hub.pipeline.rules import rules
from matching.golden import FIELDS
from warehouse import accounts_sight, acts, audit, pins
from warehouse.accounts_sessions import Session
from warehouse.acts import Act, Proposal
from warehouse.db import Connection, connect

VERDICTS = {"same": N_("Same person"), "different": N_("Different people"), "unsure": N_("Unsure"), "documents": N_("Documents")}
EFFECTS = {"same": N_("takes effect"), "different": N_("takes effect"), "unsure": N_("stays, marked"), "documents": N_("ask and wait")}
USUAL = {"same": "evidence_shown", "different": "evidence_shown", "unsure": "too_little", "documents": "papers_needed"}
"""The reason a verdict has where none is chosen and no conflict asks for one."""
CHANGED = {
    "records": N_("the records themselves"), "persons": N_("whose records they are"), "verdicts": N_("verdicts on them"),
    "conflicts": N_("what stands against it"),
}  # fmt: skip
KEYS = (
    Key(("1", "2", "3", "4"), N_("same, different, unsure, documents")), Key(("R",), N_("reason")), Key(("C",), N_("comment")),
    Key(("U", "Alt+Z"), N_("undo the last verdict")),
    Key(("E",), N_("unfold equal fields")), Key(("V",), N_("full values, for a purpose")), Key(("L",), N_("hold it longer")), Key(("P",), N_("pin a value")),
    Key(("X",), N_("split or move")), Key(("Q",), N_("release")),
    Key(("K", "J"), N_("previous, next case of mine")),
)  # fmt: skip
ACTED = {
    "merge": N_("brought together"), "split": N_("split"), "move": N_("moved out"), "pin": N_("pinned"), "unpin": N_("pin ended"), "bulk": N_("judged in bulk"),
    "undo": N_("taken back"),
}  # fmt: skip
HOWS = {"number": N_("Same number"), "twin": N_("Twin?"), "address": N_("Same address"), "phone": N_("Same phone")}
WHYS = {"pinned": N_("pinned"), "only": N_("the only one"), "agreed": N_("all agree"), "trusted": N_("more trusted source"), "newest": N_("newest")}
ENTITIES = {
    "enrolment": N_("Enrolments"), "contribution": N_("Contributions"), "benefit": N_("Benefits"), "death": N_("Deaths"), "archive_item": N_("Archive items"),
}  # fmt: skip
SYSTEMS = {"enrolment": "hub.insurance", "contribution": "hub.insurance", "benefit": "hub.benefit", "archive_item": "hub.archive_class"}


@dataclass(frozen=True)
class Said:
    """What the page says of the act before: nothing was written (`bad`), or what was."""

    kind: str
    cause: str
    changed: tuple[str, ...] = ()
    by: str = ""


def case_row(connection: Connection, session: Session, case_id: str) -> Waiting | None:
    """Give a case of the queue, where it waits in sight."""
    found = queue.page(connection, session.account, Wanted(cases=(case_id,)), limit=1)
    return found[0] if found else None


def case_proposal(case_id: str) -> Proposal | None:
    """Give what waits for a second person about a case."""
    with connect() as connection:
        found = acts.proposals(connection, case_id=case_id)
    return found[0] if found else None


def latest_act(connection: Connection, account: str) -> Act | None:
    """The latest act of a person that can be taken back."""
    for act in acts.listed(connection, author=account, limit=5):
        if act.kind != "undo" and act.undone_by is None:
            return act
    return None


def go_on(request: Request, done: str, said: Said) -> Response:
    """Let go of a case and go on: to the next of one's own, else to the most valuable free one."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        accounts_sight.release(connection, session, done)
        held = [case_id for case_id in queue.mine(connection, session.account) if case_id != done]
        found = held[0] if held and accounts_sight.claim(connection, session, held[0]) else queue.claim_next(connection, session, [done])
    if found is None:
        return elsewhere(request, "/cases")
    if not request.headers.get("hx-request"):
        return gate.to(f"/cases/{found}")
    return render(request, found, said, at=found)


def elsewhere(request: Request, path: str) -> Response:
    """Lead to another page, also where the browser only asked for a part."""
    return Response(status_code=204, headers={"HX-Redirect": path}) if request.headers.get("hx-request") else gate.to(path)


def render(request: Request, case_id: str, said: Said | None = None, status: int = 200, at: str | None = None) -> Response:
    """Render a case; `at`: it stands at an address the browser does not show yet."""
    session = gate.who(request)
    with connect() as owner, gate.sight(request) as connection:
        latest = latest_act(owner, session.account)
        row = case_row(connection, session, case_id)
        mine = queue.mine(connection, session.account)
        audit.record(connection, session.account, "case.look", case_id)
        values: dict[str, Any] = {
            "said": said,
            "last": latest,
            "row": row,
            "case_id": case_id,
            "mine": mine,
            "kinds": KINDS,
            "changed": CHANGED,
            "verdicts": VERDICTS,
            "acted": ACTED,
            "pace": pace.pace(connection, session.account),
        }
        if row is None or row.entity != "person_record":
            found = _acts_in_sight(owner, connection, session, case_id)
            if row is None and not found:
                raise HTTPException(404, "case")
            response = page(request, "case_gone", status, keys=KEYS, acts=found, told=rules(), **values)
        else:
            response = page(request, "case", status, keys=KEYS, **values, **_told(request, owner, connection, session, row))
    if at is not None and request.headers.get("hx-request"):
        response.headers["HX-Push-Url"] = f"/cases/{at}"
    return response


def _acts_in_sight(owner: Connection, connection: Connection, session: Session, case_id: str) -> list[Act]:
    """The acts on a case that were one's own, or all of whose records are in sight."""
    found = [(one, acts.records(owner, one.act_id)) for one in acts.listed(owner, case_id=case_id, limit=20)]
    return [one for one, records in found if session.account in (one.author, one.second) or not accounts_sight.held(connection, records)]


def _told(request: Request, owner: Connection, connection: Connection, session: Session, row: Waiting) -> dict[str, Any]:
    """Everything of a case that waits."""
    case = cases.get_case(owner, row.case_id)
    preview = consequence.preview_case(owner, case, api.form_for(session))
    proposals = acts.proposals(owner, case_id=row.case_id)
    asked = [one for one in acts.proposals(owner, limit=200) if one.kind == "pin"]
    held = accounts_sight.held(connection, [record for person in preview.people for record in person.records])
    preview = within(preview, held, _held_words(request))
    told = casefile.read(connection, session, case, preview)
    members = [record for person in preview.people for record in person.records]
    returned = changes.returned(connection, case, api.form_for(session))
    certain = model_of(connection, row.model_version).certain
    return {
        "file": told, "preview": preview, "after": preview.people[0], "proposal": proposals[0] if proposals else None, "effects": EFFECTS, "rules": rules(),
        "usual": USUAL, "high": log2(certain / (1 - certain)), "stewards": [name for name in queue.stewards(connection) if name != session.account],
        "golden": {value.field: value for value in preview.people[0].golden}, "coded": casefile.CODED, "whys": WHYS,
        "letters": ("甲", "乙") if language_of(request) == "zh" else ("A", "B"),
        "life_words": _life_words(request), "fact_words": _fact_words(request),
        "pins": pins.of_records(connection, members), "pinnable": FIELDS,
        "asked": [one for one in asked if tuple(one.plan["record"]) in members and tuple(one.plan["record"]) not in held], "hows": HOWS, "returned": returned,
        "finding_words": lambda code: reasons().get(code, (code, code))[0 if language_of(request) == "zh" else 1],
        "numbers": {column.record: column.number for column in told.columns}, "parts": any(len(side.records) > 1 for side in preview.people[0].sides),
        "scale": _scale(told.steps, told.total, log2(certain / (1 - certain))),
    }  # fmt: skip


def _held_words(request: Request) -> Callable[[str], str]:
    """Say of a value that an area holds it."""
    speak = speaker(language_of(request))
    return lambda area: speak(N_("held by area %(area)s"), area=area or "–")


def _fact_words(request: Request) -> Callable[[Fact], str]:
    """Name a kind of line: its entity and its insurance line, benefit or class."""
    language = language_of(request)
    speak = speaker(language)
    return lambda fact: f"{speak(ENTITIES[fact.entity])} · {labels.code(SYSTEMS.get(fact.entity, ''), fact.code, language)}".removesuffix(" · ")


def _life_words(request: Request) -> Callable[[casefile.Life], str]:
    """Say what a record holds of one line: since when, until when, how many, how much."""
    language = language_of(request)
    speak = speaker(language)

    def said(life: casefile.Life) -> str:
        what = labels.code(SYSTEMS.get(life.entity, ""), life.code, language) or speak(ENTITIES[life.entity])
        until = "" if life.open or life.until is None else f"{life.until:%Y-%m}"
        period = f" {life.since:%Y-%m} – {until}" if life.since else ""
        money = f" {figure_money(life.amount)}" if life.amount else ""
        lines = "" if life.entity == "enrolment" else " " + speak(N_("%(n)s lines"), n=life.count)
        return f"{what}{period}{lines}{money}"

    return said


def _scale(steps: tuple[casefile.Step, ...], total: float, high: float) -> tuple[float, float]:
    """The least and the most the bars reach, with some room."""
    ends = [0.0, total, high, *(step.ends for step in steps)]
    return min(ends) - 1, max(ends) + 1
