"""What every route of /api/v1 shares: answers and refusals as JSON, writes done once under a key, the forms of ids, the document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from console import access, gate
from hub.errors import AbsentError, ChangedError, ConfigError, RefusedError
from hub.pipeline import consequence, persons
from hub.pipeline.persons import Form
from warehouse import accounts_sight, acts, idempotency
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

PREFIX = "/api/v1"
PERSON = r"^p[0-9a-hjkmnp-tv-z]{16}$"
CASE = r"^c[a-z2-7]{16}$"
SOURCE = r"^[a-z][a-z0-9_]{0,60}$"
KEY = r"^[^\x00-\x1f]{1,200}$"
PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""Free text: a line, without control characters (PostgreSQL keeps no NUL)."""
PersonId = Annotated[str, Path(pattern=PERSON)]
CaseId = Annotated[str, Path(pattern=CASE)]
Number = Annotated[int, Path(ge=1, le=2**62)]
Limit = Annotated[int, Query(ge=1, le=200)]
CODES = {
    400: "not a request of ours", 401: "no token, or not one that works", 403: "the right is missing", 404: "there is nothing of that id",
    409: "refused as things stand; `error` says why", 413: "too long", 422: "a parameter does not fit its form", 503: "try again",
}  # fmt: skip


class Refusal(BaseModel):
    """Why not."""

    error: str


RESPONSES: dict[int | str, dict[str, Any]] = {status: {"description": told, "model": Refusal} for status, told in CODES.items()}


class Body(BaseModel):
    """A request body: no field we do not know."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class RecordName(Body):
    """A source record."""

    source: Annotated[str, Field(pattern=SOURCE)]
    source_key: Annotated[str, Field(pattern=KEY)]

    @property
    def record(self) -> tuple[str, str]:
        """As the flow names it."""
        return self.source, self.source_key


@contextmanager
def told() -> Iterator[None]:
    """Turn what the flow refuses into an answer."""
    try:
        yield
    except AbsentError as error:
        raise HTTPException(404, str(error)) from None
    except ChangedError as error:
        raise HTTPException(409, f"changed since it was shown: {', '.join(error.changed)}") from None
    except ConfigError as error:
        raise HTTPException(409, str(error)) from None
    except RefusedError as error:
        raise HTTPException(403, str(error)) from None


def answer(value: Any, status: int = 200) -> JSONResponse:
    """Give values of the flow as JSON: dates as ISO text, amounts as text to the fen."""
    return JSONResponse(json.loads(json.dumps(value, default=_plain, ensure_ascii=False)), status)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


class Once:
    """A write: done once where the program names it by a key."""

    def __init__(self, request: Request, key: str | None, body: bytes) -> None:
        self.request, self.key, self.body = request, key, body

    def __call__(self, do: Callable[[Session], Any]) -> JSONResponse:
        """Do it, or give the answer of the first time."""
        session = gate.who(self.request)
        if self.key is None:
            with told():
                return answer(do(session))
        with connect() as connection:
            known = idempotency.begin(connection, session.account, self.key, f"{self.request.method} {self.request.url.path}", self.body)
        if known is not None:
            return _again(known)
        try:
            with told():
                done = answer(do(session))
        except BaseException:
            with connect() as connection:
                idempotency.drop(connection, session.account, self.key)
            raise
        with connect() as connection:
            idempotency.finish(connection, session.account, self.key, done.status_code, json.loads(bytes(done.body)))
        return done


def _again(known: idempotency.Known) -> JSONResponse:
    if not known.same:
        raise HTTPException(409, "the key was used for another request")
    if known.status is None:
        raise HTTPException(409, "the first request of this key is still at work")
    return JSONResponse(known.answer, known.status, {"Idempotency-Replayed": "true"})


async def _once(
    request: Request,
    idempotency_key: Annotated[str | None, Header(pattern=r"^[A-Za-z0-9_-]{8,80}$", description="names this write: sent again, it is done once")] = None,
) -> Once:
    return Once(request, idempotency_key, await request.body())


Write = Annotated[Once, Depends(_once)]


def form_for(session: Session, *, opened: bool = False) -> Form:
    """Give the form in which this reader sees values: those of a record another area's case lent are masked throughout."""

    def form(field: str, value: str, area: str | None) -> str | None:
        return accounts_sight.shown(session, {field: value}, opened=opened, outside=accounts_sight.is_outside(session, area))[field]

    return form


def in_sight(connection: Connection, records: list[tuple[str, str]]) -> None:
    """Refuse an act on records of another area: they are in sight of whoever holds a case about them, and of nobody else from elsewhere."""
    if accounts_sight.held(connection, records):
        raise RefusedError("some of its records belong to another area; whoever may cross areas claims a case about them first")


def whole(request: Request, wanted: list[str]) -> list[tuple[str, str]]:
    """Give every record of some persons; AbsentError for a person out of the reader's sight, RefusedError where a record of one is."""
    with gate.sight(request) as connection:
        for person in wanted:
            persons.show(connection, person)
    with connect() as connection:
        records = list(consequence.members_of(connection, wanted))
    with gate.sight(request) as connection:
        in_sight(connection, records)
    return records


def may_undo(request: Request, act_id: int) -> None:
    """Refuse to take back what others did to records of another area; what one did oneself one may take back."""
    with connect() as connection:
        act, records = acts.get(connection, act_id), acts.records(connection, act_id)
    if gate.who(request).account not in (act.author, act.second):
        with gate.sight(request) as connection:
            in_sight(connection, records)


def document(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document of /api/v1, with the scope each operation asks for."""
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.path.startswith(PREFIX)]
    made = get_openapi(title="Guiyi 归一", version="1", description="Persons, cases and verdicts for programs: `Authorization: Bearer TOKEN`.", routes=routes)
    made.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": "API token of an account"}}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            rule = access.rule(method.upper(), path)
            operation["security"] = [{"token": []}] if rule.level == "token" else []
            operation["x-scope"], operation["x-roles"] = rule.scope, sorted(rule.roles)
    return made
