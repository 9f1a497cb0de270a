"""Search for records by whatever somebody types: a name, its pinyin or initials, a number of 15 or 18 digits, a phone, any source's own number.

Only `=` and beginnings on stored keys, so that indexes hold under row security; what is found is what the connection sees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hub import crypto
from mappings.numbers import upgrade
from warehouse.db import Connection, query

LIMIT = 50
LONGEST = 60
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff\uf900-\ufaff〇]")
_SPELLED = re.compile(r"[a-zü' ]+")


@dataclass(frozen=True)
class Hit:
    """A record that was found, and by what: number, phone, name, beginning, pinyin, initials, key."""

    source: str
    source_key: str
    by: str


def search(connection: Connection, text: str, limit: int = LIMIT) -> list[Hit]:
    """Give records that answer to a text, exact answers before beginnings; none for an empty text."""
    typed = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    found: dict[tuple[str, str], str] = {}
    for by, statement, value in _questions(typed):
        rows = connection.execute(query(f"search.{statement}"), {"text": value, "blind": value, "limit": limit}).fetchall()
        for row in rows:
            found.setdefault((row[0], row[1]), by)
        if len(found) >= limit:
            break
    return [Hit(source, key, by) for (source, key), by in list(found.items())[:limit]]


def _questions(typed: str) -> Iterator[tuple[str, str, str | bytes]]:
    """By what, named query, its value."""
    if not typed:
        return
    compact = typed.replace(" ", "").upper()
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", compact):
        for form in number_forms(compact):
            yield from (("number", "by_number", blind) for blind in crypto.blinds(form, "id_number"))
    if re.fullmatch(r"1\d{10}", compact):
        yield from (("phone", "by_phone", blind) for blind in crypto.blinds(compact, "phone"))
    if _HAN.search(typed):
        yield "name", "by_name", typed
        yield "beginning", "by_name_beginning", typed
        return
    lower = typed.lower()
    if _SPELLED.fullmatch(lower):
        letters = re.sub(r"[' ]", "", lower).replace("ü", "v")
        yield "pinyin", "by_pinyin", letters
        yield "initials", "by_initials", letters
        if len(letters) > 1:
            yield "pinyin", "by_pinyin_beginning", letters
    yield "key", "by_key", typed
    if len(typed) > 4:
        yield "key", "by_key_beginning", typed


def number_forms(number: str) -> list[str]:
    """Give a citizen number as typed, and its other form: the old one of 15 digits has the same meaning as the one of 18."""
    if len(number) == 15:
        longer = upgrade(number)
        return [number, longer] if longer else [number]
    return [number, number[:6] + number[8:17]] if number[6:8] == "19" else [number]
