"""Samples: of a pattern of cases before a bulk verdict, and of certain links to audit; never a bare point, always the bound it supports.

The audit sample enters the queue unmarked (`hub.pipeline.memory`): who decides does not know which case is one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from psycopg.types.json import Jsonb
from scipy.stats import beta

from hub.errors import AbsentError, ConfigError
from hub.pipeline import placing
from hub.pipeline.cases import Verdict
from hub.pipeline.pairs import case_id
from hub.pipeline.rules import rules
from matching import match
from warehouse import accounts_sight, audit, identity
from warehouse.db import Connection, connect, query


@dataclass(frozen=True)
class Review:
    """What a sample says: drawn, reviewed, errors, and the upper bound of the error share that supports (one-sided, Clopper and Pearson)."""

    drawn: int
    reviewed: int
    errors: int
    bound: float

    @property
    def enough(self) -> bool:
        """Whether the bound is low enough for a bulk verdict, and no case that was drawn is left open."""
        return self.reviewed == self.drawn > 0 and self.bound <= rules().bulk_bound


@dataclass(frozen=True)
class Pattern:
    """Cases of one kind and one set of levels."""

    pattern: str
    cases: int
    example: str
    least_weight: float
    most_weight: float


def upper_bound(reviewed: int, errors: int, confidence: float | None = None) -> float:
    """Give the exact upper bound of an error share: the largest at which so few errors are as likely as 1 − confidence (Clopper and Pearson, 1934)."""
    if not 0 <= errors <= reviewed:
        raise ValueError("expected 0 <= errors <= reviewed")
    if errors == reviewed:
        return 1.0
    return float(beta.ppf(rules().confidence if confidence is None else confidence, errors + 1, reviewed - errors))


def reviews_needed(errors: int = 0) -> int:
    """Give how many reviews with so many errors reach the bound of the rules."""
    reviewed = errors + 1
    while upper_bound(reviewed, errors) > rules().bulk_bound:
        reviewed += 1
    return reviewed


def patterns(connection: Connection, areas: Sequence[str] | None = None, least: int | None = None, limit: int = 20) -> list[Pattern]:
    """List patterns that so many cases (of areas that begin so) share that a bulk verdict can pay."""
    values = {"areas": None if areas is None else list(areas), "least": reviews_needed() + 1 if least is None else least, "limit": limit}
    return [Pattern(*row) for row in connection.execute(query("sample.patterns"), values)]


def pattern_of(connection: Connection, case: str) -> str:
    """Give the pattern of a case that waits."""
    row = connection.execute(query("sample.pattern_of"), {"case_id": case}).fetchone()
    if row is None:
        raise AbsentError(f"case {case}: no person case that waits")
    return str(row[0])


def cases_like(connection: Connection, pattern: str) -> list[dict[str, Any]]:
    """Give the cases of a pattern that wait, all of whose records the connection sees."""
    cursor = connection.execute(query("sample.cases_like"), {"pattern": pattern})
    names = [column.name for column in cursor.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in cursor]
    held = accounts_sight.held(connection, [(one[f"{side}_source"], one[f"{side}_key"]) for one in found for side in ("left", "right")])
    return [one for one in found if not {(one[f"{side}_source"], one[f"{side}_key"]) for side in ("left", "right")} & held.keys()]


def draw(case: str, by: str, sight: Connection, size: int | None = None) -> list[str]:
    """Draw a random sample of the pattern of a case from those the connection `sight` sees, to be reviewed one by one; more where one had errors.

    Give the cases drawn now.  ConfigError where the pattern has too few cases for a sample to pay.
    """
    with connect() as connection:
        pattern = pattern_of(connection, case)
        before = review(connection, pattern, "same")
        wanted = (reviews_needed(min(before.errors, before.reviewed)) - before.drawn) if size is None else size
        known = {row[0] for row in connection.execute(query("sample.reviewed"), {"purpose": "bulk", "pattern": pattern})}
        found = [one for one in cases_like(sight, pattern) if one["case_id"] not in known]
        if wanted <= 0 or len(found) < wanted:
            raise ConfigError(f"pattern: {len(found)} cases wait, {max(wanted, 0)} reviews are needed; decide them one by one")
        drawn = random.SystemRandom().sample(found, wanted)
        for one in drawn:
            _keep(connection, "bulk", pattern, one, by)
        audit.record(connection, by, "sample.draw", "bulk", cases=len(drawn))
        return [one["case_id"] for one in drawn]


def review(connection: Connection, pattern: str, verdict: Verdict) -> Review:
    """Say what the sample of a pattern supports, were all of it judged `verdict`."""
    rows = connection.execute(query("sample.reviewed"), {"purpose": "bulk", "pattern": pattern}).fetchall()
    return _review([row[1] for row in rows], verdict)


def left(connection: Connection, pattern: str) -> list[str]:
    """Give the cases of a pattern's sample that are still to be judged."""
    rows = connection.execute(query("sample.reviewed"), {"purpose": "bulk", "pattern": pattern}).fetchall()
    return [case for case, verdict in rows if verdict is None]


def audited(connection: Connection) -> Review:
    """Say what the audit sample supports: errors among certain links, and their upper bound."""
    rows = connection.execute(query("sample.reviewed"), {"purpose": "audit", "pattern": None}).fetchall()
    return _review([row[1] for row in rows], "same")


def _review(verdicts: list[str | None], right: str) -> Review:
    reviewed = [verdict for verdict in verdicts if verdict is not None]
    errors = sum(verdict != right for verdict in reviewed)
    return Review(len(verdicts), len(reviewed), errors, upper_bound(len(reviewed), errors) if reviewed else 1.0)


def draw_links(by: str, wanted: int | None = None) -> int:
    """Draw certain links for the audit; the next resolve puts them into the queue. Give how many.

    wanted: how many; None fills up to the share of the rules what waits to be looked at, so that a draw a day never floods the queue.
    """
    told = rules()
    with connect() as connection:
        [(links,)] = connection.execute(query("sample.links")).fetchall()
        share = min(max(round(links * told.audit_share), told.audit_least), told.audit_most)
        open_still = audited(connection)
        due = max(0, share - (open_still.drawn - open_still.reviewed)) if wanted is None else wanted
        rows = connection.execute(query("sample.draw_links"), {"wanted": due}).fetchall()
        for left_source, left_key, right_source, right_key in rows:
            left, right = identity.record_id(left_source, left_key), identity.record_id(right_source, right_key)
            one = {
                "case_id": case_id(left, right), "left_source": left_source, "left_key": left_key, "right_source": right_source, "right_key": right_key,
                **_evidence(connection, (left_source, left_key), (right_source, right_key)),
            }  # fmt: skip
            _keep(connection, "audit", f"{date.today():%Y-%m-%d}", one, by)
        audit.record(connection, by, "sample.draw", "audit", links=len(rows))
        return len(rows)


def _evidence(connection: Connection, left: tuple[str, str], right: tuple[str, str]) -> dict[str, Any]:
    """What the model says of a link by its two records alone, as a case shows it."""
    records = identity.person_records_of(connection, [left, right])
    pairs: pl.DataFrame = match(records, placing.current_model(connection)).pairs
    if not len(pairs):
        return {"kind": "possible", "weight": 0.0, "probability": 0.5, "levels": {}}
    row = pairs.to_dicts()[0]
    levels = {name: int(value) for name, value in row.items() if name not in ("left_id", "right_id", "weight", "probability", "grade")}
    return {"kind": "possible", "weight": float(row["weight"]), "probability": float(row["probability"]), "levels": levels}


def _keep(connection: Connection, purpose: str, pattern: str, one: dict[str, Any], by: str) -> None:
    names = ("case_id", "left_source", "left_key", "right_source", "right_key")
    evidence = {name: one[name] for name in ("kind", "weight", "probability", "levels")}
    connection.execute(
        query("sample.draw"), {**{name: one[name] for name in names}, "purpose": purpose, "pattern": pattern, "evidence": Jsonb(evidence), "by": by}
    )
