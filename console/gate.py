"""The gate of the console: every request is admitted by the table in `console.access`, or refused and written down."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.access import WHO
from console.nav import BACK
from hub.errors import RefusedError
from warehouse import accounts_sessions as sessions
from warehouse import accounts_tokens as tokens
from warehouse import audit
from warehouse.accounts_rights import rights
from warehouse.accounts_sessions import Session
from warehouse.db import connect

SESSION, FORM = "__Host-guiyi", "__Host-guiyi-form"
SAFE = ("GET", "HEAD")


class Elsewhere(Exception):
    """The request leads to another page first."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


@dataclass(frozen=True)
class Visit:
    """Who calls: a signed-in person, a program's owner, or nobody."""

    token: str
    session: Session | None
    owner: str | None = None


def peer(request: Request) -> str:
    """Give the address of the caller."""
    return request.client.host if request.client else "?"


def client(request: Request) -> str:
    """Give what the browser calls itself."""
    return request.headers.get("user-agent", "?")


async def admit(request: Request) -> None:
    """Let a request in, or refuse it (HTTPException, Elsewhere); what it may rest on stands in `request.state.visit`."""
    rule = WHO[request.method, request.scope["route"].path]
    word = "" if request.method in SAFE else (await request.form()).get("csrf", "")
    request.state.visit = await run_in_threadpool(_visit, request, rule, word if isinstance(word, str) else "")


def _visit(request: Request, rule: str, word: str) -> Visit:
    if rule.startswith("token:"):
        return _program(request, rule.partition(":")[2])
    token = request.cookies.get(SESSION, "")
    with connect() as connection:
        session = sessions.read(connection, token) if token else None
    request.state.visit = Visit(token, session)
    if request.method not in SAFE:
        _same_site(request, token if session else request.cookies.get(FORM, ""), word)
    if rule != "public":
        _enough(request, rule, session)
    return Visit(token, session)


def _program(request: Request, scope: str) -> Visit:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        with connect() as connection:
            owner = tokens.owner(connection, token if kind.lower() == "bearer" else "", scope)
            if scope == "audit" and not any(right.role == "auditor" and right.decision == "approve" for right in rights(connection, owner)):
                raise RefusedError("the trail is read by auditors")
    except RefusedError:
        raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"}) from None
    return Visit("", None, owner)


def _enough(request: Request, rule: str, session: Session | None) -> None:
    if session is None:
        _ask(request, _with_way_back("/sign-in", request), "session")
        return
    if rule == "begun":
        return
    if not session.whole:
        _ask(request, _with_way_back("/second-factor", request), "factor")
    elif session.must_change:
        _ask(request, "/account/password", "password")
    elif session.needs_factor:
        _ask(request, "/account/factor", "factor")
    elif rule == "proven" and not session.proven:
        raise HTTPException(403, "proof")
    elif rule.startswith("role:") and not session.roles & set(rule.removeprefix("role:").split()):
        raise HTTPException(403, "role")


def _with_way_back(path: str, request: Request) -> str:
    """Remember the page that was asked for; the account is where one comes out without."""
    wanted = request.url.path
    return f"{path}?next={wanted}" if re.fullmatch(BACK, wanted) and (wanted != "/account" or path == "/sign-in") else path


def _ask(request: Request, path: str, cause: str) -> None:
    """A person who looks is led to the page that asks; an act without the right is refused."""
    if request.method in SAFE:
        raise Elsewhere(path)
    raise HTTPException(401, cause)


def _same_site(request: Request, secret: str, given: str) -> None:
    """Refuse an act another site sent: its origin, and the word only our forms have (OWASP ASVS 5, 3.5)."""
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin is not None and origin != own:
        raise HTTPException(403, "origin")
    if not secret or not secrets.compare_digest(sessions.csrf(secret).encode(), given.encode("utf-8", "replace")):
        raise HTTPException(403, "csrf")


def written(request: Request, cause: str, status: int) -> None:
    """Write a refused request into the trail: route and cause, nothing that was sent."""
    visit: Visit | None = getattr(request.state, "visit", None)
    who = visit.owner or (visit.session.account if visit.session else None) if visit else None
    route = getattr(request.scope.get("route"), "path", "?")
    with connect() as connection:
        audit.record(
            connection, who or "nobody", "request.refused", f"{request.method} {route}"[:120], status=status, cause=cause[:40], peer=peer(request)[:64]
        )


def keep(response: Response, token: str) -> None:
    """Put a session's token into its cookie."""
    response.set_cookie(SESSION, token, secure=True, httponly=True, samesite="strict", path="/")


def forget(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(SESSION, secure=True, httponly=True, samesite="strict", path="/")


def form_word(request: Request) -> tuple[str, str | None]:
    """Give the word a form sends along, and the cookie it rests on where nobody is signed in and none is set."""
    visit: Visit = request.state.visit
    if visit.session is not None:
        return sessions.csrf(visit.token), None
    known = request.cookies.get(FORM)
    secret = known or secrets.token_urlsafe(24)
    return sessions.csrf(secret), None if known else secret


def keep_form(response: Response, secret: str) -> None:
    """Put the secret of a sign-in form into its cookie."""
    response.set_cookie(FORM, secret, secure=True, httponly=True, samesite="strict", path="/", max_age=3600)


def to(path: str) -> RedirectResponse:
    """Lead on after an act."""
    return RedirectResponse(path, status_code=303)
