"""`hub resolve`, `hub model`, `hub person`, `hub cases`: who is whom, and what people decided about it."""

from __future__ import annotations

import getpass
from typing import Annotated, Any, get_args

import typer

from hub.cli import session as terminal
from hub.cli import show
from hub.cli.server import Json
from hub.cli.why import why
from hub.errors import RefusedError
from hub.pipeline import cases as desk
from hub.pipeline import modelling, persons, sampling, verdicts
from hub.pipeline.plans import By, Decided
from hub.pipeline.resolve import Resolved, resolve
from warehouse import accounts_sight, acts, audit, migrate, models
from warehouse.db import connect

model = typer.Typer(no_args_is_help=True, help="Versions of the matching model.")
person = typer.Typer(no_args_is_help=True, help="Persons: find and show, masked.")
cases = typer.Typer(no_args_is_help=True, help="Pairs that wait for a person.")
Why = Annotated[str, typer.Option("--reason", help="why; kept with the decision")]
Author = Annotated[str, typer.Option("--author", help="who decides (default: the account's name)", default_factory=getpass.getuser)]
Code = Annotated[str, typer.Option("--code", help="reason code of hub/pipeline/verdicts.yml")]
Later = Annotated[bool, typer.Option("--later", help="write it down only; the next `hub resolve` applies it")]


def run_resolve(
    full: Annotated[bool, typer.Option("--full", help="match everything again, also when nothing is new; gives the same, and builds the index anew")] = False,
    as_json: Json = False,
) -> None:
    """Find which records are one person; writes crosswalk, golden records and cases."""
    migrate.upgrade()
    with show.progress("resolve", quiet=as_json) as tell:
        done = resolve(tell, full=full)
    _report(done, as_json)


def _report(done: Resolved, as_json: bool) -> None:
    if as_json:
        show.as_json(vars(done))
        return
    if not done.ran:
        show.out.print("nothing new since the last run; nothing was done")
    show.table("", ["found", ""], _flat(done.counts))
    if done.seconds:
        show.table("", ["stage", "seconds"], done.seconds.items())


def _flat(counts: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in counts.items():
        rows += _flat(value, f"{prefix}{name}: ") if isinstance(value, dict) else [(prefix + name.replace("_", " "), value)]
    return rows


@model.command("fit")
def fit(reason: Why, author: Author, yes: Annotated[bool, typer.Option("--approve", help="bring it into force at once")] = False) -> None:
    """Fit a new version on all records, show what it would change, and keep it as a proposal."""
    migrate.upgrade()
    with show.progress("fitting") as tell:
        version, effect = modelling.propose(author, reason, tell)
    show.table(f"version {version}, proposed: what it would change", ["", ""], _flat(effect))
    if yes:
        approve(version)
    else:
        show.out.print(f"`hub model approve {version}` brings it into force")


@model.command("approve")
def approve(version: int) -> None:
    """Bring a version into force (an earlier one: roll-back) and resolve with it."""
    migrate.upgrade()
    with connect() as connection:
        models.approve(connection, version)
        audit.record(connection, terminal.author(), "model.approve", f"model {version}")
    with show.progress("resolve") as tell:
        _report(resolve(tell), as_json=False)


@model.command("show")
def show_models(as_json: Json = False) -> None:
    """List the versions and their states."""
    migrate.upgrade()
    with connect() as connection:
        known = models.versions(connection)
    if as_json:
        show.as_json([vars(version) for version in known])
    else:
        show.table(
            "", ["version", "state", "author", "reason", "made"], [(v.version, v.state, v.author, v.reason, f"{v.recorded_at:%Y-%m-%d %H:%M}") for v in known]
        )


@person.command("find")
def find(
    number: Annotated[
        str | None, typer.Option("--number", help="identity number; `-` reads it from standard input, so that it stays out of the shell's history")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="exact name")] = None,
    as_json: Json = False,
) -> None:
    """Find persons by number or name; values are shown masked."""
    migrate.upgrade()
    asked = typer.prompt("identity number", hide_input=True) if number == "-" else number
    with connect() as connection:
        found = [persons.show(connection, person_id) for person_id in persons.find(connection, asked, name)]
        audit.record(connection, terminal.author(), "person.search", "person", by="name" if asked is None else "number", found=len(found))
    if as_json:
        show.as_json([{"person_id": one.person_id, **one.values} for one in found])
    else:
        rows = [(one.person_id, *(one.values.get(field) for field in ("name", "sex_code", "birth_date", "id_number")), len(one.records)) for one in found]
        show.table("persons" if rows else "nobody found", ["person", "name", "sex", "born", "number", "records"], rows)


@person.command("show")
def show_person(
    person_id: str,
    purpose: Annotated[str | None, typer.Option("--purpose", help="show the values in clear, and why; needs `hub sign-in` as a steward")] = None,
    as_json: Json = False,
) -> None:
    """Show a golden record, masked, with the record each value came from."""
    migrate.upgrade()
    found = _opened(person_id, purpose) if purpose is not None else _masked(person_id)
    if as_json:
        show.as_json(vars(found))
        return
    show.table(
        f"person {found.person_id}",
        ["field", "value" if purpose else "value (masked)", "from"],
        [(k, v, "{0}, batch {2}, row {3}".format(*found.provenance[k])) for k, v in found.values.items()],
    )
    columns = ["source", "source_key", "grade", "batch_id", "row_number", "name", "birth_date", "ended"]
    show.table("records", columns, [[record[column] for column in columns] for record in found.records])


def _masked(person_id: str) -> persons.Person:
    with connect() as connection:
        audit.record(connection, terminal.author(), "person.look", person_id)
        return persons.show(connection, person_id)


def _opened(person_id: str, purpose: str) -> persons.Person:
    """Show in clear what the role may see of a record in its areas; the purpose stands in the trail."""
    session = terminal.signed_in()
    accounts_sight.open_record(session, person_id, purpose)
    with accounts_sight.acting(session) as connection:
        return persons.show(connection, person_id, lambda field, value, area: accounts_sight.shown(session, {field: value}, opened=True)[field])


@cases.command("list")
def list_cases(kind: Annotated[str | None, typer.Option("--kind")] = None, limit: int = 20, as_json: Json = False) -> None:
    """List the pairs that wait, the closest to certain first."""
    migrate.upgrade()
    with connect() as connection:
        waiting = desk.list_cases(connection, kind, limit)
    if as_json:
        show.as_json([vars(case) for case in waiting])
    else:
        rows = [(c.case_id, c.kind, c.left_source, c.right_source, f"{c.weight:+.1f}", f"{c.probability:.3f}", c.verdict) for c in waiting]
        show.table("cases" if rows else "no case waits", ["case", "kind", "left", "right", "weight", "probability", "verdict"], rows)


@cases.command("show")
def show_case(case_id: str) -> None:
    """Show both records, masked, and the evidence in words."""
    migrate.upgrade()
    with connect() as connection:
        case = desk.get_case(connection, case_id)
        left, right = desk.sides(connection, case)
        audit.record(connection, terminal.author(), "case.look", case_id)
        sentences = desk.evidence(connection, case)
    show.table(
        f"case {case.case_id}: {case.kind}",
        ["field", "left", "right"],
        [(field, left.get(field), right.get(field)) for field in dict.fromkeys((*left, *right))],
    )
    show.table("evidence", ["bits", "证据", "evidence"], [(f"{one.weight:+.1f}", one.zh, one.en) for one in sentences])
    show.out.print(
        f"together {case.weight:+.1f} bits, probability {case.probability:.3f}; decide: `hub cases same|different|unsure|documents {case.case_id} --reason …`"
    )


def _verdict(verdict: desk.Verdict) -> Any:
    def decide(case_id: str, reason: Why, author: Author, code: Code = "other", later: Later = False) -> None:
        migrate.upgrade()
        _tell(verdicts.decide(case_id, verdict, By(author, code, reason)))
        _apply(later)

    decide.__doc__ = {
        "same": "The two records are one person; where that causes a conflict, a second person has to approve it.",
        "different": "They are two persons.",
        "unsure": "It cannot be told now; the case stays.",
        "documents": "Papers are needed; the case stays.",
    }[verdict]
    return decide


def _tell(done: Decided) -> None:
    if done.act_id is None:
        show.out.print(f"proposal {done.proposal_id}: waits for a second person ({', '.join(done.blocking)}); `hub cases approve {done.proposal_id}`")
    else:
        show.out.print(f"act {done.act_id}: done; `hub cases undo {done.act_id}` takes it back")


def _apply(later: bool) -> None:
    if later:
        return
    with show.progress("applying") as tell:
        resolve(tell)


@cases.command("undo")
def undo(act_id: int, reason: Why, author: Author, code: Code = "mistaken", later: Later = False) -> None:
    """Take an act back as a whole; both stay on record."""
    migrate.upgrade()
    done = verdicts.undo(act_id, By(author, code, reason))
    if done.act_id is None:
        show.out.print(f"proposal {done.proposal_id}: two people made act {act_id}, a second one takes it back: `hub cases approve {done.proposal_id}`")
        return
    show.out.print(f"act {act_id} is taken back (by act {done.act_id})")
    _apply(later)


@cases.command("history")
def history(limit: int = 20) -> None:
    """List what was decided, the latest first."""
    migrate.upgrade()
    with connect() as connection:
        rows = [
            (one.act_id, one.case_id, one.detail.get("plan", {}).get("verdict", one.kind), one.author, one.second, one.comment or one.reason_code,
             f"{one.recorded_at:%Y-%m-%d %H:%M}", f"by act {one.undone_by}" if one.undone_by else "")
            for one in acts.listed(connection, limit=limit)
        ]  # fmt: skip
    show.table("decisions" if rows else "nothing was decided yet", ["act", "case", "verdict", "author", "second", "reason", "when", "taken back"], rows)


@cases.command("proposals")
def proposals() -> None:
    """List what waits for a second person."""
    migrate.upgrade()
    with connect() as connection:
        rows = [(one.proposal_id, one.kind, one.case_id, one.author, ", ".join(one.blocking), one.comment) for one in acts.proposals(connection)]
    show.table("proposals" if rows else "nothing waits for a second person", ["proposal", "kind", "case", "author", "because", "reason"], rows)


@cases.command("approve")
def approve_proposal(proposal_id: int, comment: Annotated[str, typer.Option("--comment")] = "", later: Later = False) -> None:
    """Approve, as the second person (`hub sign-in`), what another proposed."""
    migrate.upgrade()
    _tell(verdicts.approve(proposal_id, _steward(), comment))
    _apply(later)


@cases.command("refuse")
def refuse_proposal(proposal_id: int, comment: Why) -> None:
    """Refuse, as the second person (`hub sign-in`), what another proposed; one's own is withdrawn."""
    migrate.upgrade()
    verdicts.refuse(proposal_id, _steward(), comment)


@cases.command("sample")
def draw_sample(wanted: Annotated[int | None, typer.Option("--wanted", help="how many; default: fill up to the share of verdicts.yml")] = None) -> None:
    """Draw certain links for the audit; they enter the queue unmarked with the next resolve, and bound the errors among certain links."""
    migrate.upgrade()
    drawn = sampling.draw_links(terminal.author(), wanted)
    with connect() as connection:
        told = sampling.audited(connection)
    bound = f"at most {told.bound:.1%} wrong (95 %)" if told.reviewed else "no bound yet"
    show.out.print(f"{drawn} links drawn; {told.reviewed} of {told.drawn} reviewed, {told.errors} wrong: {bound}")


def _steward() -> str:
    session = terminal.signed_in()
    if not session.ready or not session.roles & {"steward", "cross_area"}:
        raise RefusedError("a second person signs in as a steward, with the second factor")
    return session.account


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("resolve")(run_resolve)
    person.command("why")(why)
    for verdict in get_args(desk.Verdict):
        cases.command(verdict)(_verdict(verdict))
    app.add_typer(model, name="model")
    app.add_typer(person, name="person")
    app.add_typer(cases, name="cases")
