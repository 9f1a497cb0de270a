"""Names in machine words: up to four characters as code, sound, near sound and shape, 16 bits each, in one 64-bit word.

Ordinary names (two to four common characters) are encoded all at once; the others one by one.  Longer names, names in parts and names with
unreadable characters are also kept as text (`kind`), to be compared on unique pairs only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from matching.hashing import hash_strings, scramble
from matching.standardise.names import LANES, Name, read_name
from matching.standardise.shapes import WILD, char_code, shape_class
from matching.standardise.sounds import near_sound, reading, simplified, sound_code, surnames
from matching.types import Flags, Keys, Rows, Small

HAS_WILD, IN_PARTS, LATIN = 1, 2, 4
_ORDINARY = "^[一-龥]{2,4}$"
_CHARS, _SOUNDS, _NEARS, _SHAPES = range(4)


@dataclass(frozen=True)
class _Lanes:
    """All names of a column: `words[kind, name, lane]`, and per name its text, number of characters, of surname characters, and kind."""

    words: np.ndarray
    texts: list[str | None]
    length: Small
    surname: Small
    kind: Small
    long: dict[int, Name]
    """Names that do not fit the lanes, by row."""


def han_name(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique names: whole, sorted, pinyin, near, surname, given (keys), chars, sounds, nears, shapes (lanes), length, kind, text."""
    names = _read(values)
    lane = np.arange(LANES)[None, :]
    within, family = lane < names.length[:, None], lane < names.surname[:, None]
    chars, sounds, nears = names.words[_CHARS], names.words[_SOUNDS], names.words[_NEARS]
    known = ((chars != WILD) | ~within).all(axis=1) & (names.length > 0)
    heard = ((sounds != WILD) | ~within).all(axis=1) & (names.length > 1)
    order = np.sort(np.where(within, chars, 0), axis=1)
    keys = {
        "sorted": _key(order, known & (names.length > 1), seed ^ 1),
        "pinyin": _key(sounds, heard, seed ^ 2),
        "near": _key(nears, heard, seed ^ 3),
        "surname": _key(np.where(family, chars, 0), (names.length > 0) & ((chars != WILD) | ~family).all(axis=1), seed ^ 4),
        "given": _key(np.where(family, 0, chars), (names.length > 1) & ((chars != WILD) | family | ~within).all(axis=1), seed ^ 5),
    }
    texts = pl.Series(names.texts, dtype=pl.String)
    whole = np.where(known, hash_strings(texts.str.replace_all("·", "", literal=True), seed), np.uint64(0))
    words = {name: _packed(names.words[kind]) for name, kind in (("chars", _CHARS), ("sounds", _SOUNDS), ("nears", _NEARS), ("shapes", _SHAPES))}
    return {"whole": whole, **_with_long(keys, names, seed), **words, "length": names.length, "kind": names.kind, "text": texts}


def _read(values: pl.Series) -> _Lanes:
    count = len(values)
    names = _Lanes(np.zeros((4, count, LANES), dtype=np.uint16), [None] * count, _none(count), _none(count), _none(count), {})
    ordinary = values.str.contains(_ORDINARY).fill_null(False)
    _read_ordinary(ordinary.arg_true().to_numpy().astype(np.int64), values.filter(ordinary), names)
    others = (~ordinary & values.is_not_null()).arg_true()
    for row, value in zip(others.to_list(), values[others].to_list(), strict=True):
        if value and (name := read_name(value)):
            _read_other(row, name, names)
    return names


def _read_ordinary(rows: Rows, values: pl.Series, names: _Lanes) -> None:
    """Fill the lanes of ordinary names by tables over the characters that occur."""
    if len(rows) == 0:
        return
    written = np.frombuffer(values.str.pad_end(LANES, "\0").str.join("")[0].encode("utf-32-le"), dtype=np.uint32).reshape(-1, LANES)
    occurs = np.zeros(1 << 16, dtype=bool)
    occurs[written] = True
    which = (np.cumsum(occurs) - 1)[written]
    letters = [simplified(chr(code)) if code else "" for code in np.flatnonzero(occurs).tolist()]
    tables: tuple[Callable[[str], int], ...] = (char_code, _sound, _near, shape_class)
    for kind, code_of in enumerate(tables):
        names.words[kind, rows] = np.array([code_of(c) if c else 0 for c in letters], dtype=np.uint16)[which]
    single, compound = surnames()
    for kind, near in ((_SOUNDS, False), (_NEARS, True)):
        read_as = [(near_sound(single[c]) if near else single[c]) if c in single else "" for c in letters]
        special = np.array([sound_code(syllable) for syllable in read_as], dtype=np.uint16)[which[:, 0]]
        names.words[kind, rows, 0] = np.where(special, special, names.words[kind, rows, 0])
    names.length[rows] = (written != 0).sum(axis=1)
    names.surname[rows] = 1
    plain = np.array([ord(c) if c else 0 for c in letters], dtype=np.uint32)[which]
    text = plain.tobytes().decode("utf-32-le")
    for at, (row, size) in enumerate(zip(rows.tolist(), names.length[rows].tolist(), strict=True)):
        names.texts[row] = text[LANES * at : LANES * at + size]
    pairs = np.array([(ord(c[0]), ord(c[1])) for c in compound], dtype=np.uint64)
    double = np.isin(_both(plain[:, 0], plain[:, 1]), _both(pairs[:, 0], pairs[:, 1])) & (names.length[rows] > 2)
    for row in rows[double].tolist():
        _read_other(row, read_name(names.texts[row] or "") or Name((), (), 1, ()), names)


def _both(first: np.ndarray, second: np.ndarray) -> Keys:
    """Put two characters into one word."""
    return np.asarray((first.astype(np.uint64) << np.uint64(32)) | second.astype(np.uint64))


def _read_other(row: int, name: Name, names: _Lanes) -> None:
    names.length[row] = min(len(name.chars), 255)
    names.surname[row] = min(name.surname, len(name.chars))
    names.kind[row] = HAS_WILD * ("?" in name.chars) | IN_PARTS * (len(name.chars) > LANES) | LATIN * name.latin
    names.texts[row] = "·".join(name.parts) if name.parts else name.text
    for lane, (char, sound) in enumerate(zip(name.chars[:LANES], name.readings[:LANES], strict=True)):
        unread = char == "?"
        names.words[_CHARS, row, lane] = WILD if unread else char_code(char)
        names.words[_SOUNDS, row, lane] = sound_code(sound) or WILD
        names.words[_NEARS, row, lane] = sound_code(near_sound(sound)) or WILD
        names.words[_SHAPES, row, lane] = WILD if unread else shape_class(char)
    if len(name.chars) > LANES:
        names.long[row] = name


def _none(count: int) -> Small:
    return np.zeros(count, dtype=np.uint8)


def _sound(char: str) -> int:
    return sound_code(reading(char)) or WILD


def _near(char: str) -> int:
    return sound_code(near_sound(reading(char))) or WILD


def _packed(words: np.ndarray) -> Keys:
    return np.ascontiguousarray(words).view(np.uint64).ravel()


def _key(words: np.ndarray, keep: Flags, seed: int) -> Keys:
    return np.where(keep, np.maximum(scramble(_packed(words) ^ np.uint64(seed)), np.uint64(1)), np.uint64(0))


def _with_long(keys: dict[str, Keys], names: _Lanes, seed: int) -> dict[str, Keys]:
    """Give names of more than four characters keys over all of them."""
    rows = np.array(list(names.long), dtype=np.int64)
    spelled: dict[str, Callable[[Name], str]] = {
        "sorted": lambda name: "" if "?" in name.chars else "".join(sorted(name.chars)),
        "pinyin": lambda name: "".join(name.readings) if all(name.readings) else "",
        "near": lambda name: "".join(map(near_sound, name.readings)) if all(name.readings) else "",
    }
    for part, spell in spelled.items():
        keys[part][rows] = hash_strings(pl.Series([spell(name) for name in names.long.values()], dtype=pl.String), seed)
    return keys
