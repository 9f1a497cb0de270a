"""What changed on a case that was decided and has come back: which key value, from what to what, and since when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from hub import crypto
from hub.pipeline.cases import Case
from hub.pipeline.conflicts import Record
from hub.pipeline.persons import Form, masked
from warehouse import acts, identity
from warehouse.acts import Act
from warehouse.db import Connection, query
from warehouse.records import seal_context

KEPT = ("name", "sex_code", "birth_date")
"""Key values a version of a record holds open; the number is sealed, a death is a record of its own."""


@dataclass(frozen=True)
class Change:
    """One key value of one record: as it stood when it was decided, as it stands now (in the form the reader sees), and since when."""

    record: Record
    field: str
    before: str | None
    after: str | None
    since: datetime | None


@dataclass(frozen=True)
class Returned:
    """The act that had decided a case, and what changed since; a change whose record is out of sight is left out."""

    act: Act
    changes: tuple[Change, ...]


def returned(connection: Connection, case: Case, form: Form = masked) -> Returned | None:
    """Say of a case that returned what changed since it was decided; None for a case nobody had decided."""
    if case.reopened_act is None:
        return None
    act = acts.get(connection, case.reopened_act)
    pair = [(case.left_source, case.left_key), (case.right_source, case.right_key)]
    rested = [record for record in acts.records(connection, act.act_id) if record not in pair]
    now = {(row["source"], row["source_key"]): row for row in identity.person_records_of(connection, [*pair, *rested]).to_dicts()}
    found: list[Change] = []
    for record, values, until in _versions(connection, [*pair, *rested], act.recorded_at):
        for field in case.changed:
            before, after = values.get(field), now.get(record, {}).get(field)
            if record in now and field in (*KEPT, "id_number") and before != after:
                area = now[record]["area_code"]
                found.append(Change(record, field, form(field, before, area) if before else None, form(field, after, area) if after else None, until))
    told = {change.field for change in found}
    for field in case.changed:  # a death, or a record that has no earlier version in sight
        if field not in told:
            record = next((one for one in pair if now.get(one, {}).get(field) is not None), pair[0])
            value = now.get(record, {}).get(field)
            found.append(Change(record, field, None, form(field, value, now[record]["area_code"]) if value else None, None))
    return Returned(act, tuple(found))


def _versions(connection: Connection, records: list[Record], at: datetime) -> list[tuple[Record, dict[str, str | None], datetime]]:
    """Key values of those records that have changed since a moment, as they stood then, and until when they did."""
    values = {"sources": [source for source, _ in records], "keys": [key for _, key in records], "at": at}
    rows = connection.execute(query("changes.then"), values).fetchall()
    if not rows:
        return []
    sealed = crypto.unseal([row[-2] for row in rows], [seal_context("person_record", row[0], [row[1]])[0] for row in rows])
    return [
        ((row[0], row[1]), dict(zip(KEPT, row[2:5], strict=True)) | {"id_number": json.loads(text).get("id_number") if text else None}, row[-1])
        for row, text in zip(rows, sealed, strict=True)
    ]
