"""The two languages of the pages: English in templates and code, Chinese from `locale/*.po` (gettext, read by Babel), one file a page area."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from hub.errors import ConfigError

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("zh", "en")
Speaker = Callable[..., str]


def N_(sentence: str) -> str:  # noqa: N802 - gettext's name for a sentence that is translated where it is shown
    """Mark a sentence of the catalogue that code hands to a template."""
    return sentence


@cache
def chinese() -> dict[str, str]:
    """Read every catalogue: English sentence -> Chinese sentence; ConfigError where two files disagree."""
    found: dict[str, str] = {}
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh", abort_invalid=True):
                if not message.id or not message.string:
                    continue
                if found.setdefault(str(message.id), str(message.string)) != str(message.string):
                    raise ConfigError(f"console/locale/{path.name}: {message.id!r} has another Chinese sentence in an earlier file; keep one")
    return found


def speaker(language: str) -> Speaker:
    """Give the function templates call as `_`: a sentence, with its `%(name)s` filled in."""
    known = chinese() if language == "zh" else {}

    def speak(sentence: str, **values: object) -> str:
        said = known.get(sentence, sentence)
        return said % values if values else said

    return speak


def preferred(accepted: str) -> str:
    """Choose for somebody who is not signed in: English where the browser asks for it first, else Chinese."""
    return "en" if accepted.strip().lower().startswith("en") else "zh"
