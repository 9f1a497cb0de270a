"""A bulk verdict: one for all cases of one pattern, after a random sample of it was reviewed, and by two people; never where something stands against it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import ConfigError
from hub.pipeline import consequence, sampling, verdicts
from hub.pipeline.cases import Verdict
from hub.pipeline.conflicts import Record
from hub.pipeline.plans import By, Decided
from warehouse.db import Connection, connect, query


@dataclass(frozen=True)
class Reach:
    """What a bulk verdict would decide: the cases, and those left to be judged one by one because a conflict or a benefit in payment is involved."""

    pattern: str
    review: sampling.Review
    cases: tuple[str, ...]
    left_out: tuple[str, ...]


def reach(sight: Connection, case: str, verdict: Verdict) -> Reach:
    """Say what a bulk verdict on the pattern of a case would decide: of the cases all of whose records the connection `sight` sees."""
    pattern = sampling.pattern_of(sight, case)
    found = sampling.cases_like(sight, pattern)
    pairs = {one["case_id"]: ((one["left_source"], one["left_key"]), (one["right_source"], one["right_key"])) for one in found}
    with connect() as connection:
        barred = _barred(connection, pairs)
        cases = tuple(one for one in pairs if one not in barred)
        return Reach(pattern, sampling.review(connection, pattern, verdict), cases, tuple(sorted(barred)))


def propose(case: str, verdict: Verdict, by: By, sight: Connection) -> Decided:
    """Propose one verdict for all cases of a pattern in sight; a second person approves it. ConfigError until the sample supports it."""
    if verdict not in ("same", "different"):
        raise ConfigError(f"bulk: expected same or different, not {verdict}")
    wide = reach(sight, case, verdict)
    if not wide.review.enough:
        told = wide.review
        raise ConfigError(
            f"bulk: {told.reviewed} of {told.drawn} drawn cases reviewed, {told.errors} otherwise, at most {told.bound:.1%} errors; "
            f"{sampling.reviews_needed(told.errors)} reviews are needed with as many errors"
        )
    if not wide.cases:
        raise ConfigError("bulk: every case of the pattern has a conflict or a benefit in payment; decide them one by one")
    return verdicts.propose_bulk(wide.pattern, wide.cases, verdict, by)


def _barred(connection: Connection, pairs: dict[str, tuple[Record, Record]]) -> set[str]:
    """Cases with a conflict of any level, with a person in payment, or whose persons another case of the pattern touches too."""
    if not pairs:
        return set()
    told, cases = consequence.compared(connection, list(pairs.values())), list(pairs)
    barred = {case for case, person in zip(cases, told.people, strict=True) if person.conflicts}
    member = [(at, record) for at, person in enumerate(told.people) for record in person.records]
    values = {"groups": [at for at, _ in member], "sources": [record[0] for _, record in member], "keys": [record[1] for _, record in member]}
    barred |= {cases[at] for (at,) in connection.execute(query("consequence.in_payment"), values)}
    seen: dict[str, str] = {}
    for case, one in zip(cases, told.people, strict=True):
        for side in one.sides:
            if side.person_id in seen:
                barred |= {case, seen[side.person_id]}
            seen[side.person_id] = case
    return barred
