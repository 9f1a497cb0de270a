"""How a text file is written: its encoding, its delimiter, where its headings are."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Any

from connectors.rows import first_row
from connectors.text import is_undecodable

DELIMITERS = (",", "\t", "|", ";", "|+|", "^", "~", "\x01")
_LINES = 300
_VALUE = re.compile(r"[-+\d.,:/ ]*\d[-+\d.,:/ ]*[Xx]?|[A-Z]{0,3}\d{4,}")
"""What stands in a row and hardly ever in a heading: numbers, dates, numbers of persons and things."""


def encoding_of(head: bytes) -> str:
    """Guess the encoding of the beginning of a file."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            return name
    if head.count(0) * 4 > len(head):
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def delimited(text: str) -> dict[str, Any] | None:
    """Guess delimiter, quote and headings of the beginning of a text; None when no delimiter makes rows of equal length."""
    best: tuple[float, dict[str, Any]] | None = None
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        width, often = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        share = often / len(rows) if rows else 0.0
        if width > 1 and share >= 0.7 and (best is None or share * width > best[0]):
            first = next(at for at, row in enumerate(rows) if len(row) == width)
            best = share * width, {"delimiter": delimiter, **_headings([row for row in rows if len(row) == width]), **({"skip_rows": first} if first else {})}
    return best and best[1]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    at = 0
    while at < len(text) and len(rows) < _LINES and (found := first_row(text[at:], delimiter, '"', final=False)):
        rows.append(found[0])
        at += found[1]
    return [row for row in rows if row != [""]]


def _headings(rows: list[list[str]]) -> dict[str, Any]:
    if is_heading(rows[0], rows[1:]):
        return {"header": True}
    return {"header": False, "columns": [f"column_{at}" for at in range(1, len(rows[0]) + 1)]}


def is_heading(first: list[str], others: list[list[str]]) -> bool:
    """Guess whether a row holds headings: short texts, each once, no numbers, and not what the rows below hold."""
    named = [cell.strip() for cell in first]
    if len(set(named)) < len(named) or any(_VALUE.fullmatch(name) or is_undecodable(name) or len(name) > 40 for name in named):
        return False
    below = [{row[at].strip() for row in others} for at in range(len(named))]
    return not any(name and name in values for name, values in zip(named, below, strict=True))
