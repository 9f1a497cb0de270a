"""The two languages of the pages: English in the templates, Chinese from `locale/zh.po` (gettext, read by Babel)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("zh", "en")


@cache
def chinese() -> dict[str, str]:
    """Read the catalogue: English sentence -> Chinese sentence."""
    with (LOCALE / "zh.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="zh") if message.id and message.string}


def speaker(language: str) -> Callable[[str], str]:
    """Give the function templates call as `_`."""
    return (lambda text: chinese().get(text, text)) if language == "zh" else (lambda text: text)


def preferred(accepted: str) -> str:
    """Choose for somebody who is not signed in: English where the browser asks for it first, else Chinese."""
    return "en" if accepted.strip().lower().startswith("en") else "zh"
