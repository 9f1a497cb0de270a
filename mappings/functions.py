"""What the closed vocabulary cannot say: named functions of columns, used in a source file as `{call: name, of: [columns]}`.

Each takes the cleaned texts of its columns (None = blank) and gives canonical text or the reason why there is none.
It must be pure: it is called once per different combination of values.  Its docstring is its documentation.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from mappings.canonical import Kind
from mappings.dates import Reading, read_date, read_month
from mappings.problems import Problem

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")
NOISE = Decimal("0.000001")
_TAX_OFFICE = re.compile(r"1[1-9][0-9]{5}0000")
_AMOUNT = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,40})(?:\.\d{0,40})?(?:E[-+]?\d{1,2})?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Call:
    """A registered function: how many columns it takes and which kinds of field it can fill."""

    function: Callable[..., Reading]
    columns: int
    kinds: tuple[Kind, ...]


CALLS: dict[str, Call] = {}


def _call(columns: int, *kinds: Kind) -> Callable[[Callable[..., Reading]], Callable[..., Reading]]:
    def register(function: Callable[..., Reading]) -> Callable[..., Reading]:
        CALLS[function.__name__] = Call(function, columns, kinds)
        return function

    return register


@_call(3, "date", "partial_date")
def date_of_parts(year: str | None, month: str | None, day: str | None) -> Reading:
    """Give the day that year, month and day in three columns make; a blank day or month leaves a partial date."""
    return (None, None) if year is None else read_date(f"{year}-{month or 0}-{day or 0}", partial=True)


@_call(1, "date", "partial_date")
def first_day(month: str | None) -> Reading:
    """Give the first day of a month (AAC049 and the like say only the month)."""
    value, problem = read_month(month) if month else (None, None)
    return (f"{value}-01" if value else None), problem


@_call(1, "date", "partial_date")
def last_day(month: str | None) -> Reading:
    """Give the last day of a month."""
    value, problem = read_month(month) if month else (None, None)
    return (f"{value}-{monthrange(int(value[:4]), int(value[5:]))[1]}" if value else None), problem


@_call(1, "code")
def division_of_tax_office(office: str | None) -> Reading:
    """Give the division of a tax office code: eleven digits, `1`, the division, `0000`."""
    if office is None:
        return None, None
    return (office[1:7], None) if _TAX_OFFICE.fullmatch(office) else (None, Problem.CODE_UNKNOWN)


@_call(1, "amount")
def yuan_of_fen(fen: str | None) -> Reading:
    """Give yuan for an amount written in fen."""
    value, problem = read_amount(fen) if fen else (None, None)
    return (str((Decimal(value) / 100).quantize(CENT, ROUND_HALF_EVEN)) if value else None), problem


def read_amount(text: str) -> Reading:
    """Read an amount in yuan that is not plainly written: currency signs, thousands, exponents, long fractions.

    Fractions of a fen are rounded half to even; AMOUNT_ROUNDED tells of it unless they are a float's noise.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").lstrip("¥").removesuffix("元")
    if not _AMOUNT.fullmatch(plain):
        return None, Problem.AMOUNT_UNREADABLE
    exact = Decimal(plain.replace(",", ""))
    if abs(exact) > LARGEST:
        return None, Problem.AMOUNT_UNREADABLE
    value = exact.quantize(CENT, ROUND_HALF_EVEN)
    return str(value), Problem.AMOUNT_ROUNDED if abs(exact - value) > NOISE else None
