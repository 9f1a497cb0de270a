"""What answers to a text somebody types: persons, and cases that wait about them; what is found is what the connection sees."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.pipeline import queue
from hub.pipeline.placing import placed_of
from hub.pipeline.search import LIMIT, search
from warehouse.db import Connection

PERSON, CASE = re.compile(r"p[0-9a-hjkmnp-tv-z]{16}"), re.compile(r"c[a-z2-7]{16}")


@dataclass(frozen=True)
class Found:
    """Persons with by what they were found (`number`, `phone`, `name`, `beginning`, `pinyin`, `initials`, `key`, `id`), the best answer first; cases."""

    persons: tuple[tuple[str, str], ...]
    cases: tuple[str, ...]
    more: bool
    """Whether only the first records that answer were looked at."""


def find(connection: Connection, text: str, limit: int = LIMIT) -> Found:
    """Find persons and cases by whatever is known of them; a person or a case also by its own id."""
    typed = text.strip().lower()
    if PERSON.fullmatch(typed):
        return Found(((typed, "id"),), tuple(queue.of_persons(connection, [typed])), False)
    if CASE.fullmatch(typed):
        return Found((), (typed,), False)
    hits = search(connection, text, limit)
    records = [(hit.source, hit.source_key) for hit in hits]
    whose = placed_of(connection, records)
    persons: dict[str, str] = {}
    for hit, record in zip(hits, records, strict=True):
        if record in whose:
            persons.setdefault(whose[record], hit.by)
    cases = queue.of_records(connection, records) if records else []
    return Found(tuple(persons.items()), tuple(cases), len(hits) >= limit)
