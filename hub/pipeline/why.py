"""Why two records are, or are not, one person, and why a record stands with its person: in sentences, for any of them, over any connection."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import AbsentError, ConfigError
from hub.pipeline.conflicts import Record
from hub.pipeline.placing import current_model, members, placed_of
from matching.witness import Account, explain_pair, explain_record
from warehouse import identity
from warehouse.db import Connection


@dataclass(frozen=True)
class Why:
    """The evidence between a record and another, or the others of its person, and what follows from it."""

    record: Record
    others: tuple[Record, ...]
    persons: tuple[str, ...]
    """Whose they are: one id where they are one person."""
    judged: tuple[str, ...]
    """Verdicts in force on any two of them: those outrank the evidence."""
    verdict: str
    """What the evidence alone says: certain, possible or no."""
    account: Account


def of_pair(connection: Connection, left: Record, right: Record) -> Why:
    """Explain two records by themselves; AbsentError for one the connection does not see, ConfigError for one record twice."""
    if left == right:
        raise ConfigError("why: expected two different records, or one")
    return _why(connection, left, (right,), pair=True)


def of_record(connection: Connection, record: Record) -> Why:
    """Explain why a record stands with the others of its person; ConfigError where it stands alone."""
    person = _placed(connection, [record])[record]
    return _why(connection, record, tuple(one for one in members(connection, [person]) if one != record), pair=False)


def record_of(text: str) -> Record:
    """Read `SOURCE/KEY`; ConfigError where it is something else."""
    source, slash, key = text.partition("/")
    if not slash or not source or not key:
        raise ConfigError("record: expected SOURCE/KEY, as `hub person show` lists them")
    return source, key


def _why(connection: Connection, record: Record, others: tuple[Record, ...], *, pair: bool) -> Why:
    keys = [record, *others]
    placed = _placed(connection, keys)
    model, records = current_model(connection), identity.person_records_of(connection, keys)
    name = identity.record_id(*record)
    account = explain_pair(records, model, name, identity.record_id(*others[0])) if pair else explain_record(records, model, name)
    said = identity.judgements_among(connection, keys)["verdict"].unique().sort().to_list()
    verdict = "certain" if account.probability >= model.certain else "possible" if account.probability >= model.spec.rules.possible else "no"
    return Why(record, others, tuple(dict.fromkeys(placed[one] for one in keys)), tuple(said), verdict, account)


def _placed(connection: Connection, records: list[Record]) -> dict[Record, str]:
    found = placed_of(connection, records)
    for source, key in records:
        if (source, key) not in found:
            raise AbsentError(f"record {source}/{key}: not known, out of your sight, or not placed yet (`hub resolve`)")
    return found
