"""`hub sign-in|sign-out` and `hub user …`: accounts, their rights, the second factor; security administrators only."""

from __future__ import annotations

import secrets
from typing import Annotated

import segno
import typer

from hub.cli import session as terminal
from hub.cli import show
from hub.cli.server import Json
from hub.errors import ConfigErrors, RefusedError
from warehouse import accounts, accounts_factor, accounts_rights, alerts, audit, grants, migrate
from warehouse import accounts_passwords as passwords
from warehouse import accounts_sessions as sessions
from warehouse.db import connect

user = typer.Typer(no_args_is_help=True, help="Accounts and what they may do.")
Areas = Annotated[list[str] | None, typer.Option("--area", help="beginning of area codes, as 3301; may be repeated (default: every area)")]
Lines = Annotated[list[str] | None, typer.Option("--line", help="insurance line, as 110; may be repeated (default: every line)")]


def sign_in(name: str) -> None:
    """Sign in at this terminal; asks for what is missing: a password of your own, a second factor."""
    migrate.upgrade()
    session = terminal.sign_in(name)
    if session.must_change:
        _choose_password(session.account)
    if session.needs_factor:
        _set_up_factor(session.account)
    ready = terminal.signed_in()
    show.out.print(f"signed in as {ready.account} ({', '.join(sorted(ready.roles)) or 'no role'})")


def _choose_password(name: str) -> None:
    while True:
        password = typer.prompt("a password of your own", hide_input=True, confirmation_prompt=True)
        wrong = passwords.problems(password, name)
        if not wrong:
            break
        show.problem(ConfigErrors([english for english, _ in wrong]))
    with connect() as connection:
        accounts.change_password(connection, name, password)
        terminal.write(sessions.renew(connection, terminal.token(), terminal.PEER, "hub"))


def _set_up_factor(name: str) -> None:
    with connect() as connection:
        address = accounts_factor.begin(connection, name)
    segno.make(address, error="m").terminal(compact=True)
    with connect() as connection:
        codes = accounts_factor.confirm(connection, name, typer.prompt("scan it with an authenticator app; its code", hide_input=True))
        if codes is None:
            raise RefusedError("the code is not right; `hub sign-in` again")
        terminal.write(sessions.renew(connection, terminal.token(), terminal.PEER, "hub"))
    show.out.print("recovery codes, each for one sign-in without the device; keep them on paper, they are not shown again:")
    for code in codes:
        show.out.print(f"  {code}")


def sign_out() -> None:
    """End the session of this terminal."""
    terminal.sign_out()
    show.out.print("signed out")


@user.command("first")
def first() -> None:
    """Make the first account of an installation and print its one-time password, once."""
    migrate.upgrade()
    password = accounts.first()
    if password is None:
        raise RefusedError("there are accounts already; a security administrator adds others with `hub user add`")
    _one_time(accounts.FIRST, password)


@user.command("add")
def add(name: str) -> None:
    """Make an account without rights."""
    by = terminal.signed_in("security")
    with connect() as connection:
        password = accounts.add(connection, name, by.account)
    _one_time(name, password)


@user.command("reset-password")
def reset_password(name: str) -> None:
    """Give an account a one-time password; its sessions and tokens end."""
    by = terminal.signed_in("security")
    with connect() as connection:
        password = accounts.reset_password(connection, name, by.account)
    _one_time(name, password)


def _one_time(name: str, password: str) -> None:
    show.out.print(f"account {name}; one-time password, good for {accounts.ONE_TIME.days} days and shown once: {password}", markup=False)


@user.command("limits")
def limits(
    kind: Annotated[str | None, typer.Argument(help="look, search or open; without one the limits are shown")] = None,
    an_hour: Annotated[int | None, typer.Option("--an-hour", min=1, help="more than this in one hour is told of anybody")] = None,
    times: Annotated[int | None, typer.Option("--times", min=2, help="and so many times what is usual for the account")] = None,
    least: Annotated[int | None, typer.Option("--least", min=1, help="fewer in an hour are never told")] = None,
    locks: Annotated[bool | None, typer.Option("--lock/--no-lock", help="the account sees nobody until the alert is settled")] = None,
) -> None:
    """Show or set how often an account may look before the security administrator is told."""
    by = terminal.signed_in("security")
    if kind is not None and kind not in alerts.KINDS:
        raise RefusedError(f"limit {kind!r}: expected one of {', '.join(alerts.KINDS)}")
    with connect() as connection:
        if kind is not None:
            alerts.set_limit(connection, by, kind, an_hour=an_hour, times=times, least=least, locks=locks)
        found = alerts.limits(connection)
    rows = [(one.kind, one.an_hour, one.times, one.least, "yes" if one.locks else "no") for one in found]
    show.table("", ["kind", "an hour", "times the usual", "never below", "locks"], rows)


@user.command("disable")
def disable(name: str) -> None:
    """Let nobody sign in as this account any more."""
    by = terminal.signed_in("security")
    with connect() as connection:
        accounts.disable(connection, name, by.account)
    show.out.print(f"{name}: disabled, signed out everywhere")


@user.command("enable")
def enable(name: str) -> None:
    """Let a disabled account sign in again."""
    by = terminal.signed_in("security")
    with connect() as connection:
        accounts.enable(connection, name, by.account)
    show.out.print(f"{name}: may sign in again")


@user.command("reset-mfa")
def reset_factor(name: str) -> None:
    """Forget the second factor of an account; its owner sets up another at the next sign-in."""
    by = terminal.signed_in("security")
    with connect() as connection:
        accounts_factor.reset(connection, name, by.account)
    show.out.print(f"{name}: signed out; asks for a new second factor at the next sign-in")


@user.command("grant")
def grant(
    name: str,
    role: str,
    reason: Annotated[str, typer.Option("--reason", help="why; kept with the right")],
    area: Areas = None,
    line: Lines = None,
) -> None:
    """Give a right; for an administrator's a second security administrator has to `hub user approve` it."""
    by = terminal.signed_in("security")
    with connect() as connection:
        number, holds = accounts_rights.give(connection, by, name, role, reason, area, line)
    show.out.print(f"{name}: is {role}" if holds else f"right {number}: waits; another security administrator runs `hub user approve {number}`")


@user.command("approve")
def approve(number: int) -> None:
    """Approve, as the second person, a right that waits."""
    _decide(number, "approve")


@user.command("refuse")
def refuse(number: int) -> None:
    """Refuse a right that waits."""
    _decide(number, "refuse")


def _decide(number: int, decision: str) -> None:
    by = terminal.signed_in("security")
    with connect() as connection:
        accounts_rights.decide(connection, by, number, decision)
    show.out.print(f"right {number}: {'given' if decision == 'approve' else 'refused'}")


@user.command("revoke")
def revoke(name: str, role: str) -> None:
    """Take a right back."""
    by = terminal.signed_in("security")
    with connect() as connection:
        accounts_rights.take(connection, by, name, role)
    show.out.print(f"{name}: is {role} no more")


@user.command("list")
def list_users(as_json: Json = False) -> None:
    """List accounts, the rights that wait, and analysts."""
    migrate.upgrade()
    with connect() as connection:
        known, analysts = accounts.accounts(connection), grants.analysts(connection)
        waiting = [right for right in accounts_rights.rights(connection) if right.decision is None]
    if as_json:
        show.as_json({"accounts": [vars(one) for one in known], "waiting": [vars(one) for one in waiting], "analysts": [vars(one) for one in analysts]})
        return
    rows = [(one.name, ", ".join(one.roles), "set up" if one.second_factor else "", "disabled" if one.disabled else "") for one in known]
    show.table("accounts" if rows else "no account; `hub user first` makes one", ["account", "roles", "second factor", ""], rows)
    if waiting:
        show.table("rights that wait for a second person", ["right", "account", "role", "asked by", "reason"],
                   [(one.grant_id, one.account, one.role, one.asked_by, one.reason) for one in waiting])  # fmt: skip
    if analysts:
        show.table("analysts", ["login", "areas", "lines"], [(one.role, _all(one.areas), _all(one.lines)) for one in analysts])


def _all(values: list[str] | None) -> str:
    return "every" if values is None else " ".join(values)


@user.command("add-analyst")
def add_analyst(
    name: str,
    area: Areas = None,
    line: Lines = None,
    project: Annotated[str | None, typer.Option("--project", help="whose person keys they see; one of their own when left out")] = None,
    published: Annotated[bool, typer.Option("--published", help="published figures only: aggregates, small cells suppressed")] = False,
) -> None:
    """Make a login role of the database that reads the mart, of these areas, lines and project (again: change them); asks for its password."""
    by = terminal.signed_in("security")
    password = typer.prompt("password of the analyst", hide_input=True, confirmation_prompt=True)
    if wrong := passwords.problems(password, name):
        raise ConfigErrors([english for english, _ in wrong])
    with connect() as connection:
        if project:
            grants.add_project(connection, project, f"named with analyst {name}", by.account)
        grants.add_analyst(connection, name, password, area, line, by.account, project=project, published=published)
        audit.record(connection, by.account, "analyst.add", name, areas=area, lines=line, project=project, published=published)
    show.out.print(f'{name}: reads the mart; `hub query --user {name} "select …"`')


@user.command("flow-login")
def flow_login(name: str) -> None:
    """Make a login role of the database that loads and resolves and may do nothing else, for Airflow's workers; shows its password once (again: a new one)."""
    by = terminal.signed_in("security")
    password = secrets.token_urlsafe(24)
    with connect() as connection:
        grants.add_flow(connection, name, password)
        audit.record(connection, by.account, "flow.login", name)
    show.out.print(f"{name}: password, shown once: {password}\nput it into DATABASE_URL of Airflow's workers; `hub up` stays with the owner")


@user.command("drop-analyst")
def drop_analyst(name: str) -> None:
    """Take login and rights from an analyst."""
    by = terminal.signed_in("security")
    with connect() as connection:
        grants.drop_analyst(connection, name)
        audit.record(connection, by.account, "analyst.drop", name)
    show.out.print(f"{name}: has no access any more")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sign-in")(sign_in)
    app.command("sign-out")(sign_out)
    app.add_typer(user, name="user")
