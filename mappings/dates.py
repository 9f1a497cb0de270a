"""Days and months as departments write them, read into ISO text that keeps their precision.

Scalar functions: `mappings.columns` calls them once per different value of a column.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from mappings.problems import Problem

Reading = tuple[str | None, Problem | None]
"""A canonical text or the reason why there is none."""
Parts = tuple[int, int | None, int | None]
"""Year, month, day; None where the text has none, 0 where it says 00."""

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"


def _separated(separator: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<y>\d{{4}}){separator}(?P<m>\d{{1,2}})(?:{separator}(?P<d>\d{{1,2}}){_TIME})?")


_FORMS: dict[str, re.Pattern[str]] = {
    "iso": re.compile(rf"(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_TIME}"),
    "ymd": re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?: ?\d{2}:?\d{2}(?::?\d{2})?)?"),
    "ym": re.compile(r"(?P<y>\d{4})(?P<m>\d{2})"),
    "y": re.compile(r"(?P<y>\d{4})年?"),
    "y-m-d": _separated("-"),
    "y/m/d": _separated("/"),
    "y.m.d": _separated(r"\."),
    "y年m月d日": re.compile(r"(?P<y>\d{4})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日?)?)?"),
    "d/m/y": re.compile(rf"(?P<d>\d{{1,2}})[/.-](?P<m>\d{{1,2}})[/.-](?P<y>\d{{4}}){_TIME}"),
    "m/d/y": re.compile(rf"(?P<m>\d{{1,2}})[/.-](?P<d>\d{{1,2}})[/.-](?P<y>\d{{4}}){_TIME}"),
}
_EXCEL = re.compile(r"\d{1,5}(?:\.\d+)?")
UNAMBIGUOUS = tuple(form for form in _FORMS if form not in ("d/m/y", "m/d/y"))
FIRST_YEAR = 1000
"""Years before this are typing errors, and PostgreSQL's and Arrow's calendars agree from here on."""


def read_date(text: str, formats: Sequence[str] = (), partial: bool = False) -> Reading:
    """Read a day as ISO text; with `partial` also `1956-03` and `1956`, where month or day are absent or 00."""
    return _read(text, formats, 1 if partial else 3, Problem.DATE_IMPOSSIBLE, Problem.DATE_UNREADABLE)


def read_month(text: str, formats: Sequence[str] = ()) -> Reading:
    """Read a month as `2024-05`, from a month or from a day in it."""
    value, problem = _read(text, formats, 2, Problem.MONTH_IMPOSSIBLE, Problem.MONTH_UNREADABLE)
    return (value[:7] if value else None), problem


def _read(text: str, formats: Sequence[str], least: int, impossible: Problem, unreadable: Problem) -> Reading:
    seen = False
    for parts in _candidates(text, formats or UNAMBIGUOUS):
        seen = True
        value = _calendar(*parts)
        if value is None:
            continue
        if value.count("-") + 1 >= least:
            return value, None
        if least == 3:
            return None, Problem.DATE_INCOMPLETE
        return None, unreadable if parts[1] is None else impossible  # a year alone, or month 00
    return None, impossible if seen else unreadable


def _candidates(text: str, formats: Sequence[str]) -> Iterator[Parts]:
    """Give year, month and day for each declared form the text has."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    tight = plain.replace(" ", "")
    for form in formats:
        if form == "excel":
            if _EXCEL.fullmatch(plain):
                yield from _excel_day(int(float(plain)))
        elif match := _FORMS[form].fullmatch(plain) or _FORMS[form].fullmatch(tight):
            groups = match.groupdict()
            yield int(groups["y"]), _number(groups.get("m")), _number(groups.get("d"))


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _excel_day(serial: int) -> Iterator[Parts]:
    """Days since 1899-12-31, where Excel counts a 29 February 1900 that never was (serial 60)."""
    if serial in (0, 60):
        return
    day = date(1899, 12, 31) + timedelta(days=serial if serial < 60 else serial - 1)
    yield day.year, day.month, day.day


def _calendar(year: int, month: int | None, day: int | None) -> str | None:
    """Give ISO text as far as it is known (00 is not known), None for what no calendar has."""
    if year < FIRST_YEAR or (month or 0) > 12 or (day and not month):
        return None
    if not month:
        return f"{year:04}"
    day = day or 0
    if day > monthrange(year, month)[1]:
        return None
    return f"{year:04}-{month:02}-{day:02}" if day else f"{year:04}-{month:02}"
