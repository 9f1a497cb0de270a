"""One case: side by side, evidence, consequence, the verdict, its undoing, the second person, the full value for a purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, casefile, gate, labels, nav
from console.forms import Word
from console.page import Key, language_of, page
from console.page import money as figure_money
from console.routes.cases import KINDS, CaseId
from console.told import model_of
from console.words import N_, speaker
from hub.errors import ChangedError, ConfigError, RefusedError
from hub.pipeline import cases, consequence, queue, verdicts
from hub.pipeline.plans import By
from hub.pipeline.queue import Waiting, Wanted
from hub.pipeline.rules import rules
from warehouse import accounts_sight, acts, audit
from warehouse.accounts_sessions import Session
from warehouse.acts import Act, Proposal
from warehouse.db import Connection, connect

router = APIRouter()
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
    Key(("E",), N_("unfold equal fields")), Key(("V",), N_("full values, for a purpose")), Key(("L",), N_("hold it longer")), Key(("X",), N_("release")),
    Key(("K", "J"), N_("previous, next case of mine")),
)  # fmt: skip
WHYS = {"pinned": N_("pinned"), "only": N_("the only one"), "agreed": N_("all agree"), "trusted": N_("more trusted source"), "newest": N_("newest")}
ENTITIES = {
    "enrolment": N_("Enrolments"), "contribution": N_("Contributions"), "benefit": N_("Benefits"), "death": N_("Deaths"), "archive_item": N_("Archive items"),
}  # fmt: skip
SYSTEMS = {"enrolment": "hub.insurance", "contribution": "hub.insurance", "benefit": "hub.benefit", "archive_item": "hub.archive_class"}
Verdict = Annotated[str, Form(pattern=r"^(same|different|unsure|documents)$")]
Reason = Annotated[str, Form(pattern=r"^[a-z_]{0,40}$")]
Comment = Annotated[str, Form(max_length=500)]
Token = Annotated[str, Form(pattern=r"^[a-z0-9.=]{0,200}$")]


@dataclass(frozen=True)
class _Said:
    """What the page says of the act before: nothing was written (`bad`), or what was."""

    kind: str
    cause: str
    changed: tuple[str, ...] = ()
    by: str = ""


@router.get("/cases/{case_id}")
def show_case(request: Request, case_id: CaseId) -> Response:
    """Show a case; one that no longer waits by what was decided on it."""
    return _page(request, case_id)


@router.post("/cases/{case_id}/verdict")
def decide(
    request: Request, case_id: CaseId, verdict: Verdict, csrf: Word, token: Token = "", reason: Reason = "", comment: Comment = "",
) -> Response:  # fmt: skip
    """Give a verdict on a case one holds, and go on to the next; nothing is written when it rests on what has changed."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        row = _row(connection, session, case_id)
    if row is None or row.holder != session.account:
        return _page(request, case_id, _Said("bad", N_("Not written: you do not hold this case any more."), by=row.holder or "" if row else ""), 409)
    try:
        made = verdicts.decide(case_id, verdict, By(session.account, reason or USUAL[verdict], comment.strip(), token or None))  # type: ignore[arg-type]
    except ChangedError as error:
        return _page(request, case_id, _Said("bad", N_("Not written: what you saw has changed since."), tuple(error.changed)), 409)
    except (ConfigError, RefusedError):
        return _page(request, case_id, _Said("bad", N_("Not written: choose a reason that fits, and write a comment where it is another.")), 422)
    if made.act_id is not None and verdict in ("same", "different"):
        nav.less("/cases", session.account)
    return _on(request, case_id, _Said("second" if made.proposal_id else "ok", VERDICTS[verdict]))


@router.post("/cases/{case_id}/second")
def second(
    request: Request, case_id: CaseId, decision: Annotated[str, Form(pattern=r"^(approve|refuse)$")], csrf: Word, comment: Comment = "",
) -> Response:  # fmt: skip
    """Approve or refuse, as the second person, what another proposed."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        if _row(connection, session, case_id) is None:
            raise HTTPException(404, "case")
    proposal = _proposal(case_id)
    if proposal is None:
        return _page(request, case_id, _Said("bad", N_("Not written: it was decided meanwhile.")), 409)
    try:
        if decision == "approve":
            verdicts.approve(proposal.proposal_id, session.account, comment.strip())
        else:
            verdicts.refuse(proposal.proposal_id, session.account, comment.strip())
    except ChangedError as error:
        return _page(request, case_id, _Said("bad", N_("Not written: what the first person saw has changed since."), tuple(error.changed)), 409)
    except (ConfigError, RefusedError):
        return _page(request, case_id, _Said("bad", N_("Not written: a second person decides, not the first.")), 409)
    return _on(request, case_id, _Said("ok", N_("Decided as the second person")))


@router.post("/cases/undo")
def undo(request: Request, act: Annotated[int, Form(ge=1, lt=2**62)], csrf: Word) -> Response:
    """Take back an act of one's own, as a whole, and open its case again."""
    session = gate.who(request)
    with connect() as connection:
        old = _known(connection, act)
    if old is None or session.account not in (old.author, old.second):
        raise HTTPException(404, "act")
    try:
        done = verdicts.undo(act, By(session.account, "mistaken"))
    except (ConfigError, RefusedError):
        raise HTTPException(409, "undone") from None
    if done.act_id is None:  # two people had made it
        return _elsewhere(request, "/persons/proposals")
    if old.case_id is None:
        return gate.to("/cases")
    with gate.sight(request) as connection:
        if _row(connection, session, old.case_id):
            accounts_sight.claim(connection, session, old.case_id)
    nav.stale("/cases", session.account)
    return _page(request, old.case_id, _Said("ok", N_("Taken back; both stay on record.")), at=old.case_id)


@router.post("/cases/{case_id}/open")
def open_values(request: Request, case_id: CaseId, purpose: Annotated[str, Form(min_length=4, max_length=200)], csrf: Word) -> Response:
    """Show the full values of a case's records for ten minutes; the purpose stays in the trail."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        row = _row(connection, session, case_id)
    if row is None or row.holder != session.account:
        raise HTTPException(403, "lease")
    for record in (f"{row.left_source}/{row.left_key}", f"{row.right_source}/{row.right_key}"):
        accounts_sight.open_record(session, record, purpose)
    return gate.to(f"/cases/{case_id}")


def _known(connection: Connection, act: int) -> Act | None:
    try:
        return acts.get(connection, act)
    except ConfigError:
        return None


def _row(connection: Connection, session: Session, case_id: str) -> Waiting | None:
    found = queue.page(connection, session.account, Wanted(cases=(case_id,)), limit=1)
    return found[0] if found else None


def _proposal(case_id: str) -> Proposal | None:
    with connect() as connection:
        found = acts.proposals(connection, case_id=case_id)
    return found[0] if found else None


def _last(connection: Connection, account: str) -> Act | None:
    """The latest act of a person that can be taken back."""
    for act in acts.listed(connection, author=account, limit=5):
        if act.kind != "undo" and act.undone_by is None:
            return act
    return None


def _on(request: Request, done: str, said: _Said) -> Response:
    """Let go of a case and go on: to the next of one's own, else to the most valuable free one."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        accounts_sight.release(connection, session, done)
        held = [case_id for case_id in queue.mine(connection, session.account) if case_id != done]
        found = held[0] if held and accounts_sight.claim(connection, session, held[0]) else queue.claim_next(connection, session, [done])
    if found is None:
        return _elsewhere(request, "/cases")
    if not request.headers.get("hx-request"):
        return gate.to(f"/cases/{found}")
    return _page(request, found, said, at=found)


def _elsewhere(request: Request, path: str) -> Response:
    """Lead to another page, also where the browser only asked for a part."""
    return Response(status_code=204, headers={"HX-Redirect": path}) if request.headers.get("hx-request") else gate.to(path)


def _page(request: Request, case_id: str, said: _Said | None = None, status: int = 200, at: str | None = None) -> Response:
    """Render a case; `at`: it stands at an address the browser does not show yet."""
    session = gate.who(request)
    with connect() as owner, gate.sight(request) as connection:
        last = _last(owner, session.account)
        row = _row(connection, session, case_id)
        mine = queue.mine(connection, session.account)
        audit.record(connection, session.account, "case.look", case_id)
        values: dict[str, Any] = {
            "said": said,
            "last": last,
            "row": row,
            "case_id": case_id,
            "mine": mine,
            "kinds": KINDS,
            "changed": CHANGED,
            "verdicts": VERDICTS,
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
    pair = (case.left_source, case.left_key), (case.right_source, case.right_key)
    preview = consequence.preview_pair(owner, *pair, api.form_for(session))
    proposals = acts.proposals(owner, case_id=row.case_id)
    held = accounts_sight.held(connection, [record for person in preview.people for record in person.records])
    preview = consequence.within(preview, held, _held_words(request))
    told = casefile.read(connection, session, case, preview)
    certain = model_of(connection, row.model_version).certain
    return {
        "file": told, "preview": preview, "after": preview.people[0], "proposal": proposals[0] if proposals else None, "effects": EFFECTS, "rules": rules(),
        "usual": USUAL, "high": log2(certain / (1 - certain)), "stewards": [name for name in queue.stewards(connection) if name != session.account],
        "golden": {value.field: value for value in preview.people[0].golden}, "coded": casefile.CODED, "whys": WHYS,
        "letters": ("甲", "乙") if language_of(request) == "zh" else ("A", "B"),
        "life_words": _life_words(request), "fact_words": _fact_words(request),
        "scale": _scale(told.steps, told.total, log2(certain / (1 - certain))),
    }  # fmt: skip


def _held_words(request: Request) -> Callable[[str], str]:
    """Say of a value that an area holds it."""
    speak = speaker(language_of(request))
    return lambda area: speak(N_("held by area %(area)s"), area=area or "–")


def _fact_words(request: Request) -> Callable[[consequence.Fact], str]:
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
