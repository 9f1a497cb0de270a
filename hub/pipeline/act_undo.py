"""An act taken back: its judgements, its pins, the cases it had closed."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from hub.pipeline.plans import By
from warehouse import acts, pins
from warehouse.acts import Act
from warehouse.db import Connection, query


def take_back(connection: Connection, old: Act, new: int, by: By) -> None:
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


def undo_pins(connection: Connection, old: Act, new: int) -> None:
    """End the pins an act made; those it had ended hold again."""
    for pin_id, source, key, field, until, made_by, made, is_open in connection.execute(query("pin.of_act"), {"act_id": old.act_id}).fetchall():
        if made and is_open:
            pins.end(connection, pin_id, new)
        elif not made:
            pins.add(connection, new, source, key, field, until, made_by)


def reopen(connection: Connection, old: Act) -> None:
    """Put the cases back that the act had taken from the queue, where they are still two persons."""
    for row in old.detail.get("cases", []):
        connection.execute(query("act.reopen"), {"row": Jsonb(row)})
