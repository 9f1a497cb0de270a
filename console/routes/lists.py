"""Lists of the queue kept under a name, and let go of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, gate
from console.forms import Word
from console.routes.cases import KINDS, SOURCE, STATES, WHOSE, address
from hub.errors import AbsentError
from hub.pipeline import lists
from hub.pipeline.queue import Wanted

router = APIRouter()
Title = Annotated[str, Form(min_length=1, max_length=40, pattern=api.PLAIN)]


@router.post("/cases/lists")
def keep(
    request: Request, title: Title, csrf: Word,
    shared: Annotated[str, Form(pattern=r"^(yes)?$")] = "",
    kind: Annotated[str, Form(pattern=f"^({'|'.join(KINDS)})?$")] = "", state: Annotated[str, Form(pattern=f"^({'|'.join(STATES)})?$")] = "",
    source: Annotated[str, Form(pattern=rf"^$|{SOURCE}")] = "", area: Annotated[str, Form(pattern=r"^([0-9]{2,12})?$")] = "",
    line: Annotated[str, Form(pattern=r"^([0-9]{3})?$")] = "", days: Annotated[str, Form(pattern=r"^[0-9]{0,4}$")] = "",
    money: Annotated[str, Form(pattern=r"^(yes)?$")] = "", whose: Annotated[str, Form(pattern=f"^({'|'.join(WHOSE)})$")] = "all",
) -> Response:  # fmt: skip
    """Keep the filters of the queue under a name; the list of that name one had is replaced."""
    wanted = Wanted(kind or None, state or None, source or None, area or None, line or None, int(days) if days else None, bool(money), whose)
    with gate.sight(request) as connection:
        lists.keep(connection, gate.who(request).account, title.strip() or title, wanted, shared=bool(shared))
    return gate.to(address(wanted))


@router.post("/cases/lists/{list_id}/drop")
def drop(request: Request, list_id: api.Number, csrf: Word) -> Response:
    """End a list of one's own."""
    try:
        with gate.sight(request) as connection:
            lists.drop(connection, gate.who(request).account, list_id)
    except AbsentError:
        raise HTTPException(404, "list") from None
    return gate.to("/cases")
