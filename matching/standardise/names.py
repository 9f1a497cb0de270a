"""Chinese names: notes and separators away, traditional to simplified, and every character as code, sound and shape in machine words.

A name of up to four characters fills four 16-bit lanes of one 64-bit word; longer names, names in parts and names with unreadable
characters are compared as text (`kind`), on unique pairs only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import polars as pl

from matching.hashing import hash_strings
from matching.standardise.shapes import WILD, char_code, shape_class
from matching.standardise.sounds import near_sound, reading, simplified, sound_code, surnames, syllables

HAS_WILD, IN_PARTS, LATIN = 1, 2, 4
_LANES = 4
_NOTE = re.compile(r"[(\[{<【〔《「][^)\]}>】〕》」]*[)\]}>】〕》」]?")
_SPELLED = re.compile(r"[(\[]\s*([A-Za-zÜü]{1,6})[0-5]?\s*[)\]]")
_TAIL = re.compile(r"(已故|已?死亡|已?去世|已?注销|已?迁出|已?退休|重复|作废|户主|之[子女妻夫]|同志|[0-9A-Za-z]|[-_/].*)$")
_SEPARATOR = re.compile(r"[·•‧∙⋅・･.,、,．´`'’‘\s|]+")
_PLACEHOLDER = re.compile(r"[?*■□〓◆◇●○×_#¿�\ue000-\uf8ff\U000f0000-\U0010ffff]+|[⿰-⿻].{2,3}|某+|&#x?[0-9a-fA-F]+;")
_JUNK = re.compile(r"^(无|不详|未知|未填|空|测试|姓名|暂无|null|none|nan|n/?a|-+|\d+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Name:
    """One name, cleaned: its characters (`?` unreadable), the reading of each, its parts when written in parts."""

    chars: tuple[str, ...]
    readings: tuple[str, ...]
    surname: int
    """Number of leading characters that are the surname."""
    parts: tuple[str, ...]
    latin: bool = False

    @property
    def text(self) -> str:
        """The name as compared."""
        return "".join(self.chars)


def read_name(raw: str) -> Name | None:
    """Clean one name as written; None when nothing of a name is left."""
    text = unicodedata.normalize("NFKC", raw).strip()
    text = re.sub(r"&#x([0-9a-fA-F]{4,6});", lambda m: chr(int(m[1], 16)), text)
    text = _NOTE.sub("", _SPELLED.sub(r"\1", text)).strip() or text
    if not text or _JUNK.match(text):
        return None
    if not any(_is_han(c) for c in text):
        return _latin(text)
    while (tail := _TAIL.search(text)) and sum(map(_is_han, text[: tail.start()])) >= 2:
        text = text[: tail.start()].strip()
    text = _PLACEHOLDER.sub("?", text)
    parts = tuple(part for part in _SEPARATOR.split(text) if part)
    chars, readings = _spell("".join(simplified(c) if _is_han(c) else c for c in "".join(parts)))
    if not any(c != "?" for c in chars):
        return None
    surname = 2 if "".join(chars[:2]) in surnames()[1] and len(chars) > 2 else 1
    return Name(chars, _with_surname(chars, readings, surname), surname, tuple("".join(map(simplified, p)) for p in parts) if len(chars) > _LANES else ())


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char == "〇" or "\U00020000" <= char <= "\U0003ffff" or "\uf900" <= char <= "\ufaff"


def _spell(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split into characters; letters that stand for a character become one unreadable character with a known reading."""
    chars: list[str] = []
    readings: list[str] = []
    for run in re.findall(r"[A-Za-zÜü]+|.", text):
        if run[0] in "Üü" or (run.isascii() and run.isalpha()):
            for syllable in _syllables_of(run.lower().replace("ü", "v")) or [""]:
                chars.append("?")
                readings.append(syllable)
        else:
            chars.append(run)
            readings.append(reading(run))
    return tuple(chars), tuple(readings)


def _with_surname(chars: tuple[str, ...], readings: tuple[str, ...], surname: int) -> tuple[str, ...]:
    single, compound = surnames()
    if surname == 2:
        return (reading(chars[0]), compound["".join(chars[:2])].removeprefix(reading(chars[0])) or readings[1], *readings[2:])
    return (single.get(chars[0], readings[0]), *readings[1:])


def _syllables_of(letters: str) -> list[str]:
    """Cut a run of letters into syllables, longest first with backtracking; empty when it is not pinyin."""
    if not letters:
        return []
    for size in range(min(6, len(letters)), 0, -1):
        if letters[:size] in syllables():
            rest = _syllables_of(letters[size:])
            if rest or size == len(letters):
                return [letters[:size], *rest]
    return []


def _latin(text: str) -> Name | None:
    tokens = [t for t in re.split(r"[^a-zü?]+", text.lower()) if t]
    cut = [_syllables_of(t.replace("ü", "v")) or [t] for t in tokens]
    readings = tuple(s for group in cut for s in group)
    return Name(tuple("?" for _ in readings), readings, 1, tuple(tokens), latin=True) if readings else None


def han_name(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique names: whole, sorted, pinyin, near, surname, given (hashes), chars, sounds, nears, shapes (lanes), length, kind, text."""
    names = [read_name(v) if v else None for v in values.to_list()]
    lanes = np.zeros((4, len(names), _LANES), dtype=np.uint16)
    columns: dict[str, list[str | None]] = {key: [None] * len(names) for key in ("whole", "sorted", "pinyin", "near", "surname", "given", "sounded", "text")}
    length, kind = np.zeros(len(names), dtype=np.uint8), np.zeros(len(names), dtype=np.uint8)
    for row, name in enumerate(names):
        if name is None:
            continue
        length[row] = min(len(name.chars), 255)
        kind[row] = HAS_WILD * ("?" in name.chars) | IN_PARTS * (len(name.chars) > _LANES) | LATIN * name.latin
        for lane, (char, sound) in enumerate(zip(name.chars[:_LANES], name.readings[:_LANES], strict=True)):
            unread = char == "?"
            lanes[0, row, lane] = WILD if unread else char_code(char)
            lanes[1, row, lane] = sound_code(sound) or (WILD if unread else char_code(char))
            lanes[2, row, lane] = sound_code(near_sound(sound)) or (WILD if unread else char_code(char))
            lanes[3, row, lane] = WILD if unread else shape_class(char)
        for key, value in _texts(name).items():
            columns[key][row] = value
    parts: dict[str, np.ndarray | pl.Series] = {key: hash_strings(pl.Series(column, dtype=pl.String), seed) for key, column in columns.items() if key != "text"}
    for key, index in (("chars", 0), ("sounds", 1), ("nears", 2), ("shapes", 3)):
        parts[key] = np.ascontiguousarray(lanes[index]).view(np.uint64).ravel()
    return {**parts, "length": length, "kind": kind, "text": pl.Series(columns["text"], dtype=pl.String)}


def _texts(name: Name) -> dict[str, str | None]:
    """The strings behind the hashes; unreadable characters give no exact key."""
    known = "?" not in name.chars
    heard = all(name.readings)
    given = name.chars[name.surname :]
    return {
        "whole": name.text if known else None,
        "sorted": "".join(sorted(name.chars)) if known and len(name.chars) > 1 else None,
        "pinyin": "".join(name.readings) if heard and len(name.readings) > 1 else None,
        "near": "".join(map(near_sound, name.readings)) if heard and len(name.readings) > 1 else None,
        "surname": "".join(name.chars[: name.surname]) if known or "?" not in name.chars[: name.surname] else None,
        "given": "".join(given) if given and "?" not in given else None,
        "sounded": "".join(name.readings[name.surname :]) or None if heard else None,
        "text": "·".join(name.parts) if name.parts else name.text,
    }
