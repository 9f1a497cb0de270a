"""/api/v1/lists: filters of the queue kept under a name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse

from console import api, gate
from hub.pipeline import lists
from hub.pipeline.queue import KINDS, WHOSE, Wanted
from warehouse.accounts_sessions import Session

router = APIRouter(prefix=api.PREFIX, responses=api.RESPONSES, tags=["cases"])


class Filters(api.Body):
    """Filters of the queue; what is left out is not filtered by."""

    kind: Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")] | None = None
    state: Annotated[str, Field(pattern=r"^(open|unsure|documents|second)$")] | None = None
    source: Annotated[str, Field(pattern=api.SOURCE)] | None = None
    area: Annotated[str, Field(pattern=r"^[0-9]{2,12}$")] | None = None
    line: Annotated[str, Field(pattern=r"^[0-9]{3}$")] | None = None
    days: Annotated[int, Field(ge=0, le=3650)] | None = None
    money: bool = False
    whose: Annotated[str, Field(pattern=f"^({'|'.join(WHOSE)})$")] = "all"


class Kept(api.Body):
    """A list to keep."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=api.PLAIN)]
    shared: bool = False
    filters: Filters


@router.get("/lists")
def listed(request: Request) -> JSONResponse:
    """List the lists of one's own, then those others share."""
    with gate.sight(request) as connection:
        return api.answer({"lists": lists.of(connection)})


@router.post("/lists")
def keep(request: Request, wanted: Kept, write: api.Write) -> JSONResponse:
    """Keep a list; one's own of that name is replaced."""

    def do(session: Session) -> Any:
        with gate.sight(request) as connection:
            return {"list_id": lists.keep(connection, session.account, wanted.name, Wanted(**wanted.filters.model_dump()), shared=wanted.shared)}

    return write(do)


@router.post("/lists/{list_id}/drop")
def drop(request: Request, list_id: api.Number, write: api.Write) -> JSONResponse:
    """End a list of one's own."""

    def do(session: Session) -> Any:
        with gate.sight(request) as connection:
            lists.drop(connection, session.account, list_id)
        return {"list_id": list_id}

    return write(do)
