"""Identity numbers, credit codes, telephones and accounts with their right check characters (GB 11643, GB 32100)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from county.tables import Text, concat, date_text, digits

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))
CREDIT_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
CREDIT_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
PREFIXES = np.array(["154", "164", "179"])
"""Mobile prefixes nobody was ever given."""

Whole = NDArray[np.integer[Any]]


def characters(text: Text) -> NDArray[np.uint32]:
    """Show a text column as code points, one row a text (0 beyond its end)."""
    text = np.ascontiguousarray(text)
    return text.view(np.uint32).reshape(len(text), text.dtype.itemsize // 4)


def with_check(first17: Text) -> Text:
    """Append the check character of GB 11643-1999 (ISO 7064 MOD 11-2) to seventeen digits."""
    values = characters(first17.astype("U17")) - ord("0")
    return concat(first17, CHECKS[(values @ WEIGHTS) % 11])


def identity_numbers(area: Text, birth: NDArray[np.datetime64], sequence: Whole) -> Text:
    """Compose eighteen-character numbers from area, birth date and sequence (odd = male)."""
    return with_check(concat(area, date_text(birth), digits(sequence, 3)))


def legacy(numbers: Text) -> Text:
    """Cut eighteen characters to the fifteen used before 1999 (births 19yy only)."""
    cut = characters(numbers.astype("U18"))[:, [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16]]
    return np.ascontiguousarray(cut).view("U15").ravel()


def fresh_sequences(rng: np.random.Generator, group: NDArray[Any], male: NDArray[np.bool_]) -> Whole:
    """Draw sequence numbers whose parity tells the sex and which are unique inside each group (area and birth date)."""
    sequence = rng.integers(0, 450, len(group)) * 2 + male + 10
    while True:
        pair = np.char.add(np.asarray(group, dtype=np.str_), digits(sequence, 3))
        _, first = np.unique(pair, return_index=True)
        again = np.ones(len(group), dtype=bool)
        again[first] = False
        if not again.any():
            return sequence
        sequence[again] = rng.integers(0, 450, int(again.sum())) * 2 + male[again] + 10


def credit_codes(rng: np.random.Generator, area: Text) -> Text:
    """Compose unified social credit codes: kind 91, division, nine-character body, check (GB 32100-2015)."""
    body = rng.integers(0, 31, (len(area), 9))
    head = characters(concat("91", area).astype("U8")) - ord("0")
    values = np.concatenate([head.astype(np.int64), body], axis=1)
    check = (31 - values @ CREDIT_WEIGHTS % 31) % 31
    letters = CREDIT_ALPHABET[np.concatenate([values, check[:, None]], axis=1)]
    return np.ascontiguousarray(letters).view("U18").ravel()


def mobiles(rng: np.random.Generator, size: int) -> Text:
    """Draw mobile numbers that are unique in the draw."""
    body = rng.choice(10**8, size=size, replace=False) if size < 10**6 else rng.permutation(10**8)[:size]
    return concat(PREFIXES[rng.integers(0, 3, size)], digits(body, 8))


def landlines(rng: np.random.Generator, size: int) -> Text:
    """Draw landline numbers of an exchange that does not exist."""
    return concat("0850-", digits(rng.integers(2000000, 8999999, size), 7))


def accounts(rng: np.random.Generator, size: int) -> Text:
    """Draw nineteen-digit bank accounts."""
    return concat("629900", digits(rng.integers(0, 10**13, size), 13))
