"""Comparison of Chinese names on four 16-bit lanes; long and damaged names as text."""

from __future__ import annotations

import re

import numba
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from matching.comparisons.base import Comparator, Level, Side, unique_pairs
from matching.hashing import hash_strings
from matching.standardise.lanes import HAS_WILD, IN_PARTS
from matching.standardise.shapes import WILD, alike
from matching.types import Flags, Small

LEVELS = (
    Level("unrelated", "the names have nothing in common", "姓名毫无共同之处", 0.004, 0.62),
    Level("one_shared", "the names share one character or syllable", "姓名只有一个字或音相同", 0.002, 0.12),
    Level("same_surname", "only the surname agrees", "仅姓氏相同", 0.006, 0.18),
    Level("same_given", "the given name agrees, the surname does not", "名相同而姓不同", 0.002, 0.004),
    Level("one_differs", "one character of the name differs", "姓名有一个字不同", 0.008, 0.02),
    Level("rearranged", "the same characters in another order, or one part missing", "用字相同而次序不同，或缺少一部分", 0.008, 0.004),
    Level("lookalike", "one character is a look-alike or sounds nearly the same", "有一个字形近或音近", 0.015, 0.004),
    Level("same_sound_common", "the names sound the same; the sound is a common one", "姓名同音（常见读音）", 0.015, 0.006),
    Level("same_sound", "the names sound the same; the sound is a rare one", "姓名同音（少见读音）", 0.015, 0.001),
    Level("unreadable", "the names agree wherever they can be read", "可辨认的字均一致", 0.01, 0.001),
    Level("equal_very_common", "the same name, a very common one", "姓名相同（非常常见）", 0.1, 0.02),
    Level("equal_common", "the same name, a common one", "姓名相同（较常见）", 0.2, 0.012),
    Level("equal_uncommon", "the same name, not a common one", "姓名相同（不常见）", 0.25, 0.006),
    Level("equal_rare", "the same name, a rare one", "姓名相同（罕见）", 0.37, 0.003),
)
_CODE = {level.name: np.uint8(i + 1) for i, level in enumerate(LEVELS)}
_UNRELATED, _ONE_SHARED, _SAME_SURNAME, _SAME_GIVEN, _ONE_DIFFERS, _REARRANGED, _LOOKALIKE = (
    int(_CODE[name]) for name in ("unrelated", "one_shared", "same_surname", "same_given", "one_differs", "rearranged", "lookalike")
)
_WILD = int(WILD)


def han_name(left: Side, right: Side) -> Small:
    """Names are compared by character, by sound and by shape, allowing for notes, traditional forms and unreadable characters."""
    a_size, b_size = left["length"], right["length"]
    words = [_lanes(side[part]) for part in ("chars", "sounds", "nears", "shapes") for side in (left, right)]
    level, readable, wanted = _by_lanes(a_size, b_size, *words)
    level[_equal(left, right, "sorted") & (level < _CODE["rearranged"])] = _CODE["rearranged"]
    level[_equal(left, right, "near") | _lookalikes(wanted)] = _CODE["lookalike"]
    level = _slow(left, right, level)
    sound = _equal(left, right, "pinyin")
    rank = np.maximum(left.rank("pinyin"), right.rank("pinyin"))
    level = np.where(sound, np.where(rank > 1, _CODE["same_sound_common"], _CODE["same_sound"]), level)
    level = np.where(readable, _CODE["unreadable"], level)
    common = np.clip(left.rank("whole").astype(np.int64), 1, 4)
    level = np.where(_equal(left, right, "whole"), len(LEVELS) + 1 - common, level)
    return np.where((a_size > 0) & (b_size > 0), level, 0).astype(np.uint8)


def _lanes(words: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(words).view(np.uint16).reshape(-1, 4)


def _lookalikes(wanted: NDArray[np.uint32]) -> Flags:
    """Say whether the one character that differs is a look-alike (two characters in a word, 0 for none); unique pairs of characters once."""
    rows = np.flatnonzero(wanted)
    flags = np.zeros(len(wanted), dtype=bool)
    distinct, which = np.unique(wanted[rows], return_inverse=True)
    flags[rows] = np.array([alike(int(pair) >> 16, int(pair) & 0xFFFF) for pair in distinct], dtype=bool)[which]
    return flags


@numba.njit(cache=True)
def _by_lanes(a_size, b_size, a_chars, b_chars, a_sounds, b_sounds, a_nears, b_nears, a_shapes, b_shapes):  # type: ignore[no-untyped-def]
    """Level of short names up to one look-alike; whether all that can be read agrees; and the two characters still to be looked at, if any."""
    count = len(a_size)
    levels, readable, wanted = np.empty(count, np.uint8), np.zeros(count, np.bool_), np.zeros(count, np.uint32)
    for row in range(count):
        size, other = np.int64(a_size[row]), np.int64(b_size[row])
        n = min(size, other)
        char_sum = heard_sum = loose_sum = agreed = legible = given = 0
        surname, unread_any, odd = False, False, -1
        for lane in range(min(int(n), 4)):
            x, y, s, t = a_chars[row, lane], b_chars[row, lane], a_sounds[row, lane], b_sounds[row, lane]
            unread, silent = x == _WILD or y == _WILD, s == _WILD or t == _WILD
            char = x == y and not unread
            heard = char or (s == t and not silent)
            covered = unread and (heard or silent)
            loose = heard or (a_nears[row, lane] == b_nears[row, lane] and not silent) or (a_shapes[row, lane] == b_shapes[row, lane] and not unread)
            char_sum += char
            heard_sum += heard
            loose_sum += loose
            agreed += heard or covered
            legible += char or covered
            unread_any = unread_any or unread
            if lane == 0:
                surname = heard
            else:
                given += heard
            if not loose and odd < 0:
                odd = lane
        same = size == other
        level = _UNRELATED
        if heard_sum > 0:
            level = _ONE_SHARED
        if surname:
            level = _SAME_SURNAME
        if same and not surname and given >= 2 and given == size - 1:
            level = _SAME_GIVEN
        if same and 3 <= size <= 4 and surname and agreed >= size - 1:
            level = _ONE_DIFFERS
        if _without_one(a_sounds[row], b_sounds[row], size, other) or _without_one(b_sounds[row], a_sounds[row], other, size):
            level = _REARRANGED
        if same and n <= 4 and char_sum > 0:
            if loose_sum == n:
                level = _LOOKALIKE
            elif n >= 2 and loose_sum == n - 1:
                x, y = np.uint32(a_chars[row, odd]), np.uint32(b_chars[row, odd])
                wanted[row] = min(x, y) << np.uint32(16) | max(x, y)
            readable[row] = unread_any and legible == n
        levels[row] = level
    return levels, readable, wanted


@numba.njit(cache=True)
def _without_one(long, short, size_long, size_short):  # type: ignore[no-untyped-def]
    """Say whether the shorter name (two characters at least) is the longer one without one character that is not the first, by sound."""
    if size_long != size_short + 1 or size_short < 2 or size_long > 4:
        return False
    for drop in range(1, size_long):
        fits = True
        for lane in range(size_short):
            fits = fits and long[lane if lane < drop else lane + 1] == short[lane]
        if fits:
            return True
    return False


def _equal(left: Side, right: Side, part: str) -> Flags:
    a = left[part]
    return np.asarray((a == right[part]) & (a != 0))


def _slow(left: Side, right: Side, level: Small) -> Small:
    """Compare long names, names in parts and names with an unknown number of unreadable characters as text, unique pairs once."""
    kinds = left["kind"] | right["kind"]
    rows = np.flatnonzero(((kinds & IN_PARTS) > 0) | (((kinds & HAS_WILD) > 0) & (left["length"] != right["length"])))
    if len(rows) == 0:
        return level
    a, b = left.where(rows), right.where(rows)
    first, second, which = unique_pairs(a, b, (hash_strings(a.text(), 0), hash_strings(b.text(), 0)))
    codes = np.array([_text_level(a, b) for a, b in zip(first, second, strict=True)], dtype=np.uint8)[which]
    level = level.copy()
    level[rows] = np.maximum(codes, np.where((kinds[rows] & IN_PARTS) > 0, 0, level[rows]))
    return level


def _text_level(a: str, b: str) -> int:
    if not a or not b:
        return 0
    if "?" in a or "?" in b:
        for masked, other in ((a, b), (b, a)):
            if "?" in masked and re.fullmatch("".join(".{1,2}" if c == "?" else re.escape(c) for c in re.sub(r"\?+", "?", masked)), other):
                return int(_CODE["unreadable"])
    parts_a, parts_b = set(a.split("·")), set(b.split("·"))
    plain_a, plain_b = a.replace("·", ""), b.replace("·", "")
    within = min(len(plain_a), len(plain_b)) >= 3 and (plain_a in plain_b or plain_b in plain_a)
    if plain_a == plain_b or parts_a <= parts_b or parts_b < parts_a or within:
        return int(_CODE["rearranged"])
    slips = OSA.distance(plain_a, plain_b)
    if slips <= 1 or slips / max(len(plain_a), len(plain_b)) <= 0.2:
        return int(_CODE["lookalike"])
    if parts_a & parts_b or fuzz.ratio(plain_a, plain_b) >= 60:
        return int(_CODE["one_differs"])
    return int(_CODE["one_shared"]) if fuzz.ratio(plain_a, plain_b) >= 35 else int(_CODE["unrelated"])


HAN_NAME = Comparator(han_name, LEVELS, "length", "name", "姓名")
