"""Sign-in and account pages: each shows what is missing next, each act leaves a trace."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console import gate, nav
from console.forms import Word
from console.page import LOOKS, page
from hub.errors import ConfigError, ConfigErrors, RefusedError
from warehouse import accounts, accounts_factor
from warehouse import accounts_passwords as passwords
from warehouse import accounts_sessions as sessions
from warehouse import accounts_tokens as tokens
from warehouse.db import connect

router = APIRouter()

Name = Annotated[str, Form(pattern=r"^[a-z][a-z0-9_.-]{1,30}$")]
Password = Annotated[str, Form(min_length=1, max_length=passwords.LONGEST)]
Code = Annotated[str, Form(pattern=r"^(?:[0-9]{3} ?[0-9]{3}|[0-9a-f]{5}(?:-[0-9a-f]{5}){3})$")]
Next = Annotated[str, Form(pattern=nav.BACK)]
NextPage = Annotated[str, Query(pattern=nav.BACK)]


@router.get("/sign-in")
def show_sign_in(request: Request, next: NextPage = "/account") -> Response:  # noqa: A002 - the name of the parameter
    """Ask for name and password."""
    return page(request, "sign_in", next=next)


@router.post("/sign-in")
def sign_in(request: Request, name: Name, password: Password, csrf: Word, next: Next = "/account") -> Response:  # noqa: A002
    """Begin a session; the one there was ends."""
    try:
        token = sessions.sign_in(name, password, gate.peer(request), gate.client(request))
    except RefusedError as error:
        return page(request, "sign_in", 401, next=next, problem=str(error))
    visit: gate.Visit = request.state.visit
    if visit.session is not None:
        sessions.sign_out(visit.token)
    response = gate.to(next)
    gate.keep(response, token)
    return response


@router.get("/second-factor")
def show_second_factor(request: Request, next: NextPage = "/account") -> Response:  # noqa: A002
    """Ask for a code."""
    return page(request, "second_factor", next=next)


@router.post("/second-factor")
def second_factor(request: Request, code: Code, csrf: Word, next: Next = "/account") -> Response:  # noqa: A002
    """Make the session whole."""
    visit: gate.Visit = request.state.visit
    try:
        token = sessions.second_factor(visit.token, code, gate.peer(request), gate.client(request))
    except RefusedError as error:
        return page(request, "second_factor", 401, next=next, problem=str(error))
    response = gate.to(next)
    gate.keep(response, token)
    return response


@router.post("/sign-out")
def sign_out(request: Request, csrf: Word) -> Response:
    """End the session."""
    sessions.sign_out(request.state.visit.token)
    response = gate.to("/sign-in")
    gate.forget(response)
    return response


@router.get("/account")
def show_account(request: Request) -> Response:
    """Show who I am, what I may, and where I am signed in."""
    session = _session(request)
    with connect() as connection:
        left = accounts_factor.codes_left(connection, session.account)
    return page(request, "account", codes_left=left)


@router.post("/account/look")
def set_look(
    request: Request, csrf: Word, what: Annotated[str, Form(pattern=r"^(language|theme|density)$")], choice: Annotated[str, Form(pattern=r"^[a-z]{2,8}$")],
    next: Next = "/account",  # noqa: A002
) -> Response:  # fmt: skip
    """Keep a person's language, light or dark, or density, for every page and browser."""
    if choice not in LOOKS[what]:
        raise HTTPException(422, "choice")
    with connect() as connection:
        accounts.set_look(connection, _session(request).account, what, choice)
    return gate.to(next)


@router.get("/account/password")
def show_password(request: Request) -> Response:
    """Ask for the old password and a new one."""
    _need_whole(request)
    return page(request, "password", wrong=[])


@router.post("/account/password")
def change_password(request: Request, password: Password, new: Password, again: Password, csrf: Word) -> Response:
    """Change the password; other sessions end."""
    session = _need_whole(request)
    wrong = [english for english, _ in passwords.problems(new, session.account)]
    if new != again:
        wrong = ["the new password was not typed the same way twice"]
    if wrong:
        gate.written(request, "password policy", 400)
        return page(request, "password", 400, wrong=wrong)
    try:
        sessions.prove(request.state.visit.token, password, gate.peer(request))
    except RefusedError as error:
        return page(request, "password", 401, problem=str(error), wrong=[])
    with connect() as connection:
        accounts.change_password(connection, session.account, new)
        token = sessions.renew(connection, request.state.visit.token, gate.peer(request), gate.client(request))
        sessions.end_others(connection, session.account, token)
    response = gate.to("/account")
    gate.keep(response, token)
    return response


@router.get("/account/factor")
def show_factor(request: Request) -> Response:
    """Show the code an authenticator app reads."""
    session = _need_whole(request)
    if session.has_factor:
        return gate.to("/account")
    with connect() as connection:
        address = accounts_factor.pending(connection, session.account) or accounts_factor.begin(connection, session.account)
    return _factor_page(request, address)


def _factor_page(request: Request, address: str, status: int = 200, problem: str | None = None) -> Response:
    code = segno.make(address, error="m").svg_inline(scale=4, omitsize=True, svgclass="qr", lineclass=None)
    secret = address.partition("secret=")[2].partition("&")[0]
    return page(request, "factor", status, code=code, secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), problem=problem)


@router.post("/account/factor")
def confirm_factor(request: Request, code: Code, csrf: Word) -> Response:
    """Take the first code; show the recovery codes, once."""
    session = _need_whole(request)
    with connect() as connection:
        address = accounts_factor.pending(connection, session.account)
        codes = accounts_factor.confirm(connection, session.account, code)
        token = sessions.renew(connection, request.state.visit.token, gate.peer(request), gate.client(request)) if codes else ""
    if not codes:
        if address is None:
            raise HTTPException(409, "factor")
        gate.written(request, "factor", 401)
        return _factor_page(request, address, 401, "name, password or code is not right")
    request.state.visit = gate.Visit(token, session)
    response = page(request, "recovery", codes=codes)
    gate.keep(response, token)
    return response


@router.get("/account/proof")
def show_proof(request: Request, next: NextPage = "/account") -> Response:  # noqa: A002
    """Ask for the password again."""
    return page(request, "proof", next=next)


@router.post("/account/proof")
def prove(request: Request, password: Password, csrf: Word, next: Next = "/account") -> Response:  # noqa: A002
    """Take the password again before a dangerous act."""
    try:
        sessions.prove(request.state.visit.token, password, gate.peer(request))
    except RefusedError as error:
        return page(request, "proof", 401, next=next, problem=str(error))
    return gate.to(next)


@router.get("/account/sessions")
def show_sessions(request: Request) -> Response:
    """List where the account is signed in."""
    session, token = _session(request), request.state.visit.token
    with connect() as connection:
        found = sessions.sessions(connection, session.account)
    return page(request, "sessions", sessions=[{**one, "own": sessions.is_own(connection, session.account, token, one["id"])} for one in found])


@router.post("/account/sessions/end")
def end_sessions(request: Request, csrf: Word) -> Response:
    """End every other session."""
    with connect() as connection:
        sessions.end_others(connection, _session(request).account, request.state.visit.token)
    return gate.to("/account/sessions")


@router.get("/account/tokens")
def show_tokens(request: Request) -> Response:
    """List API tokens; making one asks for the password."""
    return _tokens_page(request)


def _tokens_page(request: Request, made: str | None = None) -> Response:
    session = _session(request)
    with connect() as connection:
        found = tokens.tokens(connection, session.account)
    return page(request, "tokens", tokens=found, scopes=tokens.SCOPES, made=made, longest=tokens.LONGEST_DAYS)


@router.post("/account/tokens")
def add_token(
    request: Request,
    label: Annotated[str, Form(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")],
    scope: Annotated[list[str], Form(max_length=8)],
    days: Annotated[int, Form(ge=1, le=tokens.LONGEST_DAYS)],
    csrf: Word,
) -> Response:
    """Make a token and show it, once."""
    try:
        with connect() as connection:
            made = tokens.add(connection, _session(request).account, label, scope, days)
    except (ConfigError, ConfigErrors):
        raise HTTPException(422, "scope") from None
    return _tokens_page(request, made)


@router.post("/account/tokens/{token_id}/revoke")
def revoke_token(request: Request, token_id: Annotated[int, InPath(ge=1, lt=2**62)], csrf: Word) -> Response:
    """End a token; somebody else's is not found."""
    try:
        with connect() as connection:
            tokens.revoke(connection, _session(request).account, token_id)
    except RefusedError:
        raise HTTPException(404, "token") from None
    return gate.to("/account/tokens")


def _session(request: Request) -> sessions.Session:
    session: sessions.Session | None = request.state.visit.session
    if session is None:
        raise HTTPException(401, "session")
    return session


def _need_whole(request: Request) -> sessions.Session:
    """A session that lacks its second factor changes neither password nor factor."""
    session = _session(request)
    if not session.whole:
        if request.method in gate.SAFE:
            raise gate.Elsewhere("/second-factor")
        raise HTTPException(401, "factor")
    return session
