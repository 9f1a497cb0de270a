"""The slips of an input method and of tired hands: homophones, look-alikes, traditional forms, broken numbers.

Small tables of the county's own; nothing of matching is known here.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from pypinyin import Style, lazy_pinyin, pinyin

from county.names import SEPARATOR
from county.tables import Text, concat, replaced, tables, words

FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")


@cache
def homophones() -> dict[str, str]:
    """Map each common or name character to the others with the same syllable, tone ignored; name characters come twice."""
    common = [bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    table = tables()
    used = {c for era in table["eras"] for sex in "mf" for c in "".join(era[sex].values()) if c != " "} | set("".join("".join(table["wide"].values()).split()))
    pool = sorted({c for c in common if c} | used)
    by_sound: dict[str, list[str]] = {}
    for character, readings in zip(pool, pinyin(pool, style=Style.NORMAL), strict=True):
        by_sound.setdefault(readings[0], []).extend([character] * (2 if character in used else 1))
    return {c: "".join(other for other in group if other != c) for group in by_sound.values() for c in group if len(set(group)) > 1}


@cache
def look_alikes() -> dict[str, str]:
    """Map each character to those that look like it."""
    groups = words("look_alikes").tolist()
    found: dict[str, str] = {}
    for group in groups:
        for character in group:
            found[character] = found.get(character, "") + "".join(other for other in group if other != character)
    return {c: others for c, others in found.items() if others}


@cache
def traditional() -> dict[int, str]:
    """Translate simplified characters into a traditional or variant form."""
    return {ord(pair[0]): pair[1] for pair in words("traditional").tolist() if pair[0] != pair[1]}


def replace_one(name: str, table: dict[str, str], where: float, which: float) -> str:
    """Put another character of `table` in place of one of the name's, seldom of the surname; `where` and `which` lie in [0, 1)."""
    places = [i for i, c in enumerate(name) if c in table]
    if len(places) > 1 and places[0] == 0:
        places = places[1:] if where > 0.12 else places[:1]
    if not places:
        return name
    place = places[int(where * 997) % len(places)]
    others = table[name[place]]
    return name[:place] + others[int(which * len(others))] + name[place + 1 :]


def inner_space(name: str, which: float) -> str:
    """Space a short name out, as forms with fixed boxes do."""
    gap = ("　", " ", "  ")[int(which * 3)]
    return gap.join(name) if len(name) == 2 else name[:1] + gap + name[1:]


def noted(name: str, which: float) -> str:
    """Write a note into the name."""
    notes = ("（死亡）", "(死亡)", "（已故）", "（重）", "（退休）", "(大)", "（补）", "*")
    return name + notes[int(which * len(notes))]


def without_rare(name: str, which: float) -> str:
    """Put a placeholder where GBK has no character: question mark, square, 〓, or the sound in letters."""
    written = ""
    for character in name:
        if in_gbk(character):
            written += character
        else:
            written += ("?", "■", "〓", lazy_pinyin(character)[0].upper() if lazy_pinyin(character)[0].isascii() else "??")[int(which * 4)]
    return written


def in_gbk(text: str) -> bool:
    """Tell whether GBK can hold the text."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def other_separator(name: str, which: float) -> str:
    """Write the separator of a minority name as people do, or leave it or the second part out."""
    forms = ("•", ".", "．", "・", " ", "", "、", "-")
    if which > 0.92:
        return name.split(SEPARATOR)[0]
    return name.replace(SEPARATOR, forms[int(which / 0.92 * len(forms))])


def broken_number(number: str, kind: str, where: float, which: float) -> str:
    """Spoil an identity number in the way `kind` names (errors.yml)."""
    place = 6 + int(where * (len(number) - 7))
    digit = str(int(which * 10))
    if kind == "slip":
        place = 2 + int(where * (len(number) - 2))
        other = digit if digit != number[place] else str((int(digit) + 1) % 10)
        return number[:place] + other + number[place + 1 :]
    if kind == "swapped":
        places = [i for i in range(6, len(number) - 2) if number[i] != number[i + 1]]
        place = places[int(where * len(places))] if places else place
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    junk = ("无", "-", "000000000000000000", "暂缺", "111111111111111111", f"154{int(which * 10**8):08d}", "123456789012345678")
    return {
        "dropped": number[:place] + number[place + 1 :],
        "doubled": number[:place] + number[place] + number[place:],
        "cut": number[:-1],
        "lower_x": number.lower(),
        "full_width": number.translate(FULL_WIDTH),
        "masked": number[:6] + "*" * (len(number) - 10) + number[-4:],
        "junk": junk[int(where * len(junk))],
    }[kind]


def shortened(addresses: Text, which: Text) -> Text:
    """Leave province, or province and city, or everything above the town, out of addresses (`which`: 1, 2, 3)."""
    no_province = replaced(addresses, "贵州省", "")
    no_city = replaced(no_province, "清江市", "")
    forms = [no_province, no_city, replaced(replaced(no_city, "栋", "-"), "单元", "-")]
    return np.select([which == str(n) for n in (1, 2, 3)], forms, addresses)


def phone_forms(phones: Text, which: Text) -> Text:
    """Write telephones with country code, hyphens or blanks (`which`: 1, 2, 3), mobile numbers only."""
    p = phones.astype("U16")
    head, middle, tail = _cut(p, 0, 3), _cut(p, 3, 7), _cut(p, 7, 11)
    mobile = np.strings.isdigit(np.where(p == "", "x", p))
    forms = [concat("+86", p), concat(head, "-", middle, "-", tail), concat(head, " ", middle, " ", tail)]
    return np.select([mobile & (which == str(n)) for n in (1, 2, 3)], forms, p)


def _cut(text: Text, start: int, stop: int) -> Text:
    return np.strings.slice(text, start, stop)
