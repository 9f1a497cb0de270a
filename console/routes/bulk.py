"""One verdict for all cases of a pattern: the sample, what it supports, what would be decided, and the proposal to a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, gate, nav
from console.forms import Word
from console.page import page
from console.routes.cases import CASE, KINDS
from console.told import Badge, badges
from console.words import N_
from hub.errors import AbsentError, ConfigError
from hub.pipeline import bulk, cases, queue, sampling
from hub.pipeline.bulk import Reach
from hub.pipeline.plans import By
from hub.pipeline.queue import Wanted
from hub.pipeline.rules import rules
from hub.pipeline.sampling import Review
from warehouse import accounts_sight
from warehouse.db import Connection, connect

router = APIRouter()
Case = Annotated[str, Form(pattern=CASE)]
Verdict = Annotated[str, Form(pattern=r"^(same|different)$")]
LEFT = 12
WORDS = {"same": N_("Same person"), "different": N_("Different people")}


@dataclass(frozen=True)
class _Pattern:
    """One pattern as the page shows it: an example, its evidence in few words, its sample under either verdict, drawn cases still to judge."""

    case_id: str
    kind: str
    cases: int
    weights: tuple[float, float]
    said: tuple[Badge, ...]
    reviews: dict[str, Review]
    left: tuple[str, ...]
    needed: dict[str, int]


@router.get("/cases/bulk")
def show(request: Request) -> Response:
    """Show the patterns that many cases share, each with its sample and the bound it supports."""
    return _page(request)


@router.post("/cases/bulk/draw")
def draw(request: Request, case_id: Case, csrf: Word) -> Response:
    """Draw a random sample of the pattern of a case, to be judged one by one."""
    _seen(request, case_id)
    try:
        with gate.sight(request) as connection:
            sampling.draw(case_id, gate.who(request).account, connection)
    except ConfigError:
        return _page(request, problem=N_("Too few cases wait for a sample; judge them one by one."), status=409)
    return gate.to("/cases/bulk")


@router.post("/cases/bulk/look")
def look(request: Request, case_id: Case, verdict: Verdict, csrf: Word) -> Response:
    """Show what the verdict would decide, and what is left out."""
    _seen(request, case_id)
    with gate.sight(request) as connection:
        reach = bulk.reach(connection, case_id, verdict)  # type: ignore[arg-type]
    return _page(request, case_id=case_id, verdict=verdict, reach=reach)


@router.post("/cases/bulk/propose")
def propose(request: Request, case_id: Case, verdict: Verdict, csrf: Word, comment: Annotated[str, Form(max_length=500, pattern=api.PLAIN)] = "") -> Response:
    """Propose it to a second person; refused until the sample supports it."""
    session = gate.who(request)
    _seen(request, case_id)
    with gate.sight(request) as connection:
        reach = bulk.reach(connection, case_id, verdict)  # type: ignore[arg-type]
    try:
        with gate.sight(request) as connection:
            bulk.propose(case_id, verdict, By(session.account, "sample_reviewed", comment.strip()), connection)  # type: ignore[arg-type]
    except ConfigError:
        problem = N_("Not proposed: the sample does not support it, or every case has a conflict or a benefit in payment.")
        return _page(request, case_id=case_id, verdict=verdict, reach=reach, problem=problem, status=409)
    nav.stale("/cases", session.account)
    return gate.to("/persons/proposals")


def _seen(request: Request, case_id: str) -> None:
    try:
        with gate.sight(request) as connection:
            cases.get_case(connection, case_id)
    except AbsentError:
        raise HTTPException(404, "case") from None


def _page(
    request: Request, *, case_id: str | None = None, verdict: str = "", reach: Reach | None = None, problem: str | None = None, status: int = 200
) -> Response:
    session = gate.who(request)
    with connect() as connection:  # row security asks each of a hundred thousand pairs for its records; the areas of a case say the same
        found = sampling.patterns(connection, accounts_sight.scope(session)[0])
    with gate.sight(request) as connection:
        patterns = [_told(connection, session.account, one) for one in found]
    told = rules()
    return page(
        request, "bulk", status, patterns=patterns, at=case_id, verdict=verdict, reach=reach, problem=problem, kinds=KINDS, words=WORDS,
        bound=told.bulk_bound, confidence=told.confidence, needed=(sampling.reviews_needed(0), sampling.reviews_needed(1)),
    )  # fmt: skip


def _told(connection: Connection, account: str, one: sampling.Pattern) -> _Pattern:
    rows = queue.page(connection, account, Wanted(cases=(one.example,)), limit=1)
    left = queue.page(connection, account, Wanted(cases=tuple(sampling.left(connection, one.pattern))), limit=LEFT)
    reviews = {verdict: sampling.review(connection, one.pattern, verdict) for verdict in ("same", "different")}
    return _Pattern(
        one.example,
        one.pattern.split(" ", 1)[0],
        one.cases,
        (one.least_weight, one.most_weight),
        tuple(badges(connection, rows).get(one.example, [])),
        reviews,
        tuple(row.case_id for row in left),
        {verdict: sampling.reviews_needed(min(review.errors, 20)) for verdict, review in reviews.items()},
    )
