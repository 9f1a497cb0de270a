"""The main pages, what waits behind each, and where a link back may lead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from console.words import N_
from warehouse import accounts_sight
from warehouse.accounts_sessions import Session
from warehouse.db import Connection

FRESH = 15.0
"""Seconds a count stands before it is taken again."""
BACK = r"^/((account|analysis|cases|loads|persons|quarantine|security)(/[A-Za-z0-9_-]{1,60}){0,3})?$"
"""Pages of the console by path alone: where sign-in, look and proof may lead back to."""
Count = Callable[[Connection, Session], int]


@dataclass(frozen=True)
class Entry:
    """A main page: its address and word, what waits there, and whether that is late or stopped."""

    path: str
    word: str
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True)
class _Place:
    path: str
    word: str
    roles: frozenset[str]
    """whose page it is; an empty set: everybody's who is signed in"""


STEWARDS, ENGINEERS, OFFICERS = frozenset({"steward", "cross_area"}), frozenset({"engineer"}), frozenset({"security", "auditor"})
PLACES = (
    _Place("/", N_("Overview"), STEWARDS | ENGINEERS),
    _Place("/cases", N_("To decide"), STEWARDS),
    _Place("/persons", N_("Persons"), STEWARDS),
    _Place("/quarantine", N_("Quarantine"), STEWARDS | ENGINEERS),
    _Place("/loads", N_("Loads"), ENGINEERS | STEWARDS),
    _Place("/analysis", N_("Analysis"), frozenset()),
    _Place("/security", N_("Security"), OFFICERS),
    _Place("/account", N_("Account"), frozenset()),
)
_counts: dict[str, tuple[Count, bool]] = {}
_open: set[str] = set()
_known: dict[tuple[str, str], tuple[float, int]] = {}
_lock = threading.Lock()


def counts(path: str, *, hot: bool = False) -> Callable[[Count], Count]:
    """Register what waits behind a main page; `hot` where anything above none is late or stopped."""

    def register(count: Count) -> Count:
        _counts[path] = (count, hot)
        return count

    return register


def opened(paths: set[str]) -> None:
    """Say which pages the console has: a main page without a route is not shown."""
    _open.clear()
    _open.update(paths)


def area(path: str) -> str:
    """Give the main page a path belongs to."""
    return "/" + path.split("/")[1]


def entries(session: Session | None) -> list[Entry]:
    """Give the main pages of a person, each with what waits for them."""
    if session is None or not session.ready:
        return []
    shown = [place for place in PLACES if place.path in _open and (not place.roles or place.roles & session.roles)]
    waiting = _waiting([place.path for place in shown if place.path in _counts], session)
    return [Entry(place.path, place.word, waiting.get(place.path), bool(waiting.get(place.path)) and _counts[place.path][1]) for place in shown]


def _waiting(paths: list[str], session: Session) -> dict[str, int]:
    now = time.monotonic()
    with _lock:
        known = {path: value for path in paths if (found := _known.get((path, session.account))) and (value := found)[0] > now - FRESH}
    missing = [path for path in paths if path not in known]
    if missing and (work := accounts_sight.work_of(session)):
        with accounts_sight.acting(session, work) as connection:
            taken = {path: (now, _counts[path][0](connection, session)) for path in missing}
        with _lock:
            _known.update({(path, session.account): value for path, value in taken.items()})
        known |= taken
    return {path: value for path, (_, value) in known.items()}


def stale(path: str, account: str) -> None:
    """Have the count of a page taken again at once: the person changed it themselves."""
    with _lock:
        _known.pop((path, account), None)


def less(path: str, account: str) -> None:
    """Have one less waiting behind a page, until it is counted again: the person just did it."""
    with _lock:
        if found := _known.get((path, account)):
            _known[path, account] = (found[0], max(0, found[1] - 1))
