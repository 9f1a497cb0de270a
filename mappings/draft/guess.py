"""From claims to a stream: what identifies a row, which records it gives and from which columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mappings.canonical import ENTITIES
from mappings.draft.claims import Claim, assign, claims, is_former, role_of
from mappings.draft.how import FieldGuess, Lookup, fill, lookup_of
from mappings.draft.lexicon import concepts, plain_name, tokens
from mappings.draft.profile import Profile
from mappings.source import Key

PERSONAL = ("id_number", "person_name", "former_name", "phone", "address", "account", "birth_date", "household_no")
LINES = {"contribution", "benefit"}
ALWAYS = {"person_code", "employer_code", "updated"}
"""Concepts of use whatever a row gives: references, and the column a cursor reads."""
_IDENTIFIER = re.compile(r"(?:编号|序号|流水号|档号|号)$|^AAZ\d+$|^[A-Z]{1,4}BH$", re.IGNORECASE)


@dataclass
class RecordGuess:
    """A record the row seems to give."""

    entity: str
    fields: dict[str, FieldGuess] = field(default_factory=dict)
    key: Key | None = None
    part: str | None = None
    when: dict[str, str] = field(default_factory=dict)


@dataclass
class StreamGuess:
    """A stream as guessed from its sample."""

    stream: str
    options: Mapping[str, Any]
    profiles: Mapping[str, Profile]
    key: Key
    taken: dict[str, Claim]
    rekey: str | None = None
    records: list[RecordGuess] = field(default_factory=list)

    @property
    def lookups(self) -> dict[str, Lookup]:
        """Value tables of the fields, by concept."""
        used = {guess.how["lookup"] for record in self.records for guess in record.fields.values() if isinstance(guess.how, dict) and "lookup" in guess.how}
        return {name: lookup_of(claim, self.profiles[claim.column]) for name, claim in self.taken.items() if name in used}

    @property
    def unknown(self) -> list[str]:
        """Columns nothing was recognised in."""
        used = {*self.key.columns, self.rekey, *(column for record in self.records for guess in record.fields.values() for column in guess.columns)}
        return [column for column in self.profiles if column not in used]

    def gives(self, entity: str) -> RecordGuess | None:
        """The record of an entity under the row's own key, if there is one."""
        return next((record for record in self.records if record.entity == entity and record.key is None and record.part is None), None)


def guess(stream: str, options: Mapping[str, Any], profiles: Mapping[str, Profile]) -> StreamGuess:
    """Guess one stream by itself; what refers to other records is `mappings.draft.link`'s."""
    found = claims(profiles)
    parts = _parts(found)
    taken = assign([claim for claim in found if role_of(claim.column) is None] if parts else found)
    key, rekey = _key(profiles, taken)
    guessed = StreamGuess(stream, options, profiles, key, taken, rekey)
    if parts:
        guessed.records = [_person_of_part(part, found, profiles) for part in parts]
        return guessed
    entities = _entities(taken)
    guessed.taken = assign(found, {name for name, concept in concepts().items() if set(concept.entry.fills) & entities} | ALWAYS)
    guessed.records = [_record(entity, entities, guessed, found) for entity in ENTITIES if entity in entities]
    return guessed


def _parts(found: Sequence[Claim]) -> list[str]:
    """Give the parts of the row that name a person each, when there are several."""
    named = {role_of(claim.column) for claim in found if claim.concept.name == "person_name" and claim.why != "content"} - {None}
    return sorted(str(role) for role in named) if len(named) > 1 else []


def _person_of_part(part: str, found: Sequence[Claim], profiles: Mapping[str, Profile]) -> RecordGuess:
    """Map the part's own columns, and those of no part for what it lacks."""
    own = [replace(claim, score=min(claim.score + 0.2, 1.0)) for claim in found if role_of(claim.column) == part]
    shared = [claim for claim in found if role_of(claim.column) is None]
    wanted = {name for name, concept in concepts().items() if "person_record" in concept.entry.fills}
    taken = assign([*own, *shared], wanted)
    record, fields = RecordGuess("person_record", part=part), ENTITIES["person_record"].by_name
    for claim in taken.values():
        name = claim.concept.entry.fills["person_record"]
        record.fields[name] = fill(claim, profiles[claim.column], fields[name])
    return record


def _key(profiles: Mapping[str, Profile], taken: Mapping[str, Claim]) -> tuple[Key, str | None]:
    """Take the likeliest open column that identifies the rows, else the number (with the name) as a personal key.

    Also the column that holds a personal key's former value, if there is one.
    """
    private = {claim.column for name, claim in taken.items() if name in PERSONAL and claim.score >= 0.5}
    scores = {column: _key_score(at, profile) for at, (column, profile) in enumerate(profiles.items()) if profile.identifies and column not in private}
    best = max(scores, key=lambda column: scores[column], default=next(iter(profiles)))
    number, name = taken.get("id_number"), taken.get("person_name")
    if scores.get(best, 0.0) >= 0.3 or number is None:
        return Key(columns=(best,)), None
    former = next((column for column in profiles if is_former(column) and plain_name(column).endswith(plain_name(number.column))), None)
    if former or name is None:
        return Key(columns=(number.column,), personal=True), former
    return Key(columns=(number.column, name.column), personal=True), None


def _key_score(at: int, profile: Profile) -> float:
    if profile.looks_like("date") > 0.5 or profile.share(r"^-?[0-9]+\.[0-9]+$") > 0.5:
        return 0.0
    name = plain_name(profile.column)
    named = _IDENTIFIER.search(name) or tokens(name)[-1:] in (("no",), ("id",), ("number",), ("code",), ("key",))
    code = any(concepts()[concept].named(profile.column) > 0.7 for concept in ("person_code", "employer_code", "archive_number"))
    return 0.6 * (at == 0) + 0.3 * bool(named) + 0.3 * code


def _entities(taken: Mapping[str, Claim]) -> set[str]:
    """Decide which records a row gives by the concepts that are sure enough."""
    sure = {name for name, claim in taken.items() if claim.score >= 0.5}
    named = {name for name in sure if taken[name].why != "content"}
    given: set[str] = set()
    if "person_name" in sure and sure & {"id_number", "birth_date", "sex", "person_code"}:
        given.add("person_record")
    if "archive_number" in named or {"retention", "archive_class"} <= named:
        given.add("archive_item")
    if {"person_amount", "employer_amount", "base_amount"} & named:
        given.add("contribution")
    elif "amount" in named and {"benefit_kind", "period_month", "paid_date", "start_date"} & sure:
        given.add("benefit")
    elif "start_date" in named and {"insurance", "enrolment_status", "payment_status"} & named:
        given.add("enrolment")
    if "death_date" in named:
        given.add("death")
    if "employer_name" in sure and ("credit_code" in sure or ("employer_kind" in named and "person_record" not in given)):
        given.add("employer_record")
    return given or {"person_record"}


def _record(entity: str, entities: set[str], guessed: StreamGuess, found: Sequence[Claim]) -> RecordGuess:
    record, taken, profiles = RecordGuess(entity), guessed.taken, guessed.profiles
    for claim in taken.values():
        fills = claim.concept.entry.fills
        if entity in fills and not (claim.concept.entry.first and next(name for name in fills if name in entities) != entity):
            record.fields[fills[entity]] = fill(claim, profiles[claim.column], ENTITIES[entity].by_name[fills[entity]])
    if entity == "person_record":
        _second_number(record, found, guessed)
        record.key = _line_person(entities, guessed)
    if entity == "employer_record" and len(entities) > 1 and "credit_code" in taken:
        record.key, record.when = Key(columns=(taken["credit_code"].column,)), {taken["employer_name"].column: "*"}
        record.fields.pop("area_code", None)  # the row's division may be another's than the employer's
    if entity == "death" and "death_date" in taken and profiles[taken["death_date"].column].filled < 0.9:
        record.when = {taken["death_date"].column: "*"}
    if entity in LINES:
        _left_over(record, guessed)
    return record


def _second_number(record: RecordGuess, found: Sequence[Claim], guessed: StreamGuess) -> None:
    """Where two columns hold the number, the second stands in for the first."""
    first = guessed.taken.get("id_number")
    others = {claim.column for claim in guessed.taken.values()}
    second = next((claim for claim in found if claim.concept.name == "id_number" and claim.column not in others and claim.score >= 0.7), None)
    if first and second:
        columns = [column for column in guessed.profiles if column in (first.column, second.column)]
        record.fields["id_number"] = FieldGuess({"first_of": [{"id_number": column} for column in columns]}, second.score, "two columns hold numbers")


def _line_person(entities: set[str], guessed: StreamGuess) -> Key | None:
    """A person who stands in many lines is derived from them, under a surrogate."""
    number = guessed.taken.get("id_number")
    if number is None or guessed.key.personal or not entities & LINES:
        return None
    profile = guessed.profiles[number.column]
    if profile.distinct > 0.9 * len(profile.values):
        return None
    return Key(columns=tuple(guessed.taken[name].column for name in ("id_number", "person_name") if name in guessed.taken), personal=True)


def _left_over(record: RecordGuess, guessed: StreamGuess) -> None:
    """Fill what a line must have from columns nobody named: its month from its start, its day of payment, the line it reverses."""
    start = guessed.taken.get("start_date")
    if "period_month" not in record.fields and start and guessed.profiles[start.column].months > 0.8:
        record.fields["period_month"] = FieldGuess({"month": start.column}, 0.6, "the month it starts")
    if record.entity != "contribution" or "reverses_key" in record.fields:
        return
    keys = guessed.profiles[guessed.key.columns[0]].values
    for column in guessed.unknown:
        profile = guessed.profiles[column]
        if 0 < profile.filled < 0.5 and profile.values.is_in(keys.implode()).mean() > 0.8:  # type: ignore[operator]
            record.fields["reverses_key"] = FieldGuess({"key": [column]}, 0.6, "its values are keys of other lines")
            return
