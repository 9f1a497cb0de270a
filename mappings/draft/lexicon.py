"""Names of columns: which concept a heading, a standard's code or an English name stands for, and how surely."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field
from pypinyin import Style, lazy_pinyin

from mappings.canonical import ENTITIES
from mappings.source import Strict

EXACT, CODE, INITIALS, SHORT_INITIALS, ENDING, INSIDE = 1.0, 1.0, 0.85, 0.75, 0.8, 0.5
_CODE_WORDS = re.compile(r"(?:代码|编码|名称|号码)$")


class Entry(Strict):
    """A concept as the lexicon writes it."""

    fills: dict[str, str] = Field(default_factory=dict)
    how: str
    content: str | None = None
    first: bool = False
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Concept:
    """What a column can mean: the fields it fills, by which function, and its names."""

    name: str
    entry: Entry
    codes: frozenset[str]
    initials: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]

    def named(self, column: str) -> float:
        """Say from 0 to 1 how surely a column of that name holds this concept."""
        last = plain_name(column)
        if last.upper() in self.codes or last.lower() in self.codes:
            return CODE
        return self._chinese(last) if re.search(r"[\u4e00-\u9fff]", last) else self._latin(last)

    def _chinese(self, heading: str) -> float:
        words = self.entry.zh
        if heading in words:
            return EXACT if self.entry.content != "code" or heading.endswith(("代码", "编码")) else EXACT - 0.01
        if _CODE_WORDS.sub("", heading) in words:
            return EXACT if heading.endswith(("代码", "编码")) else EXACT - 0.03
        if any(heading.endswith(word) for word in words if len(word) > 1):
            return ENDING
        return INSIDE if any(word in heading for word in words if len(word) > 2) else 0.0

    def _latin(self, name: str) -> float:
        words = tokens(name)
        if words in self.phrases or "".join(words) in {"".join(phrase) for phrase in self.phrases}:
            return EXACT
        if name.isupper() and name in self.initials:
            return INITIALS if len(name) > 2 else SHORT_INITIALS
        return ENDING if any(words[-len(phrase) :] == phrase for phrase in self.phrases) else 0.0


def plain_name(column: str) -> str:
    """Give a column's own name: half-width, without the groups above it, notes in brackets and the mark of a repeated heading."""
    plain = unicodedata.normalize("NFKC", column).strip().partition("#")[0]
    return re.sub(r"\(.*?\)|\s", "", plain.rpartition("/")[2].rpartition(".")[2])


def tokens(name: str) -> tuple[str, ...]:
    """Split an English name into its words: manIdNumber, man_id_number, man id number -> man, id, number."""
    return tuple(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).replace("_", " ").replace("-", " ").lower().split())


@cache
def concepts() -> dict[str, Concept]:
    """Read the lexicon; a concept also answers to its fields' LD/T names, unless another concept claims one of them."""
    written = yaml.safe_load((Path(__file__).parent / "lexicon.yml").read_text(encoding="utf-8"))
    entries = {name: Entry.model_validate(entry) for name, entry in written.items()}
    claimed = {code for entry in entries.values() for code in entry.codes}
    return {name: _concept(name, entry, claimed) for name, entry in entries.items()}


def _concept(name: str, entry: Entry, claimed: set[str]) -> Concept:
    standard = {ENTITIES[entity].by_name[field].code for entity, field in entry.fills.items()} - claimed - {""}
    initials = frozenset("".join(lazy_pinyin(word, style=Style.FIRST_LETTER)).upper() for word in entry.zh)
    return Concept(name, entry, frozenset(entry.codes) | standard, initials, tuple(tokens(phrase) for phrase in entry.en))
