"""How values are shown to people who need to see that a mapping is right, and not whose row it is.

One form a field; what fills no known field is masked by what it looks like.  Used by previews, `hub quarantine` and
the console.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mappings.canonical import ENTITIES
from mappings.source import Stream

_DATE = re.compile(r"\d{4}(?:[-/.年]?\d{1,2}(?:[-/.月]?\d{1,2}日?)?)?月?(?:[T ][\d:.]+)?")
_YEAR = re.compile(r"(?:1[89]|2[01])\d\d")
_LONG_DIGITS = re.compile(r"[0-9０-９]{7,}[XxＸ]?")
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ue000-\uf8ff\U00020000-\U000323af]")


def mask_name(text: str) -> str:
    """Show a surname's first character: 张*."""
    return text[:1] + "*" * min(len(text) - 1, 3)


def mask_number(text: str) -> str:
    """Show province and city, and the last four: 1101**********002X."""
    return text[:4] + "*" * (len(text) - 8) + text[-4:] if len(text) >= 15 else text[:1] + "*" * max(len(text) - 1, 0)


def mask_phone(text: str) -> str:
    """Show the first three and last four digits: 138****1234."""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "*" * max(len(text) - 2, 0) + text[-2:]


def mask_address(text: str) -> str:
    """Show province and city at the most."""
    return text[:6] + "***" if len(text) > 6 else "***"


def mask_tail(text: str) -> str:
    """Show the last four characters of what is long enough."""
    return "****" + text[-4:] if len(text) > 8 else "****"


def mask_birth(text: str) -> str:
    """Show the year, wherever it stands."""
    year = _YEAR.search(text)
    start, end = year.span() if year else (0, 0)
    return re.sub(r"\d", "*", text[:start]) + text[start:end] + re.sub(r"\d", "*", text[end:])


def mask_all(text: str) -> str:
    """Show that there is something."""
    return "***"


MASKS: dict[str, Callable[[str], str]] = {
    "name": mask_name,
    "former_name": mask_name,
    "id_number": mask_number,
    "phone": mask_phone,
    "address": mask_address,
    "account": mask_tail,
    "household_no": mask_tail,
    "birth_date": mask_birth,
    "medical_detail": mask_all,
}
"""Canonical field -> its mask, for the entities in which the field is a person's; every other field is shown."""
PUBLIC = ("employer_record", "archive_item")
"""Entities whose fields are nobody's: an employer's name and address are shown."""


def mask(entity: str, field: str, value: str | None) -> str | None:
    """Give a canonical value as it may be shown."""
    return value if value is None or entity in PUBLIC or field not in MASKS else MASKS[field](value)


def mask_row(raw: Mapping[str, str | None], stream: Stream | None = None) -> dict[str, str | None]:
    """Give a raw row as it may be shown: by the fields its columns fill, without a stream by what the values look like."""
    filled = _masks(stream) if stream else {}
    return {column: None if value is None else filled.get(column, mask_unknown)(value) for column, value in raw.items()}


def mask_unknown(text: str) -> str:
    """Mask a value of unknown meaning: dates, short codes and amounts are shown, long digits and Han text are not."""
    if _DATE.fullmatch(text):
        return text
    if len(text) > 200:
        return f"{mask_unknown(text[:20])}… ({len(text)} characters)"
    if _HAN.search(text):
        return text[:1] + "*" * min(len(text) - 1, 3)
    return _LONG_DIGITS.sub(lambda digits: mask_number(digits[0]) if len(digits[0]) >= 15 else mask_phone(digits[0]), text)


def _masks(stream: Stream) -> dict[str, Callable[[str], str]]:
    """Give each column its mask: an open key is shown, a column that fills a personal and an open field keeps the personal one's."""
    masks: dict[str, Callable[[str], str]] = {} if stream.key.personal else dict.fromkeys(stream.key.columns, _shown)
    for record in stream.records:
        for name, how in record.fields.items():
            personal = record.entity in ENTITIES and record.entity not in PUBLIC and name in MASKS
            for column in how.columns:
                if personal:
                    masks[column] = MASKS[name]
                elif column not in masks and how.function != "key":
                    masks[column] = _shown
    return masks


def _shown(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:20]}… ({len(text)} characters)"
