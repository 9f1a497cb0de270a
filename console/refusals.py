"""Refused rows as every page of the quarantine tells them: patterns at the side, reasons in words, what a repair does."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import HTTPException, Request

from console import gate, sources
from console.page import language_of
from console.words import N_
from expectations.expected import expected, label, parts, sentence
from hub import settings
from hub.errors import ConfigError
from hub.pipeline.trial import Tried
from mappings.source import Source
from mappings.where import columns_of, passage
from warehouse import refused, repair_plans
from warehouse.db import Connection
from warehouse.refused import Detail, Pattern

STEWARDS = frozenset({"steward", "cross_area"})
DOES = {
    "half_width": N_("full-width signs to half-width"), "no_spaces": N_("take blanks out"), "upper": N_("letters to capitals"),
    "date": N_("read the date in this form"), "month": N_("read the month in this form"), "number_18": N_("15-digit number to 18"),
    "replace": N_("replace the whole value"), "replace_part": N_("replace a part"), "set": N_("set to"), "clear": N_("empty it"),
    "copy": N_("copy from the column"), "pad": N_("fill with zeros to the length"),
}  # fmt: skip
"""What each doing is called, in the order of the list."""


def reason_views(source: Source, stream: str, reasons: list[str], day: date, language: str) -> list[dict[str, Any]]:
    """Say each reason in words: what it is about, why, what was expected."""
    at = 0 if language == "zh" else 1
    found = []
    for reason in reasons:
        entity, field, code = parts(reason)
        names = {"entity": entity, "field": field, "code": code, "columns": columns_of(source, stream, entity, field)}
        found.append({**names, "label": label(reason)[at], "why": sentence(reason)[at], "expected": expected(source, stream, reason, day)[at]})
    return found


def passages(source: Source, stream: str, reasons: list[dict[str, Any]]) -> list[Any]:
    """Give the lines of the source's file that refused a row, once per field."""
    where = dict.fromkeys((one["entity"], one["field"]) for one in reasons)
    found = [passage(settings.load().sources, source, stream, entity, field) for entity, field in where]
    return [one for one in found if one]


def side(request: Request, connection: Connection, chosen: str | None = None) -> dict[str, Any]:
    """Give what stands beside every page of the area: the patterns, and the names of the sources."""
    at = language_of(request)
    found = refused.patterns(connection)
    return {
        "patterns": [(one, _title(one, at)) for one in found],
        "names": sources.names(request),
        "total": sum(one.rows for one in found),
        "chosen": chosen,
        "is_steward": bool(gate.who(request).roles & STEWARDS),
    }


def _title(which: Pattern, language: str) -> str:
    at = 0 if language == "zh" else 1
    return f"{label(which.reasons[0])[at]}: {sentence(which.reasons[0])[at]}" if which.reasons else which.stream


def about(detail: Detail) -> str:
    """Name a refused row in the trail."""
    return f"quarantine/{detail.batch_id}/{detail.row_number}"


def why(tried: Tried, language: str) -> list[str]:
    """Say why a row would still be refused."""
    at = 0 if language == "zh" else 1
    return [f"{label(reason)[at]}: {sentence(reason)[at]}" for reason in tried.reasons]


def pattern(connection: Connection, source: str, name: str) -> Pattern:
    """Give a pattern of refused rows; 404 where nothing of it waits."""
    try:
        return refused.pattern(connection, source, name)
    except ConfigError:
        raise HTTPException(404, "pattern") from None


def plan(connection: Connection, plan_id: int) -> repair_plans.Plan:
    """Give a bulk repair; 404 where there is none."""
    try:
        return repair_plans.get(connection, plan_id)
    except ConfigError:
        raise HTTPException(404, "repair") from None
