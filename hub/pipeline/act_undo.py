"""An act taken back: its judgements, its pins, the cases it had closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import ConfigError
from hub.pipeline import consequence, placing
from hub.pipeline.act_writes import refresh_golden
from hub.pipeline.plans import By
from warehouse import acts, audit, pins
from warehouse.acts import Act
from warehouse.db import Connection, query


def standing(connection: Connection, act_id: int) -> Act:
    """Give an act that can be taken back; ConfigError where it was, or is itself a taking back."""
    old = acts.get(connection, act_id)
    if old.undone_by is not None or old.kind == "undo":
        raise ConfigError(f"act {act_id}: taken back already, or itself a taking back; `hub cases history` shows what stands")
    return old


def undo(connection: Connection, old: Act, by: By, more: Mapping[str, Any]) -> int:
    """Take an act back and give the number of the taking back; `more`: its second person and their proposal."""
    touched = acts.records(connection, old.act_id)
    new = acts.add(connection, "undo", by.author, by.reason_code, by.comment, {}, undoes=old.act_id, case_id=old.case_id, **more)
    _take_back(connection, old, new, by)
    _undo_pins(connection, old, new)
    if old.kind not in ("pin", "unpin") and touched:
        persons = set(consequence.places(connection, touched).values())
        placing.place(connection, placing.rematched(connection, persons))
    elif touched:
        refresh_golden(connection, touched[0])
    _reopen(connection, old)
    about, second = old.case_id or f"act {old.act_id}", more.get("second")
    audit.record(connection, by.author, "case.undo", about, by.comment or None, act=old.act_id, reason=by.reason_code, second=second)
    return new


def _take_back(connection: Connection, old: Act, new: int, by: By) -> None:
    """Take back what an act judged; what it had taken back stands again."""
    reason = by.comment or by.reason_code
    for row in acts.rows_of(connection, old.act_id):
        pair = row.left, row.right
        if row.undoes is None and row.stands:
            acts.judge(connection, new, pair, row.verdict, by.author, reason, entity=row.entity, undoes=row.judgement_id)
        elif row.undoes is not None:  # what the act had taken back stands again, for the act it stood for
            before = acts.row(connection, row.undoes)
            if before.act_id is not None and acts.get(connection, before.act_id).undone_by is None:
                acts.judge(connection, before.act_id, pair, before.verdict, by.author, reason, holds=before.holds, evidence=before.evidence)


def _undo_pins(connection: Connection, old: Act, new: int) -> None:
    """End the pins an act made; those it had ended hold again."""
    for pin_id, source, key, field, until, made_by, made, is_open in connection.execute(query("pin.of_act"), {"act_id": old.act_id}).fetchall():
        if made and is_open:
            pins.end(connection, pin_id, new)
        elif not made:
            pins.add(connection, new, source, key, field, until, made_by)


def _reopen(connection: Connection, old: Act) -> None:
    """Put the cases back that the act had taken from the queue, where they are still two persons."""
    for row in old.detail.get("cases", []):
        connection.execute(query("act.reopen"), {"row": Jsonb(row)})
