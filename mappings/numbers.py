"""Numbers that carry their own proof: citizen identity numbers (GB 11643-1999) and credit codes (GB 32100-2015).

Pure functions of text already normalised (half-width, upper case, no blanks), used by the mapping's findings and by
the gate's expectations.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass

import numpy as np
import polars as pl

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


@dataclass(frozen=True)
class IdParts:
    """What a citizen number says: division (GB/T 2260, as at first issue), birth date (ISO), sex (GB/T 2261.1)."""

    area: str
    birth_date: str
    sex: str


def check_character(first: str) -> str:
    """Give the check character of the first 17 digits of a citizen number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, first, strict=True)) % 11]


def upgrade(number: str) -> str | None:
    """Give the 18 characters of a legacy 15-digit number (all births 19yy), or None when it is not one."""
    if len(number) != 15 or not _is_digits(number):
        return None
    first = number[:6] + "19" + number[6:]
    return first + check_character(first) if _is_date(first[6:14]) else None


def is_valid_id(number: str) -> bool:
    """Tell whether a number has 18 characters, a real birth date and the right check character."""
    return len(number) == 18 and _is_digits(number[:17]) and _is_date(number[6:14]) and check_character(number[:17]) == number[17]


def id_parts(number: str) -> IdParts | None:
    """Give division, birth date and sex of a valid 18- or 15-character number, else None."""
    whole = upgrade(number) or number
    if not is_valid_id(whole):
        return None
    return IdParts(whole[:6], f"{whole[6:10]}-{whole[10:12]}-{whole[12:14]}", "1" if int(whole[16]) % 2 else "2")


def is_valid_credit_code(code: str) -> bool:
    """Tell whether a unified social credit code has 18 characters of its alphabet and the right check character (GB 32100-2015)."""
    if len(code) != 18 or any(character not in CREDIT_ALPHABET for character in code):
        return False
    total = sum(weight * CREDIT_ALPHABET.index(character) for weight, character in zip(CREDIT_WEIGHTS, code, strict=False))
    return CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def valid_ids(numbers: pl.Series) -> pl.Series:
    """Tell for a whole column what `is_valid_id` tells for one number; null stays false."""
    shaped = numbers.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False)
    characters = numbers.filter(shaped).str.join("").item().encode() if shaped.any() else b""
    digits = np.frombuffer(characters, np.uint8).reshape(-1, 18).astype(np.int32) - ord("0")
    checks = np.frombuffer(ID_CHECKS.encode(), np.uint8).astype(np.int32) - ord("0")
    right = checks[(digits[:, :17] @ np.array(ID_WEIGHTS, np.int32)) % 11] == digits[:, 17]
    dates = numbers.filter(shaped).str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null().to_numpy()
    valid = np.zeros(len(numbers), bool)
    valid[shaped.to_numpy()] = right & dates
    return pl.Series(numbers.name, valid)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_date(ymd: str) -> bool:
    year, month, day = int(ymd[:4]), int(ymd[4:6]), int(ymd[6:8])
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
