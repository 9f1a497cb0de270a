"""How a claimed column fills a field: the vocabulary's function, its formats, its value table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings.canonical import CODE_FORMS, CODES, ENTITIES, Field
from mappings.draft.claims import Claim
from mappings.draft.profile import Profile
from mappings.source import FieldMap

MOST_CODES = 40
"""Values of a code list that are written into a draft; a column with more is no code list."""


@dataclass(frozen=True)
class FieldGuess:
    """What a field is mapped from, in the words of a source file; from 0 to 1 surely, and why."""

    how: Any
    score: float
    why: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns read."""
        return FieldMap.model_validate(self.how).columns


@dataclass(frozen=True)
class Lookup:
    """A value table: what could be guessed, and the values that a person must decide."""

    codes: dict[str, str]
    open: tuple[str, ...]


def fill(claim: Claim, profile: Profile, field: Field) -> FieldGuess:
    """Say how the claimed column fills a field."""
    column, how = claim.column, claim.concept.entry.how
    if how == "column":
        form = CODE_FORMS.get(field.code_system)
        named = form is not None and len(profile.values) > 0 and profile.share(form) < 0.8
        return FieldGuess({"lookup": claim.concept.name, "from": column} if named else column, claim.score, claim.why)
    if how == "lookup":
        return FieldGuess({"lookup": claim.concept.name, "from": column}, claim.score, claim.why)
    if how == "date":
        return FieldGuess(_date(column, profile, field), claim.score, claim.why)
    return FieldGuess({how: [column] if how == "key" else column}, claim.score, claim.why)


def _date(column: str, profile: Profile, field: Field) -> dict[str, Any]:
    """Days need their forms named only where the text alone does not tell."""
    if field.kind == "date" and profile.months > 0.8:
        return {"call": "last_day" if field.name == "end_date" else "first_day", "of": [column]}
    if profile.serials > 0:
        return {"date": column, "formats": ["iso", "y-m-d", "y.m.d", "y/m/d", "y年m月d日", "y", "excel"]}
    if profile.share(r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}") > 0.5:
        american = profile.share(r"^[0-9]{1,2}[/.-](?:1[3-9]|2[0-9]|3[01])[/.-]") > 0
        return {"date": column, "formats": ["m/d/y" if american else "d/m/y"]}
    return {"date": column}


def lookup_of(claim: Claim, profile: Profile) -> Lookup:
    """Guess a value table from a column's values: by the lexicon, by canonical codes and by their labels."""
    entity, name = next(iter(claim.concept.entry.fills.items()))
    labels = CODES.get(ENTITIES[entity].by_name[name].code_system, {})
    known = claim.concept.entry.values
    counted = profile.values.value_counts(sort=True, name="rows")
    values = [value for value, rows in counted.iter_rows() if _is_code(value) and (rows > 1 or profile.distinct <= MOST_CODES)][:MOST_CODES]
    guesses = {value: _code(value, known, labels) for value in sorted(values)}
    return Lookup({value: code for value, code in guesses.items() if code}, tuple(value for value, code in guesses.items() if not code))


def _is_code(value: str) -> bool:
    """Keep out what may be a person's: a draft is a file that goes around."""
    return len(value) <= 24 and not re.search(r"[0-9]{7}", value)


def _code(value: str, known: Mapping[str, str], labels: Mapping[str, str]) -> str | None:
    if value in known:
        return known[value]
    if value in labels:
        return value
    return next((code for code, label in labels.items() if value == label or (len(value) > 1 and (value in label or label in value))), None)
