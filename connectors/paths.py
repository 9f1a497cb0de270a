"""Paths of files that come by date or by pattern: `tax_{date:%Y%m%d}.csv`, `PAT*.DBF`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

_DATE = re.compile(r"\{date(?::([^{}]*))?\}")
_DEFAULT = "%Y%m%d"
_DIGITS = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}", "%y": r"\d{2}", "%j": r"\d{3}"}
_GLOB = {"*": "[^/]*", "?": "[^/]"}


def problem(template: str) -> str | None:
    """Say what is wrong with a template, or None."""
    for form in _forms(template):
        if unknown := [code for code in re.findall(r"%.?", form) if code not in _DIGITS]:
            return f"unknown date code {unknown[0]}; known: {' '.join(_DIGITS)}"
        if "%" not in form:
            return "a date without codes; {date:%Y%m%d} is meant"
    if re.search(r"[{}]", _DATE.sub("", template)):
        return "only {date} and {date:%Y%m%d} may stand in braces"
    return None


def is_dated(template: str) -> bool:
    """Say whether a path holds a date."""
    return bool(_DATE.search(template))


def is_pattern(path: str) -> bool:
    """Say whether a path is a pattern that any number of files may fit."""
    return any(sign in path for sign in _GLOB)


def on(template: str, day: date) -> str:
    """Give the path of a day."""
    return _DATE.sub(lambda match: day.strftime(match[1] or _DEFAULT), template)


def any_day(template: str) -> str:
    """Give the pattern that every day's path fits."""
    return _DATE.sub("*", template)


def between(template: str, start: datetime, end: datetime) -> list[str]:
    """Give the paths of all days from `start` to before `end`, each once (a monthly file covers many days)."""
    last = end.date() if end.time() == datetime.min.time() else end.date() + timedelta(days=1)
    days = (start.date() + timedelta(days=n) for n in range(max(1, (last - start.date()).days)))
    return list(dict.fromkeys(on(template, day) for day in days))


def days_of(template: str, paths: Iterable[str]) -> list[date]:
    """Give the days that paths stand for, ascending; a path that does not fit the template is left out."""
    codes: list[str] = []
    pattern = re.compile("".join(_piece(piece, codes) for piece in _split(template)) + r"\Z")
    found = set()
    for path in paths:
        if match := pattern.search(path):
            with suppress(ValueError):  # digits that are no date
                found.add(datetime.strptime(" ".join(match.groups()), " ".join(codes)).date())
    return sorted(found)


def _forms(template: str) -> list[str]:
    return [match[1] or _DEFAULT for match in _DATE.finditer(template)]


def _split(template: str) -> list[str]:
    return [piece for piece in re.split(r"(\{date(?::[^{}]*)?\}|[*?])", template) if piece]


def _piece(piece: str, codes: list[str]) -> str:
    """Give the regular expression of a piece: a date code is a group where it first stands and must be the same later."""
    match = _DATE.fullmatch(piece)
    if match is None:
        return _GLOB.get(piece, re.escape(piece))
    pattern = ""
    for literal in re.split("(%.)", match[1] or _DEFAULT):
        if literal in _DIGITS and literal not in codes:
            codes.append(literal)
            pattern += f"(?P<{literal[1]}>{_DIGITS[literal]})"
        else:
            pattern += f"(?P={literal[1]})" if literal in _DIGITS else re.escape(literal)
    return pattern
