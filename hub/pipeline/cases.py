"""Cases: doubtful pairs that wait for a person, and the evidence in words; `hub.pipeline.verdicts` decides them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import sql

from hub import crypto
from hub.errors import AbsentError, ConfigError
from hub.pipeline.placing import current_model
from mappings.canonical import ENTITIES
from mappings.masks import mask
from matching.explain import Sentence, explain
from warehouse.db import Connection, query
from warehouse.records import seal_context

Verdict = Literal["same", "different", "unsure", "documents"]


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
    reopened_act: int | None = None
    """The act that had decided it, where a key value has changed since."""
    changed: tuple[str, ...] = ()
    """Key fields that changed."""


def list_cases(connection: Connection, kind: str | None = None, limit: int = 50) -> list[Case]:
    """List pairs that wait, the closest to certain first; those judged `unsure` stay, marked."""
    return [_case(row) for row in connection.execute(query("identity.cases"), {"kind": kind, "case_id": None, "limit": limit})]


def page(connection: Connection, kind: str | None, after: str | None, limit: int) -> list[Case]:
    """List cases by their ids, from one on."""
    return [_case(row) for row in connection.execute(query("identity.cases_page"), {"kind": kind, "after": after, "limit": limit})]


def get_case(connection: Connection, wanted: str) -> Case:
    """Give one case; an unknown id is a ConfigError."""
    row = connection.execute(query("identity.cases"), {"kind": None, "case_id": wanted, "limit": 1}).fetchone()
    if row is None:
        raise AbsentError(f"case {wanted}: not waiting; `hub cases list` shows what is, `hub cases undo` takes a decision back")
    return _case(row)


def _case(row: tuple[Any, ...]) -> Case:
    values: list[Any] = [*row[:-1], tuple(row[-1] or ())]
    return Case(*values)


def evidence(connection: Connection, case: Case) -> list[Sentence]:
    """Give the evidence for and against, in sentences whose weights add up to the case's."""
    if not case.levels:
        return []
    told: list[Sentence] = explain(current_model(connection), case.levels, case.weight)
    return told


def sides(connection: Connection, case: Case) -> list[dict[str, str | None]]:
    """Give both records as masked fields, with source and key."""
    return [masked_record(connection, case.entity, source, key) for source, key in ((case.left_source, case.left_key), (case.right_source, case.right_key))]


def masked_record(connection: Connection, entity: str, source: str, key: str) -> dict[str, str | None]:
    """Give the current version of a record, every field in the form that a reader without a purpose may see."""
    return shown_record(connection, entity, source, key, lambda field, value: mask(entity, field, value))


def shown_record(connection: Connection, entity: str, source: str, key: str, form: Callable[[str, str], str | None]) -> dict[str, str | None]:
    """Give the current version of a record, every field in the form the reader may see; a ConfigError where the connection sees none."""
    fields = ENTITIES[entity]
    columns = [*fields.open, "sealed"] if fields.personal else list(fields.open)
    row = connection.execute(_select(entity, columns), [source, key]).fetchone()
    if row is None:
        raise ConfigError(f"{entity} {source}/{key}: not in the warehouse; the batch that held it was not published here")
    values = dict(zip(columns, row, strict=True))
    sealed = values.pop("sealed", None)
    text = crypto.unseal([sealed], seal_context(entity, source, [key]))[0]
    values |= json.loads(text) if text else {}
    shown = {field.name: form(field.name, str(values[field.name])) for field in fields.fields if values.get(field.name) is not None}
    return {"source": source, "source_key": key, **shown}


def _select(entity: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("select {} from core.{} where source = %s and source_key = %s").format(names, sql.Identifier(entity))
