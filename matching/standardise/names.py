"""Chinese names as written, cleaned: notes and separators away, traditional to simplified, readings with those of surnames."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from matching.standardise.sounds import reading, simplified, surnames, syllables

LANES = 4
"""Characters of a name that fit a machine word."""
_ESCAPED = re.compile(r"&#x([0-9a-fA-F]{4,6});")
_RUN = re.compile(r"[A-Za-zÜü]+|.")
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
    text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    text = _NOTE.sub("", _SPELLED.sub(r"\1", text)).strip() or text
    if not text or _JUNK.match(text):
        return None
    if not any(map(_is_han, text)):
        return _latin(text)
    while (tail := _TAIL.search(text)) and sum(map(_is_han, text[: tail.start()])) >= 2:
        text = text[: tail.start()].strip()
    text = _PLACEHOLDER.sub("?", text)
    parts = tuple(part for part in _SEPARATOR.split(text) if part)
    chars, readings = _spell("".join(simplified(c) if _is_han(c) else c for c in "".join(parts)))
    if not any(c != "?" for c in chars):
        return None
    surname = 2 if "".join(chars[:2]) in surnames()[1] and len(chars) > 2 else 1
    return Name(chars, _with_surname(chars, readings, surname), surname, tuple("".join(map(simplified, p)) for p in parts) if len(chars) > LANES else ())


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char == "〇" or "\U00020000" <= char <= "\U0003ffff" or "\uf900" <= char <= "\ufaff"


def _spell(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split into characters; letters that stand for a character become one unreadable character with a known reading."""
    chars: list[str] = []
    readings: list[str] = []
    for run in _RUN.findall(text):
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
        return (*compound["".join(chars[:2])].split(), *readings[2:])
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
    tokens = [t for t in re.split(r"[^a-zü]+", text.lower()) if t]
    cut = [_syllables_of(t.replace("ü", "v")) or [t] for t in tokens]
    readings = tuple(s for group in cut for s in group)
    return Name(tuple("?" for _ in readings), readings, 1, tuple(tokens), latin=True) if readings else None
