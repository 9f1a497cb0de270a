"""Who is signed in at this terminal: a session of the server, its token in a file only this account can read."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import typer

from hub.errors import RefusedError
from warehouse import accounts_sessions as sessions
from warehouse.accounts_sessions import Session
from warehouse.db import connect

PEER = "terminal"


def signed_in(role: str | None = None) -> Session:
    """Give the session of this terminal; RefusedError when nobody is signed in, or without the role."""
    token = _read()
    with connect() as connection:
        session = sessions.read(connection, token) if token else None
    if session is None or not session.ready:
        raise RefusedError("this needs a signed-in person; `hub sign-in NAME` first")
    if role is not None and role not in session.roles:
        raise RefusedError(f"this needs the role {role}; {session.account} does not hold it")
    return session


def author() -> str:
    """Name who acts: the signed-in person, else the account of the operating system."""
    token = _read()
    if token:
        with connect() as connection:
            session = sessions.read(connection, token)
        if session is not None and session.ready:
            return session.account
    return f"os:{getpass.getuser()}"


def sign_in(name: str) -> Session:
    """Ask for password and second factor and keep the session."""
    client = f"hub of {getpass.getuser()}"
    token = sessions.sign_in(name, typer.prompt("password", hide_input=True), PEER, client)
    with connect() as connection:
        session = sessions.read(connection, token)
    if session is not None and not session.whole:
        token = sessions.second_factor(token, typer.prompt("code", hide_input=True), PEER, client)
    write(token)
    with connect() as connection:
        session = sessions.read(connection, token)
    if session is None:
        raise RefusedError("the session has ended; sign in again")
    return session


def sign_out() -> None:
    """End the session."""
    token = _read()
    if token:
        sessions.sign_out(token)
        _path().unlink(missing_ok=True)


def token() -> str:
    """Give the token of the session; RefusedError when nobody is signed in."""
    found = _read()
    if not found:
        raise RefusedError("this needs a signed-in person; `hub sign-in NAME` first")
    return found


def write(token: str) -> None:
    """Keep the token of a session."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(token)


def _read() -> str | None:
    path = _path()
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def _path() -> Path:
    return Path(os.environ.get("HUB_SESSION") or Path.home() / ".config" / "guiyi" / "session")
