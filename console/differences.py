"""Where two values differ, to the character, and why in words; a value that is hidden is compared in clear and marked in its masked form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from console.words import N_
from mappings.numbers import id_parts, is_valid_id, upgrade
from matching.standardise.lunar import solar_of
from matching.standardise.names import Name, read_name
from matching.standardise.shapes import alike, char_code
from matching.standardise.sounds import reading

DIFFERENT, WRITTEN, EQUAL = "d", "w", ""
"""Marks of a piece: another character, the same meaning in other writing, the same."""
Why = tuple[str, dict[str, object]]
"""An English sentence of the catalogue and what fills it."""


@dataclass(frozen=True)
class Piece:
    """A run of characters of one mark."""

    text: str
    mark: str


@dataclass(frozen=True)
class Difference:
    """How a value relates to the one it is compared with: its sign (= ≈ ≠), its pieces, and why in words."""

    sign: str
    pieces: tuple[Piece, ...]
    why: Why | None = None


def differ(field: str, value: str, other: str | None, shown: str | None = None) -> Difference:
    """Compare a value with the first record's; `shown` is its masked form (None: the value itself)."""
    text = value if shown is None else shown
    if other is None or value == other:
        return Difference("=", (Piece(text, EQUAL),))
    sign, why = _READERS.get(field, _plain)(value, other)
    if sign == "=":
        return Difference("=", (Piece(text, EQUAL),), why)
    mark = WRITTEN if sign == "≈" else DIFFERENT
    if len(text) != len(value):
        return Difference(sign, (Piece(text, mark),), why)
    return Difference(sign, _marked(value, other, text, mark), why)


def _marked(value: str, other: str, text: str, mark: str) -> tuple[Piece, ...]:
    """Cut the shown text where the values differ: place by place where they are of one length, else as they align best."""
    if len(value) == len(other):
        flags = [a != b for a, b in zip(value, other, strict=True)]
    else:
        flags = [True] * len(value)
        for block in SequenceMatcher(None, value, other, autojunk=False).get_matching_blocks():
            flags[block.a : block.a + block.size] = [False] * block.size
    if not any(flags):  # something is missing here
        flags[-1] = True
    pieces: list[Piece] = []
    for char, flag in zip(text, flags, strict=True):
        now = mark if flag else EQUAL
        if pieces and pieces[-1].mark == now:
            pieces[-1] = Piece(pieces[-1].text + char, now)
        else:
            pieces.append(Piece(char, now))
    return tuple(pieces)


def _plain(value: str, other: str) -> tuple[str, Why | None]:
    return "≠", None


def _name(value: str, other: str) -> tuple[str, Why | None]:
    a, b = read_name(value), read_name(other)
    if a is None or b is None:
        return "≠", (N_("cannot be read"), {})
    if a.chars == b.chars:
        return "≈", (N_("same name: another separator") if len(a.chars) > 4 else N_("same name: other characters, or a note beside it"), {})
    if "?" in a.chars or "?" in b.chars:
        return "≠", (N_("a character cannot be read"), {})
    if len(a.chars) != len(b.chars):
        return "≠", (N_("%(a)s characters against %(b)s"), {"a": len(a.chars), "b": len(b.chars)})
    return "≠", _characters(a, b)


def _characters(a: Name, b: Name) -> Why:
    places = [at for at, (x, y) in enumerate(zip(a.chars, b.chars, strict=True)) if x != y]
    if len(places) > 1:
        return N_("%(n)s characters differ"), {"n": len(places)}
    at = places[0]
    x, y = a.chars[at], b.chars[at]
    if reading(x) == reading(y):
        return N_("character %(n)s: same sound %(sound)s"), {"n": at + 1, "sound": reading(x)}
    if alike(char_code(x), char_code(y)):
        return N_("character %(n)s: looks alike"), {"n": at + 1}
    return N_("character %(n)s: %(a)s against %(b)s"), {"n": at + 1, "a": reading(x), "b": reading(y)}


def _number(value: str, other: str) -> tuple[str, Why | None]:
    a, b = upgrade(value) or value, upgrade(other) or other
    if a == b:
        return "≈", (N_("old form of 15 digits") if len(value) == 15 else N_("form of 18 digits"), {})
    if is_valid_id(a) and is_valid_id(b):
        return "≠", (N_("another valid number"), {})
    if sorted(a) == sorted(b):
        return "≠", (N_("figures exchanged"), {})
    if len(a) != len(b):
        return "≠", (N_("%(a)s characters against %(b)s"), {"a": len(value), "b": len(other)})
    places = sum(x != y for x, y in zip(a, b, strict=True))
    return "≠", (N_("%(n)s figures differ; not valid"), {"n": places}) if not is_valid_id(a) else (N_("%(n)s figures differ"), {"n": places})


def _date(value: str, other: str) -> tuple[str, Why | None]:
    a, b = value.replace("-", ""), other.replace("-", "")
    if a.startswith(b) or b.startswith(a):
        return "≈", (N_("known less exactly"), {})
    if len(a) == len(b) == 8:
        if a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]:
            return "≠", (N_("day and month exchanged"), {})
        for lunar, solar in ((a, b), (b, a)):
            if lunar.isdigit() and solar.isdigit() and _solar(lunar) == int(solar):
                return "≠", (N_("a lunar date against its solar one"), {})
        if a[:4] != b[:4] and a[4:] == b[4:]:
            return "≠", (N_("%(n)s years apart"), {"n": abs(int(a[:4]) - int(b[:4]))})
    return "≠", None


def _solar(lunar: str) -> int:
    """Give the solar date of a lunar one, both as YYYYMMDD; 0 where there is none."""
    return int(solar_of(np.array([int(lunar)], dtype=np.int64))[0])


def about_number(number: str, birth_date: str | None) -> tuple[str, Why]:
    """Say of one number by itself whether it is valid and fits its own record: kind (k good, a against), sentence."""
    whole = upgrade(number) or number
    if not is_valid_id(whole):
        return "a", (N_("does not pass its check"), {})
    parts = id_parts(whole)
    if parts is None or birth_date is None:
        return "e", (N_("valid; no birth date to hold it against"), {})
    born = str(parts.birth_date).replace("-", "")
    return ("k", (N_("valid, fits birth date"), {})) if born.startswith(birth_date.replace("-", "")) else ("a", (N_("valid, but not of this birth date"), {}))


_READERS: dict[str, Callable[[str, str], tuple[str, Why | None]]] = {
    "name": _name, "former_name": _name, "id_number": _number, "birth_date": _date, "death_date": _date,
}  # fmt: skip
