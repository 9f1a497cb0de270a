"""How fixed-width lines are laid out, guessed from many of them: blanks before values, numbers of persons, dates, changes of kind.

Columns that stand side by side without blanks and are all digits cannot be told apart unless they are dates or numbers
of persons; the department's own layout is better than any guess.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from connectors.records import Bytes

_LEAST_LENGTH = 20
_LOOKED_AT = 3_000
"""Lines in which numbers of persons and days are looked for."""
_DAY = re.compile(rb"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_NUMBER = re.compile(rb"\d{17}[\dX]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = b"10X98765432"


def fixed_width(head: bytes, tail: bytes, ends: int) -> dict[str, Any] | None:
    """Guess columns, header lines and closing line from beginning and end of a file and its number of line ends.

    None when its lines differ in length.
    """
    lines = [line.removesuffix(b"\r") for line in head[: head.rfind(b"\n")].split(b"\n")]
    length, often = Counter(map(len, lines)).most_common(1)[0]
    if length < _LEAST_LENGTH or often < 0.9 * len(lines):
        return None
    before = next(at for at, line in enumerate(lines) if len(line) == length)
    records = np.frombuffer(b"".join(line for line in lines if len(line) == length), np.uint8).reshape(-1, length)
    found: dict[str, Any] = {"columns": _columns(records), "record_length": length, **({"header_lines": before} if before else {})}
    last = tail.rstrip(b"\r\n\x1a").rsplit(b"\n", 1)[-1]
    if len(last) != length and last.isascii():
        found["trailer"] = {"pattern": _trailer(last.decode(), ends - before - tail.endswith(b"\n"))}
    return found


def _trailer(line: str, rows: int) -> str:
    """Write a closing line as a pattern: its digits may change, those that are the number of rows are named so."""
    count = max((match for width in range(12, 0, -1) for match in re.finditer(f"(?=({rows:0{width}d}))", line)), key=lambda match: len(match[1]), default=None)

    def digits(text: str) -> str:
        return re.sub(r"\d+", lambda run: rf"\d{{{len(run[0])}}}", re.sub(r"[^\w\s]", r"\\\g<0>", text))

    if count is None:
        return digits(line)
    start, stop = count.start(1), count.end(1)
    return rf"{digits(line[:start])}(?P<rows>\d{{{stop - start}}}){digits(line[stop:])}"


def _columns(records: Bytes) -> list[dict[str, Any]]:
    """Cut the line where columns must begin."""
    known = _known(records)
    inside = {at for start, stop in known for at in range(start + 1, stop)}
    bounds = {0, records.shape[1], *(at for span in known for at in span), *(_begins(records) - inside)}
    spans = zip(sorted(bounds), sorted(bounds)[1:], strict=False)
    return [{"name": f"column_{at}", "start": start + 1, "width": stop - start} for at, (start, stop) in enumerate(spans, start=1)]


def _known(records: Bytes) -> list[tuple[int, int]]:
    """Find columns that are numbers with the check of GB 11643 or days, wherever they stand."""
    rows = [record.tobytes() for record in records[:_LOOKED_AT]]
    found: list[tuple[int, int]] = []
    for width, fits in ((18, _is_checked), (8, lambda cell: bool(_DAY.fullmatch(cell)))):
        for start in range(records.shape[1] - width + 1):
            cells = [cell for row in rows if (cell := row[start : start + width]).strip()]
            free = all(stop <= start or start + width <= begin for begin, stop in found)
            if free and len(cells) >= 3 and sum(map(fits, cells)) >= 0.8 * len(cells):
                found.append((start, start + width))
    return found


def _is_checked(cell: bytes) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and _CHECKS[sum(weight * (digit - 48) for weight, digit in zip(_WEIGHTS, cell, strict=False)) % 11] == cell[17]


def _begins(records: Bytes) -> set[int]:
    """Find the bytes that stand behind a blank whenever they are not blank themselves, and those where filled columns change their kind."""
    filled = records != ord(" ")
    found = set()
    kinds = [_kind(column[mask]) if mask.mean() > 0.5 else None for column, mask in zip(records.T, filled.T, strict=True)]
    for at in range(1, records.shape[1]):
        values = filled[:, at].sum()
        after_blank = (filled[:, at] & ~filled[:, at - 1]).sum()
        changes = kinds[at] and kinds[at - 1] and kinds[at] != kinds[at - 1]
        if values >= 3 and (after_blank >= 0.95 * values or changes):
            found.add(at)
    return found


def _kind(values: npt.NDArray[np.uint8]) -> str | None:
    """Say what a byte of the line nearly always is; None when it is this and that."""
    digit = (values >= ord("0")) & (values <= ord("9"))
    letter = ((values | 0x20) >= ord("a")) & ((values | 0x20) <= ord("z"))
    return next((kind for kind, mask in (("digit", digit), ("letter", letter), ("wide", values >= 0x80)) if mask.mean() > 0.97), None)
