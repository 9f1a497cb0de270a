"""A preview as it is told: who would be whom, what would come together and what stands against it; and what of it a reader may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from hub.pipeline.conflicts import Conflict, Record, Side
from hub.pipeline.golden import Value


@dataclass(frozen=True)
class Fact:
    """Lines of one entity and insurance line (benefits: kind of benefit; archive: class) that come together: per side, and in all."""

    entity: str
    code: str
    counts: tuple[int, ...]
    amounts: tuple[Decimal | None, ...]
    since: date | None
    until: date | None

    @property
    def count(self) -> int:
        """Lines after."""
        return sum(self.counts)

    @property
    def amount(self) -> Decimal | None:
        """Yuan after; None where the entity has no amounts."""
        known = [amount for amount in self.amounts if amount is not None]
        return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True)
class Sample:
    """One line to look at, with its row."""

    side: int
    entity: str
    code: str
    source: str
    source_key: str
    batch_id: str
    row_number: int
    since: date | None
    until: date | None
    amount: Decimal | None


@dataclass(frozen=True)
class After:
    """One person as they would be: the id, the records by the person they are of now, the golden record, what comes together, what conflicts."""

    person_id: str
    sides: tuple[Side, ...]
    golden: tuple[Value, ...]
    facts: tuple[Fact, ...]
    samples: tuple[Sample, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All records."""
        return tuple(record for side in self.sides for record in side.records)


@dataclass(frozen=True)
class Preview:
    """What an act would do."""

    kind: str
    people: tuple[After, ...]
    redirects: tuple[tuple[str, str], ...]
    """Ids that lead to another afterwards: old, new."""
    blocking: tuple[str, ...]
    """Why a second person would have to approve: codes of conflicts."""
    follow: tuple[Record, ...]
    """Records of others in a case with these persons: more evidence may settle that case at the next match, and they follow."""
    token: str
    """What this rests on; `changed_since` says what no longer holds."""

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Of all people, the blocking first."""
        found = [conflict for person in self.people for conflict in person.conflicts]
        return tuple(sorted(found, key=lambda conflict: conflict.level != "second"))


def within(told: Preview, held: Mapping[Record, str], said: Callable[[str], str]) -> Preview:
    """Leave out of a preview what rests on records out of the reader's sight; a golden value of one says by which area it is held.

    held: those records and their areas; said: the words for an area.
    """
    if not held:
        return told
    people = (replace(one, golden=tuple(_held(value, held, said) for value in one.golden), facts=(), samples=()) for one in told.people)
    return replace(told, people=tuple(people))


def _held(value: Value, held: Mapping[Record, str], said: Callable[[str], str]) -> Value:
    origin = value.source, value.source_key
    others = tuple(one for one in value.others if one[:2] not in held)
    return replace(value, value=said(held[origin]) if origin in held else value.value, others=others)


def changed_since(before: str, now: str) -> tuple[str, ...]:
    """Say which parts of two tokens differ: records, persons, verdicts, conflicts."""
    parts = [dict(part.split("=", 1) for part in token.split(".") if "=" in part) for token in (before, now)]
    return tuple(name for name in ("records", "persons", "verdicts", "conflicts") if parts[0].get(name) != parts[1].get(name))
