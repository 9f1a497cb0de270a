"""Find persons and cases by whatever is known of them: the page, and the box in the head of every page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from console import api, gate
from console.forms import Word
from console.page import page
from console.person_words import words
from console.routes.cases import KINDS
from console.words import N_
from hub.errors import AbsentError
from hub.pipeline import persons, queue
from hub.pipeline.find import find
from hub.pipeline.persons import Person
from hub.pipeline.queue import Wanted
from warehouse import audit
from warehouse.db import Connection

router = APIRouter()
SHOWN, CASES = 20, 10
Text = Annotated[str, Form(min_length=1, max_length=60, pattern=api.PLAIN)]
BY = {
    "number": N_("identity number"), "phone": N_("phone"), "name": N_("name, or former name"), "beginning": N_("beginning of the name"), "pinyin": N_("pinyin"),
    "initials": N_("initials"), "key": N_("number at the source"), "id": N_("number here"),
}  # fmt: skip


@router.get("/persons")
def show_search(request: Request) -> Response:
    """Ask for a name, its pinyin or initials, or a number."""
    return page(request, "persons", found=None)


@router.post("/persons")
def find_persons(request: Request, q: Text, csrf: Word) -> Response:
    """Find persons and cases; what was asked stands in no address and no trail."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        found = find(connection, q)
        shown = [(told, by) for told, by in ((_shown(connection, person, api.form_for(session)), by) for person, by in found.persons[:SHOWN]) if told]
        cases = queue.page(connection, session.account, Wanted(cases=found.cases), limit=CASES) if found.cases else []
        audit.record(connection, session.account, "person.search", "person", found=len(found.persons), cases=len(found.cases))
    if len(shown) == 1 and not found.more:
        return gate.to(f"/persons/{shown[0][0].person_id}")
    if not shown and len(cases) == 1:
        return gate.to(f"/cases/{cases[0].case_id}")
    rest = max(0, len(found.persons) - SHOWN)
    return page(request, "persons", found=shown, cases=cases, kinds=KINDS, by=BY, rest=rest, more=found.more, **words(request))


def _shown(connection: Connection, person: str, form: persons.Form) -> Person | None:
    try:
        return persons.show(connection, person, form)
    except AbsentError:
        return None
