"""Comparison of Chinese names on four 16-bit lanes; long and damaged names as text."""

from __future__ import annotations

import re

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from matching.comparisons.base import Comparator, Level, Side, unique_pairs
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


def han_name(left: Side, right: Side) -> Small:
    """Names are compared by character, by sound and by shape, allowing for notes, traditional forms and unreadable characters."""
    a_size, b_size = left["length"], right["length"]
    n = np.minimum(a_size, b_size)
    lanes = np.arange(4, dtype=np.uint8)[None, :] < n[:, None]
    same = {part: (_lanes(left[part]) == _lanes(right[part])) & lanes for part in ("chars", "sounds", "nears", "shapes")}
    unread = ((_lanes(left["chars"]) == WILD) | (_lanes(right["chars"]) == WILD)) & lanes
    silent = ((_lanes(left["sounds"]) == WILD) | (_lanes(right["sounds"]) == WILD)) & lanes
    char = same["chars"] & ~unread
    heard = char | (same["sounds"] & ~silent)
    loose = _with_lookalikes(left, right, heard | (same["nears"] & ~silent) | (same["shapes"] & ~unread), (a_size == b_size) & (n <= 4))
    level = np.full(len(n), _CODE["unrelated"], dtype=np.uint8)
    for name, flags in _ladder(a_size, b_size, heard, unread & (heard | silent)):
        level[flags] = _CODE[name]
    level[_equal(left, right, "sorted") | _shortened(left, right, a_size, b_size)] = _CODE["rearranged"]
    level[_equal(left, right, "near") | ((a_size == b_size) & (n <= 4) & char.any(axis=1) & (loose.sum(axis=1) == n))] = _CODE["lookalike"]
    level = _slow(left, right, level)
    sound = _equal(left, right, "pinyin")
    rank = np.maximum(left.rank("pinyin"), right.rank("pinyin"))
    level = np.where(sound, np.where(rank > 1, _CODE["same_sound_common"], _CODE["same_sound"]), level)
    readable = (a_size == b_size) & (n <= 4) & char.any(axis=1) & unread.any(axis=1) & ((char | (unread & (heard | silent))).sum(axis=1) == n)
    level = np.where(readable, _CODE["unreadable"], level)
    common = np.clip(left.rank("whole").astype(np.int64), 1, 4)
    level = np.where(_equal(left, right, "whole"), len(LEVELS) + 1 - common, level)
    return np.where((a_size > 0) & (b_size > 0), level, 0).astype(np.uint8)


def _ladder(a_size: Small, b_size: Small, heard: Flags, covered: Flags) -> tuple[tuple[str, Flags], ...]:
    """Weaker likenesses of short names, weakest first."""
    same_size = a_size == b_size
    agreed = (heard | covered).sum(axis=1)
    given = heard[:, 1:].sum(axis=1)
    return (
        ("one_shared", np.asarray(heard.any(axis=1))),
        ("same_surname", heard[:, 0]),
        ("same_given", same_size & ~heard[:, 0] & (given >= 2) & (given == a_size - 1)),
        ("one_differs", same_size & (a_size >= 3) & heard[:, 0] & (agreed >= a_size - 1) & (a_size <= 4)),
    )


def _lanes(words: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(words).view(np.uint16).reshape(-1, 4)


def _with_lookalikes(left: Side, right: Side, loose: Flags, fits: Flags) -> Flags:
    """Where all characters but one agree, look whether that one is a look-alike, unique pairs of characters once."""
    sizes = np.minimum(left["length"], right["length"])
    rows = np.flatnonzero(fits & (sizes >= 2) & (loose.sum(axis=1) == sizes - 1))
    if len(rows) == 0:
        return loose
    lane = np.argmin(loose[rows], axis=1)
    a, b = (_lanes(side["chars"])[rows, lane].astype(np.int64) for side in (left, right))
    distinct, which = np.unique(np.minimum(a, b) << 16 | np.maximum(a, b), return_inverse=True)
    alike_ = np.array([alike(int(pair) >> 16, int(pair) & 0xFFFF) for pair in distinct], dtype=bool)
    loose = loose.copy()
    loose[rows, lane] = alike_[which]
    return loose


def _equal(left: Side, right: Side, part: str) -> Flags:
    a = left[part]
    return np.asarray((a == right[part]) & (a != 0))


def _shortened(left: Side, right: Side, a_size: Small, b_size: Small) -> Flags:
    """One side (two characters at least) is the other without one character, by sound."""
    a, b = _lanes(left["sounds"]), _lanes(right["sounds"])
    found = np.zeros(len(a_size), dtype=bool)
    for long, short, size_long, size_short in ((a, b, a_size, b_size), (b, a, b_size, a_size)):
        fits = (size_long == size_short + 1) & (size_short >= 2) & (size_long <= 4)
        for drop in range(1, 4):
            kept = np.delete(long, drop, axis=1)
            lanes = np.arange(3, dtype=np.uint8)[None, :] < size_short[:, None]
            found |= fits & (drop < size_long) & ((kept == short[:, :3]) | ~lanes).all(axis=1)
    return found


def _slow(left: Side, right: Side, level: Small) -> Small:
    """Compare long names, names in parts and names with an unknown number of unreadable characters as text, unique pairs once."""
    kinds = left["kind"] | right["kind"]
    rows = np.flatnonzero(((kinds & IN_PARTS) > 0) | (((kinds & HAS_WILD) > 0) & (left["length"] != right["length"])))
    if len(rows) == 0:
        return level
    first, second, which = unique_pairs(left.where(rows).text(), right.where(rows).text())
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
