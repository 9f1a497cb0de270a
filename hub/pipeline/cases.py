"""Cases: doubtful pairs, the evidence in words, and a person's verdict, which outranks every later run.

The command line and the console use these functions; nothing else writes judgements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import sql
from psycopg.types.json import Jsonb

from hub import crypto
from hub.errors import ConfigError
from hub.pipeline.pairs import case_id
from hub.pipeline.resolve import model_key
from mappings.canonical import ENTITIES
from mappings.masks import mask
from matching import Model
from matching.explain import Sentence, explain
from warehouse import audit, identity, models
from warehouse.db import Connection, connect, query
from warehouse.records import seal_context

Verdict = Literal["same", "different", "unsure"]


@dataclass(frozen=True)
class Case:
    """One doubtful pair of records, and what was said of it so far."""

    case_id: str
    entity: str
    left_source: str
    left_key: str
    right_source: str
    right_key: str
    kind: str
    weight: float
    probability: float
    levels: Mapping[str, int]
    verdict: str | None


@dataclass(frozen=True)
class Judgement:
    """One decision as it was written."""

    judgement_id: int
    entity: str
    left_source: str
    left_key: str
    right_source: str
    right_key: str
    verdict: str
    reason: str
    author: str
    undoes: int | None
    evidence: Mapping[str, Any] | None
    recorded_at: datetime

    @property
    def case_id(self) -> str:
        """The case it was about."""
        return case_id(identity.record_id(self.left_source, self.left_key), identity.record_id(self.right_source, self.right_key))


def list_cases(connection: Connection, kind: str | None = None, limit: int = 50) -> list[Case]:
    """List pairs that wait, the closest to certain first; those judged `unsure` stay, marked."""
    return [Case(*row) for row in connection.execute(query("identity.cases"), {"kind": kind, "case_id": None, "limit": limit})]


def get_case(connection: Connection, wanted: str) -> Case:
    """Give one case; an unknown id is a ConfigError."""
    row = connection.execute(query("identity.cases"), {"kind": None, "case_id": wanted, "limit": 1}).fetchone()
    if row is None:
        raise ConfigError(f"case {wanted}: not waiting; `hub cases list` shows what is, `hub cases undo` takes a decision back")
    return Case(*row)


def evidence(connection: Connection, case: Case) -> list[Sentence]:
    """Give the evidence for and against, in sentences whose weights add up to the case's."""
    found = models.current(connection)
    if found is None or not case.levels:
        return []
    told: list[Sentence] = explain(Model.from_json(found[1], model_key()), case.levels, case.weight)
    return told


def sides(connection: Connection, case: Case) -> list[dict[str, str | None]]:
    """Give both records as masked fields, with source and key."""
    return [masked_record(connection, case.entity, source, key) for source, key in ((case.left_source, case.left_key), (case.right_source, case.right_key))]


def masked_record(connection: Connection, entity: str, source: str, key: str) -> dict[str, str | None]:
    """Give the current version of a record, every field in the form that a reader without a purpose may see."""
    fields = ENTITIES[entity]
    columns = [*fields.open, "sealed"] if fields.personal else list(fields.open)
    row = connection.execute(_select(entity, columns), [source, key]).fetchone()
    if row is None:
        raise ConfigError(f"{entity} {source}/{key}: not in the warehouse; the batch that held it was not published here")
    values = dict(zip(columns, row, strict=True))
    sealed = values.pop("sealed", None)
    text = crypto.unseal([sealed], seal_context(entity, source, [key]))[0]
    values |= json.loads(text) if text else {}
    shown = {field.name: mask(entity, field.name, str(values[field.name])) for field in fields.fields if values.get(field.name) is not None}
    return {"source": source, "source_key": key, **shown}


def _select(entity: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("select {} from core.{} where source = %s and source_key = %s").format(names, sql.Identifier(entity))


def judge(wanted: str, verdict: Verdict, author: str, reason: str) -> Judgement:
    """Write a verdict on a case, with the evidence as it was shown; `hub resolve` applies it."""
    if not reason.strip():
        raise ConfigError(f"case {wanted}: a reason is needed; it is what the next reader has")
    with connect() as connection:
        case = get_case(connection, wanted)
        shown = {"kind": case.kind, "weight": case.weight, "probability": case.probability, "levels": dict(case.levels)}
        values = {name: getattr(case, name) for name in ("entity", "left_source", "left_key", "right_source", "right_key")}
        return _write(connection, {**values, "verdict": verdict, "reason": reason, "author": author, "undoes": None, "evidence": Jsonb(shown)})


def judge_records(entity: str, left: str, right: str, verdict: Verdict, author: str, reason: str) -> Judgement:
    """Write a verdict on any two records (named `source/source_key`), also where no case is open."""
    if left == right or not reason.strip():
        raise ConfigError(f"{entity}: a verdict needs two different records and a reason")
    with connect() as connection:
        names = [record.partition("/")[::2] for record in (left, right)]
        for source, key in names:
            masked_record(connection, entity, source, key)
        values = {
            f"{side}_{part}": text for side, name in zip(("left", "right"), names, strict=True) for part, text in zip(("source", "key"), name, strict=True)
        }
        return _write(connection, {**values, "entity": entity, "verdict": verdict, "reason": reason, "author": author, "undoes": None, "evidence": None})


def undo(judgement_id: int, author: str, reason: str) -> Judgement:
    """Take a decision back; both stay on record."""
    with connect() as connection:
        old = get_judgement(connection, judgement_id)
        if old.undoes is not None or not any(one.judgement_id == judgement_id for one in decided(connection, limit=1_000_000)):
            raise ConfigError(f"judgement {judgement_id}: taken back already; `hub cases history` shows what stands")
        values = {name: getattr(old, name) for name in ("entity", "left_source", "left_key", "right_source", "right_key", "verdict")}
        return _write(connection, {**values, "reason": reason, "author": author, "undoes": judgement_id, "evidence": None})


def _write(connection: Connection, values: dict[str, Any]) -> Judgement:
    row = connection.execute(query("identity.judge"), values).fetchone()
    assert row is not None  # noqa: S101 - `returning` gives the row
    written = get_judgement(connection, row[0])
    action = "case.judge" if written.undoes is None else "case.undo"
    audit.record(connection, written.author, action, written.case_id, written.reason, verdict=written.verdict, judgement=written.judgement_id)
    return written


def get_judgement(connection: Connection, judgement_id: int) -> Judgement:
    """Give one decision; an unknown number is a ConfigError."""
    row = connection.execute(query("identity.judgement"), {"judgement_id": judgement_id}).fetchone()
    if row is None:
        raise ConfigError(f"judgement {judgement_id}: not known; `hub cases history` lists the decisions")
    return Judgement(*row)


def decided(connection: Connection, limit: int = 50) -> list[Judgement]:
    """List decisions that stand, the latest first."""
    return [Judgement(*row) for row in connection.execute(query("identity.verdicts"), {"limit": limit})]
