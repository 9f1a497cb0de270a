"""How Han characters read and look: toneless pinyin with the surname readings, near sounds, and classes of look-alikes."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources
from typing import Any, cast

import opencc
import yaml
from pypinyin.constants import PINYIN_DICT

WILD = 0xFFFF
"""Code of a character that cannot be read (placeholder, private use): agrees with anything."""
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_NEAR_FIRST = {"l": "n", "r": "n", "f": "h"}


@cache
def surnames() -> tuple[dict[str, str], dict[str, str]]:
    """Readings of one-character surnames that differ from the usual one, and of two-character surnames."""
    table = cast("dict[str, Any]", yaml.safe_load(_table("surnames.yml")))
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
    return frozenset(filter(None, (reading(chr(code)) for code in PINYIN_DICT)))


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
def shape_class(char: str) -> int:
    """Give the class of characters this one is easily taken for (16 bits); a character alone is its own class."""
    return char_code(_shapes().get(char, char))


@cache
def char_code(char: str) -> int:
    """Put a character into 16 bits: itself in the basic plane, a hash into the private area beyond it."""
    code = ord(char)
    return code if code < 0x10000 else 0xE000 + (code * 40503) % 6400


@cache
def simplified(char: str) -> str:
    """Give the simplified form of one character."""
    return cast(str, _converter().convert(char)) or char


@cache
def _converter() -> Any:
    return opencc.OpenCC("t2s")


@cache
def _shapes() -> dict[str, str]:
    classes: dict[str, str] = {}
    for line in _table("lookalikes.txt").splitlines():
        if not line.startswith("#"):
            for group in line.split():
                first = classes.get(group[0], group[0])
                classes.update((char, first) for char in group if char not in classes)
    return classes


def _table(name: str) -> str:
    return resources.files("matching.standardise").joinpath("tables").joinpath(name).read_text(encoding="utf-8")
