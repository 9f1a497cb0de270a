"""How Han characters are read: toneless pinyin with the surname readings, and the sounds that are confused."""

from __future__ import annotations

import os
import unicodedata
from functools import cache
from importlib import resources
from typing import Any, cast

import opencc
import yaml

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # single characters are read: 47,000 phrases need not be loaded
from pypinyin.constants import PINYIN_DICT

_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_NEAR_FIRST = {"l": "n", "r": "n", "f": "h"}


@cache
def surnames() -> tuple[dict[str, str], dict[str, str]]:
    """Readings of one-character surnames that differ from the usual one, and of two-character surnames."""
    table = cast("dict[str, Any]", yaml.safe_load(read_table("surnames.yml")))
    return table["readings"], table["compound"]


@cache
def reading(char: str) -> str:
    """Give the usual toneless reading of one character (`lv` for lü), or nothing."""
    first = PINYIN_DICT.get(ord(char), "").split(",")[0]
    letters = unicodedata.normalize("NFD", first).replace("u\u0308", "v").replace("u\u0304\u0308", "v")
    return "".join(c for c in letters if "a" <= c <= "z")


@cache
def syllables() -> frozenset[str]:
    """All toneless syllables any character has."""
    return frozenset(word for line in read_table("syllables.txt").splitlines() if not line.startswith("#") for word in line.split())


@cache
def sound_code(syllable: str) -> int:
    """Number a syllable from 1 to 65520, the same for ever, different for all syllables of the language; 0 for none."""
    value = 0
    for letter in syllable:
        value = (value * 29 + ord(letter) - 96) % 65519
    return value + 1 if syllable else 0


@cache
def near_sound(syllable: str) -> str:
    """Fold the sounds that dialects confuse (zh/z, ch/c, sh/s, n/l/r, f/h, final ng/n) into one spelling."""
    for long, short in _NEAR:
        if syllable.startswith(long):
            syllable = short + syllable[2:]
    syllable = _NEAR_FIRST.get(syllable[:1], syllable[:1]) + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


@cache
def simplified(char: str) -> str:
    """Give the simplified form of one character."""
    return cast(str, _converter().convert(char)) or char


@cache
def _converter() -> Any:
    return opencc.OpenCC("t2s")


def read_table(name: str) -> str:
    """Read one of the frozen tables beside the code."""
    return resources.files("matching.standardise").joinpath("tables").joinpath(name).read_text(encoding="utf-8")
