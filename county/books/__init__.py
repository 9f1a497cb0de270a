"""What each department has on its books: the tables of the eight systems, in their own columns and codes.

A table is a frame in the layout of `county/README.md` plus three columns of our own that are never written to a system: `_person` (true id, -1 = none),
`_fault` (the planted fault, or blank) and, in the person tables, `_part`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from county.books import archive_room, civil_affairs, medical, pension, police, tax, unemployment, work_injury
from county.facts import Book
from county.layout import KEYS

Tables = dict[str, pl.DataFrame]

BOOKS: dict[str, Callable[[Book], Tables]] = {
    "pension": pension.tables,
    "medical": medical.tables,
    "work_injury": work_injury.tables,
    "unemployment": unemployment.tables,
    "tax": tax.tables,
    "civil_affairs": civil_affairs.tables,
    "police": police.tables,
    "archive_room": archive_room.tables,
}

__all__ = ["BOOKS", "KEYS", "Tables"]
