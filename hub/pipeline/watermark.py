"""Watermarks of cursor sources: text as the source writes it, compared and set back in its own form."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from hub.errors import ConfigError

FORMS = (
    (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "%Y-%m-%dT%H:%M:%S"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "%Y-%m-%dT%H:%M:%SZ"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+", ""),
    (r"(19|20)\d{6}", "%Y%m%d"),
    (r"(19|20)\d{12}", "%Y%m%d%H%M%S"),
)
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
AHEAD = timedelta(days=366)
"""Stamps further in the future than this are somebody's slip and do not move the watermark."""


def _moment(value: str) -> tuple[datetime, str] | None:
    for pattern, form in FORMS:
        if re.fullmatch(pattern, value):
            try:
                return (datetime.strptime(value, form), form) if form else (datetime.fromisoformat(value), form)
            except ValueError:
                return None
    return None


def highest(values: list[str], now: datetime) -> str | None:
    """Give the highest of the cursor values of a batch (ISO text, compact dates or numbers), None if there is none.

    Values that are no moment or number, or lie more than a year ahead of `now`, are passed over.
    """
    moments = [(moment[0], value) for value in values if (moment := _moment(value)) and moment[0] <= now + AHEAD]
    if moments:
        return max(moments)[1]
    numbers = [(int(value), value) for value in values if re.fullmatch(r"\d+", value) and _moment(value) is None]
    return max(numbers)[1] if numbers else None


def rewind(value: str, overlap: str) -> str:
    """Set a watermark back by the overlap (`2d`, `6h`, `30m`, or a plain number), in the form it came in."""
    moment = _moment(value)
    found = re.fullmatch(r"(\d+)([dhm]?)", overlap)
    if found is None or (moment is None) != (not found[2]):
        raise ConfigError(f"extract.overlap {overlap!r}: expected like 2d, 6h or 30m for stamps, or a plain number for a counter")
    amount = int(found[1])
    if moment is None:
        return str(max(int(value) - amount, 0))
    earlier = moment[0] - timedelta(**{UNITS[found[2]]: amount})
    return earlier.strftime(moment[1]) if moment[1] else earlier.isoformat(sep=value[10])
