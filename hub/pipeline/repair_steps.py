"""Repair steps: the small closed vocabulary in which a person says how the rows of one pattern are to be corrected.

A step looks at one column of a raw row and gives its new text, or leaves it as it is.  Steps run one after the other;
what differs in the end is the correction.  The raw row itself is never changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from hub.errors import ConfigErrors
from mappings.dates import UNAMBIGUOUS, read_date, read_month
from mappings.numbers import upgrade

Do = Literal["set", "clear", "replace", "replace_part", "half_width", "no_spaces", "upper", "pad", "date", "month", "number_18", "copy"]
DOINGS: tuple[str, ...] = get_args(Do)
FORMATS = (*UNAMBIGUOUS, "d/m/y", "m/d/y", "excel")
LONGEST = 200
MOST = 12
"""Steps of one repair."""
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Step:
    """One step: what to do with which column; `old` and `new` as the doing needs them."""

    do: str
    column: str
    old: str = ""
    """replace: the whole value; replace_part: the part; copy: the other column; date and month: the form it is written in"""
    new: str = ""
    """set, replace, replace_part: the new text; pad: the length"""


def read_steps(values: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> tuple[Step, ...]:
    """Make steps of what a form or a program sent; ConfigErrors names everything that is wrong, without a value."""
    steps = tuple(Step(*(str(one.get(name) or "") for name in ("do", "column", "old", "new"))) for one in values)
    wrong = [f"step {at}: {what}" for at, step in enumerate(steps, 1) for what in _problems(step, columns)]
    if not steps or len(steps) > MOST:
        wrong.append(f"{len(steps)} steps; expected 1 to {MOST}")
    if wrong:
        raise ConfigErrors(wrong)
    return steps


def _problems(step: Step, columns: Sequence[str]) -> list[str]:
    found = []
    if step.do not in DOINGS:
        found.append(f"expected one of {', '.join(DOINGS)}")
    if step.column not in columns:
        found.append("the rows have no such column; choose one of theirs")
    if len(step.old) > LONGEST or len(step.new) > LONGEST:
        found.append(f"a text is longer than {LONGEST} characters")
    if step.do in ("set", "replace") and not step.new:
        found.append("the new value is empty; to empty a column use `clear`")
    if step.do in ("replace", "replace_part") and not step.old:
        found.append("what is to be replaced is empty")
    if step.do == "pad" and not re.fullmatch(r"[1-9][0-9]?", step.new):
        found.append("expected a length from 1 to 99")
    if step.do == "copy" and step.old not in columns:
        found.append("the rows have no such column to copy from")
    if step.do in ("date", "month") and step.old not in FORMATS:
        found.append(f"expected the form the column is written in: {', '.join(FORMATS)}")
    return found


def correction(steps: Sequence[Step], row: Row) -> dict[str, str | None]:
    """Give what the steps change in a row: column -> new text; nothing where nothing changes."""
    now = dict(row)
    for step in steps:
        if step.column in now:
            now[step.column] = _DO[step.do](step, now)
    return {column: value for column, value in now.items() if value != row[column]}


def touched(steps: Sequence[Step]) -> list[str]:
    """Give the columns the steps write."""
    return list(dict.fromkeys(step.column for step in steps))


def as_values(steps: Sequence[Step]) -> list[dict[str, str]]:
    """Give steps as plain values, to be sealed or sent."""
    return [asdict(step) for step in steps]


def _on_text(change: Callable[[Step, str], str]) -> Callable[[Step, Row], str | None]:
    """A doing that leaves an absent value absent."""

    def do(step: Step, row: Row) -> str | None:
        value = row[step.column]
        return value if value is None else change(step, value)

    return do


def _half_width(step: Step, text: str) -> str:
    """Fold the full-width forms of ASCII and the ideographic space; nothing else, lest a rare character be lost."""
    return "".join(unicodedata.normalize("NFKC", sign) if "\uff01" <= sign <= "\uff5e" else " " if sign == "\u3000" else sign for sign in text)


def _date(step: Step, text: str) -> str:
    value, _ = read_date(text.strip(), (step.old,), partial=True)
    return value or text


def _month(step: Step, text: str) -> str:
    value, _ = read_month(text.strip(), (step.old,))
    return value or text


def _number_18(step: Step, text: str) -> str:
    """Bring a legacy number of 15 digits to 18; what is damaged stays: nobody guesses a missing digit."""
    return upgrade(text.strip()) or text


_DO: dict[str, Callable[[Step, Row], str | None]] = {
    "set": lambda step, row: step.new,
    "clear": lambda step, row: None,
    "copy": lambda step, row: row.get(step.old),
    "replace": _on_text(lambda step, text: step.new if text == step.old else text),
    "replace_part": _on_text(lambda step, text: text.replace(step.old, step.new)),
    "half_width": _on_text(_half_width),
    "no_spaces": _on_text(lambda step, text: re.sub(r"\s+", "", text)),
    "upper": _on_text(lambda step, text: text.upper()),
    "pad": _on_text(lambda step, text: text.strip().zfill(int(step.new))),
    "date": _on_text(_date),
    "month": _on_text(_month),
    "number_18": _on_text(_number_18),
}
