"""Analysis: ready answers as figures and tables, the dictionary and its lineage, statements on the analyst's own connection, findings handed over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console import charts, gate
from console.forms import Fields, Word
from console.page import language_of, page
from console.words import N_
from hub import settings
from hub.errors import ConfigError, RefusedError, RetryableError
from mappings.load import load_sources
from warehouse import analysis, answers, dictionary, exports, open_cases
from warehouse.accounts_sessions import Session
from warehouse.db import connect

router = APIRouter(prefix="/analysis")
SHOWN = 200
"""Rows of a table on a page; a download has all up to its limit."""
HANDED = """
select case_no, answer, purpose, officer, asked_at::date as asked_at, persons, closed_at::date as closed_at, confirmed, link_error, source_error, no_finding
from mart.handed_over order by case_no desc"""
STEWARDS = frozenset({"steward", "cross_area"})
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
NAMES = {
    "confirmed": N_("confirmed"),
    "link_error": N_("wrongly linked records"),
    "source_error": N_("error at the department"),
    "no_finding": N_("no finding"),
}

Name = Annotated[str, InPath(pattern=r"^[a-z][a-z_]{1,40}$")]
CaseNo = Annotated[int, InPath(ge=1, lt=2**53)]
Role = Annotated[str, Form(pattern=r"^[a-z][a-z0-9_]{2,40}$")]
Secret = Annotated[str, Form(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
Statement = Annotated[str, Form(max_length=20_000, pattern=r"^[^\x00]+$")]
Purpose = Annotated[str, Form(pattern=r"^[^\x00-\x1f\x7f]{5,300}$")]
Known = Annotated[Literal[""] | date, Form()]
Officer = Annotated[str, Form(pattern=r"^[a-z][a-z0-9_.-]{1,30}$")]
Count = Annotated[int, Form(ge=0, le=open_cases.MOST)]


@router.get("")
def show_answers(request: Request) -> Response:
    """List the questions."""
    return page(request, "analysis", answers=list(answers.answers().values()))


@router.get("/answer/{name}")
def show_answer(request: Request, name: Name) -> Response:
    """Show one question: what it means and asks for."""
    return _answer_page(request, _answer(name))


@router.post("/answer/{name}")
def ask(request: Request, name: Name, role: Role, secret: Secret, fields: Fields, csrf: Word, known: Known = "") -> Response:
    """Ask it as the analyst: figures, bars, and how far they can be relied on."""
    asked = _answer(name)
    try:
        found = _ask(asked, role, secret, fields, known)
    except (ConfigError, RefusedError, RetryableError) as error:
        return _answer_page(request, asked, fields=dict(fields), problem=str(error), status=400)
    keys = [row[found.result.columns.index("person_key")] for row in found.result.rows] if "person_key" in found.result.columns else []
    handed = sorted({key for key in keys if key})[: open_cases.MOST]
    return _answer_page(request, asked, fields=dict(fields), found=found, bars=charts.bars(found), keys_to_hand=handed)


@router.post("/answer/{name}/download")
def download(
    request: Request, name: Name, role: Role, secret: Secret, kind: Annotated[Literal["csv", "parquet", "xlsx"], Form()], purpose: Purpose, fields: Fields,
    csrf: Word, known: Known = "",
) -> Response:  # fmt: skip
    """Download it, for a purpose."""
    asked = _answer(name)
    try:
        found = _ask(asked, role, secret, fields, known, rows=exports.ROWS)
        made = exports.export(found.result, kind, role, purpose, name, found.quality.said())
    except (ConfigError, RefusedError, RetryableError) as error:
        return _answer_page(request, asked, fields=dict(fields), problem=str(error), status=400)
    return Response(made.content, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}-{made.number}.{kind}"'})


@router.post("/answer/{name}/hand-over")
def hand_over(
    request: Request, name: Name, role: Role, secret: Secret, officer: Officer, purpose: Purpose, fields: Fields, csrf: Word, known: Known = ""
) -> Response:
    """Hand the persons of the finding to an officer."""
    asked = _answer(name)
    try:
        found = _ask(asked, role, secret, fields, known)
        at = found.result.columns.index("person_key") if "person_key" in found.result.columns else None
        keys = [] if at is None else [row[at] for row in found.result.rows if row[at]]
        with connect() as connection:
            number = open_cases.hand_over(connection, role, name, keys, officer, purpose)
    except (ConfigError, RefusedError, RetryableError) as error:
        return _answer_page(request, asked, fields=dict(fields), problem=str(error), status=400)
    return _answer_page(request, asked, fields=dict(fields), handed=number)


@router.get("/dictionary")
def show_dictionary(request: Request) -> Response:
    """List the relations of the mart."""
    return page(request, "analysis_dictionary", relations=list(dictionary.relations().values()))


@router.get("/dictionary/{name}")
def show_relation(request: Request, name: Name) -> Response:
    """Describe one relation, every column with the drawing of where it comes from."""
    if name not in dictionary.relations():
        raise HTTPException(404, "relation")
    relation = dictionary.relations()[name]
    sources = load_sources(settings.load().sources)[0]
    drawings = {column.name: charts.lineage(column, sources) for column in relation.columns if column.origins}
    return page(request, "analysis_relation", relation=relation, drawings=drawings)


@router.get("/sql")
def show_sql(request: Request) -> Response:
    """Offer a place for a statement."""
    return page(request, "analysis_sql", statement="", found=None, role="")


@router.post("/sql")
def run_sql(request: Request, role: Role, secret: Secret, statement: Statement, csrf: Word) -> Response:
    """Run a statement as the analyst, with an end in time and rows."""
    try:
        found = analysis.run(statement, role, secret, rows=SHOWN, seconds=30)
    except (ConfigError, RefusedError, RetryableError) as error:
        return page(request, "analysis_sql", 400, statement=statement, found=None, role=role, problem=str(error))
    return page(request, "analysis_sql", statement=statement, found=found, role=role)


@router.get("/handed")
def show_handed(request: Request) -> Response:
    """Offer an analyst the findings of their project that were handed over."""
    return page(request, "analysis_handed", found=None, role="")


@router.post("/handed")
def list_handed(request: Request, role: Role, secret: Secret, csrf: Word) -> Response:
    """List them with the counts that came back, as the analyst may read them."""
    try:
        found = analysis.run(HANDED, role, secret, rows=SHOWN)
    except (ConfigError, RefusedError, RetryableError) as error:
        return page(request, "analysis_handed", 400, found=None, role=role, problem=str(error))
    return page(request, "analysis_handed", found=found, role=role, words=dictionary.relations()["handed_over"].columns, zh=language_of(request) == "zh")


@router.get("/cases")
def show_cases(request: Request) -> Response:
    """List the findings handed to whoever asks."""
    with connect() as connection:
        found = open_cases.cases(connection, gate.who(request).account)
    return page(request, "analysis_cases", cases=found, names=NAMES)


@router.get("/cases/{case_no}")
def show_case(request: Request, case_no: CaseNo) -> Response:
    """Show one finding to its officer: counts, and nobody yet."""
    return page(request, "analysis_case", case=_case(gate.who(request), case_no), persons=None, elsewhere=0, outcomes=NAMES)


@router.post("/cases/{case_no}/open")
def open_case(request: Request, case_no: CaseNo, csrf: Word) -> Response:
    """Show the officer who they are; that is an entry in the trail."""
    session = gate.who(request)
    _case(session, case_no)
    with connect() as connection:
        found = open_cases.open_case(connection, case_no, session.account)
    with gate.sight(request) as connection:
        seen = open_cases.in_sight(connection, found.values())
    persons = {key: person for key, person in found.items() if person in seen}
    elsewhere = len(found) - len(persons)
    return page(request, "analysis_case", case=_case(session, case_no), persons=persons, elsewhere=elsewhere, outcomes=NAMES)


@router.post("/cases/{case_no}/close")
def close_case(request: Request, case_no: CaseNo, confirmed: Count, link_error: Count, source_error: Count, no_finding: Count, csrf: Word) -> Response:
    """Close a finding with counts."""
    session = gate.who(request)
    case = _case(session, case_no)
    result = {"confirmed": confirmed, "link_error": link_error, "source_error": source_error, "no_finding": no_finding}
    try:
        with connect() as connection:
            open_cases.close(connection, case_no, session.account, result)
    except ConfigError as error:
        return page(request, "analysis_case", 400, case=case, persons=None, elsewhere=0, outcomes=NAMES, problem=str(error))
    return gate.to("/analysis/cases")


def _answer(name: str) -> answers.Answer:
    if name not in answers.answers():
        raise HTTPException(404, "answer")
    return answers.answers()[name]


def _ask(asked: answers.Answer, role: str, secret: str, fields: Any, known: date | str, rows: int = analysis.ROWS) -> answers.Answered:
    values = {parameter.name: str(fields[parameter.name])[:100] for parameter in asked.parameters if fields.get(parameter.name)}
    known_at = answers.instant(known.isoformat()) if isinstance(known, date) else None
    return answers.run(asked.name, role, secret, values, known_at=known_at, rows=rows)


def _answer_page(request: Request, asked: answers.Answer, status: int = 200, **values: Any) -> Response:
    fields = values.pop("fields", {})
    shown = {p.name: fields.get(p.name, p.default or "") for p in asked.parameters}
    base = {"found": None, "bars": [], "handed": None, "keys_to_hand": [], "role": fields.get("role", ""), "known": fields.get("known", "")}
    return page(request, "analysis_answer", status, asked=asked, shown=shown, most=SHOWN, zh=language_of(request) == "zh", **{**base, **values})


def _case(session: Session, case_no: int) -> open_cases.OpenCase:
    try:
        with connect() as connection:
            case = open_cases.get(connection, case_no)
    except ConfigError:
        raise HTTPException(404, "case") from None
    if case.officer != session.account:
        raise HTTPException(404, "case")
    return case
