"""Which column holds which concept: every claim scored by name and content, the surest first, each column and concept once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mappings.draft.lexicon import Concept, concepts, plain_name, tokens
from mappings.draft.profile import Profile

LEAST = 0.4
"""Claims below this are not worth a person's time."""
BY_CONTENT = {
    "id_number": 0.85,
    "credit_code": 0.9,
    "phone": 0.8,
    "person_name": 0.65,
    "birth_date": 0.6,
    "period_month": 0.6,
    "employer_name": 0.6,
    "address": 0.6,
    "sex": 0.5,
    "area": 0.5,
    "paid_date": 0.45,
}
"""Concepts whose values speak for themselves, and how surely."""
ROLES = {"man": ("man", "husband", "groom", "男方", "丈夫"), "woman": ("woman", "wife", "bride", "女方", "妻子")}
_FORMER = re.compile(r"^(?:原|旧|old|former|previous|prior)", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """A column taken to hold a concept, from 0 to 1 surely, and why."""

    concept: Concept
    column: str
    score: float
    why: str


def role_of(column: str) -> str | None:
    """Give the part of the row (man, woman) a column's name speaks of."""
    name = plain_name(column)
    for role, words in ROLES.items():
        if name.startswith(tuple(word for word in words if not word.isascii())) or tokens(name)[:1] in {(word,) for word in words}:
            return role
    return None


def is_former(column: str) -> bool:
    """Tell a column that holds what another one held before."""
    return bool(_FORMER.match(plain_name(column)))


def claims(profiles: Mapping[str, Profile]) -> list[Claim]:
    """Give every claim worth considering, the surest first (a tie: the earlier column)."""
    found = [claim for profile in profiles.values() for concept in concepts().values() if (claim := _claim(profile, concept)).score >= LEAST]
    return sorted(found, key=lambda claim: -claim.score)


def _claim(profile: Profile, concept: Concept) -> Claim:
    named = concept.named(profile.column)
    content, empty = concept.entry.content, not len(profile.values)
    if is_former(profile.column) and concept.name not in ("former_name", "reverses"):
        named = 0.0
    if named == 0.0:
        prior = 0.0 if empty or is_former(profile.column) else BY_CONTENT.get(concept.name, 0.0)
        likeness = profile.looks_like("mobile" if content == "phone" else content) if prior and content else 0.0
        return Claim(concept, profile.column, prior * likeness if likeness >= 0.6 else 0.0, "content")
    if empty or content is None:
        return Claim(concept, profile.column, 0.9 * named, "name")
    likeness = _likeness(profile, content)
    score = named * (0.7 + 0.3 * likeness) if likeness >= 0.25 else 0.35 * named
    return Claim(concept, profile.column, score, "name and content" if likeness >= 0.6 else "name")


def _likeness(profile: Profile, content: str) -> float:
    """A day column may hold months or years only, and a partial birth date is one too."""
    if content == "date":
        return max(profile.looks_like("date"), profile.partial)
    return profile.looks_like(content)


def assign(found: Collection[Claim], wanted: Collection[str] | None = None) -> dict[str, Claim]:
    """Give each concept (of those wanted) its column, the surest claims first, no column twice."""
    taken: dict[str, Claim] = {}
    columns: set[str] = set()
    for claim in found:
        if claim.concept.name not in taken and claim.column not in columns and (wanted is None or claim.concept.name in wanted):
            taken[claim.concept.name] = claim
            columns.add(claim.column)
    return taken
