"""The gate of the console: every request is admitted by the table in `console.access`, or refused and written down."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console import access
from console.access import Rule
from console.nav import BACK
from hub.errors import RefusedError
from warehouse import accounts_sessions as sessions
from warehouse import accounts_sight, audit
from warehouse import accounts_tokens as tokens
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

SESSION, FORM = "__Host-guiyi", "__Host-guiyi-form"
SAFE = ("GET", "HEAD")


class Elsewhere(Exception):
    """The request leads to another page first."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


@dataclass(frozen=True)
class Visit:
    """Who calls: a signed-in person (session), a program of a person (what its owner may), or nobody."""

    token: str
    session: Session | None
    program: Session | None = None

    @property
    def who(self) -> Session | None:
        """Whoever it is."""
        return self.session or self.program


def peer(request: Request) -> str:
    """Give the address of the caller."""
    return request.client.host if request.client else "?"


def client(request: Request) -> str:
    """Give what the browser calls itself."""
    return request.headers.get("user-agent", "?")


def who(request: Request) -> Session:
    """Give for whom a route works: the signed-in person, or the owner of the program's token."""
    found: Session | None = request.state.visit.who
    if found is None:
        raise HTTPException(401, "session")
    return found


@contextmanager
def sight(request: Request, work: str = "steward") -> Iterator[Connection]:
    """Open the connection of a route, for one transaction: it sees the rows of whoever asks and may write what their role may."""
    with accounts_sight.acting(who(request), work) as connection:
        yield connection


async def admit(request: Request) -> None:
    """Let a request in, or refuse it (HTTPException, Elsewhere); what it may rest on stands in `request.state.visit`."""
    rule = access.rule(request.method, request.scope["route"].path)
    word = "" if request.method in SAFE else request.headers.get("x-csrf") or (await request.form()).get("csrf", "")
    request.state.visit = await run_in_threadpool(_visit, request, rule, word if isinstance(word, str) else "")


def _visit(request: Request, rule: Rule, word: str) -> Visit:
    if rule.level == "token":
        return _program(request, rule)
    token = request.cookies.get(SESSION, "")
    with connect() as connection:
        session = sessions.read(connection, token) if token else None
    request.state.visit = Visit(token, session)
    if request.method not in SAFE:
        _same_site(request, token if session else request.cookies.get(FORM, ""), word)
    if rule.level != "public":
        _enough(request, rule, session)
    return Visit(token, session)


def _program(request: Request, rule: Rule) -> Visit:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        with connect() as connection:
            program = sessions.standing(connection, tokens.owner(connection, token if kind.lower() == "bearer" else "", rule.scope))
    except RefusedError:
        raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"}) from None
    request.state.visit = Visit("", None, program)
    if program is None or not program.ready:
        raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"})
    if rule.roles and not program.roles & rule.roles:
        raise HTTPException(403, "role")
    return Visit("", None, program)


def _enough(request: Request, rule: Rule, session: Session | None) -> None:
    if session is None:
        _ask(request, _with_way_back("/sign-in", request), "session")
        return
    if rule.level == "begun":
        return
    if not session.whole:
        _ask(request, _with_way_back("/second-factor", request), "factor")
    elif session.must_change:
        _ask(request, "/account/password", "password")
    elif session.needs_factor:
        _ask(request, "/account/factor", "factor")
    elif rule.level == "proven" and not session.proven:
        raise HTTPException(403, "proof")
    elif rule.roles and not session.roles & rule.roles:
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
    account = visit.who.account if visit and visit.who else "nobody"
    route = getattr(request.scope.get("route"), "path", "?")
    with connect() as connection:
        audit.record(connection, account, "request.refused", f"{request.method} {route}"[:120], status=status, cause=cause[:40], peer=peer(request)[:64])


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
