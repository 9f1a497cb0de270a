"""What the pages about persons share: names in the language of the page, the records of a person by number, why an act was refused."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Request
from fastapi import Path as InPath

from console import api, labels
from console.page import language_of
from hub.errors import AbsentError, ChangedError
from hub.pipeline import persons
from hub.pipeline.rules import rules

PersonId = Annotated[str, InPath(pattern=api.PERSON)]
Comment = Annotated[str, Form(max_length=500, pattern=api.PLAIN)]
Reason = Annotated[str, Form(pattern=r"^[a-z_]{3,40}$")]


def keys_of(told: persons.Person) -> list[tuple[str, str]]:
    """Give the records of a person, as the flow names them."""
    return [(record["source"], record["source_key"]) for record in told.records]


def nth(told: persons.Person, at: int) -> dict[str, Any]:
    """Give a record of a person by its number on the page, from 1; AbsentError beyond the last."""
    if at > len(told.records):
        raise AbsentError(f"person {told.person_id}: has no record {at}")
    return told.records[at - 1]


def cause(error: Exception) -> str:
    """Say why an act was refused."""
    if isinstance(error, ChangedError):
        return "what this rests on has changed since it was shown; look again, then decide"
    return str(error)


def words(request: Request) -> dict[str, Any]:
    """Give names for people, in the language of the page."""
    language = language_of(request)
    told = rules()

    def conflict(code: str) -> str:
        if code in told.policy:
            return told.policy[code][0 if language == "zh" else 1]
        kind = told.conflicts.get(code)
        return code if kind is None else kind.zh if language == "zh" else kind.en

    def reason(code: str) -> str:
        known = told.reasons.get(code)
        return code if known is None else known.zh if language == "zh" else known.en

    def reasons(what: str) -> list[tuple[str, str]]:
        return [(one.code, one.zh if language == "zh" else one.en) for one in told.reasons.values() if what in one.acts]

    return {
        "source_name": lambda name: labels.source(name, language), "code_name": lambda system, value: labels.code(system, value, language),
        "field_name": lambda name: labels.field(name, language), "conflict_name": conflict, "reason_name": reason, "reasons_for": reasons,
    }  # fmt: skip
