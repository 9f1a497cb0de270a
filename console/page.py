"""Renders a page inside the shell: language, light or dark, density, what waits, and the keys at the foot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from console import files, gate, nav
from console.words import LANGUAGES, N_, preferred, speaker

LANG = {"zh": "zh-Hans", "en": "en"}
LOOKS = {"language": LANGUAGES, "theme": ("system", "light", "dark"), "density": ("normal", "compact", "roomy")}
"""What a person may choose for every page, and between what."""


@dataclass(frozen=True)
class Key:
    """One or more keys of a page, as written on them, and what they do (an English sentence of the catalogue)."""

    keys: tuple[str, ...]
    does: str


EVERYWHERE = (Key(("/",), N_("find a person")), Key(("?",), N_("all keys")))


def figure(number: float | None, digits: int = 0) -> str:
    """Write a number with thousands marks; nothing known is a dash."""
    return "–" if number is None else f"{number:,.{digits}f}".replace("-", "−")


def money(amount: Decimal | float | None) -> str:
    """Write an amount of yuan."""
    return "–" if amount is None else f"¥{amount:,.2f}"


def day(moment: datetime | None, form: str = "%Y-%m-%d") -> str:
    """Write a date."""
    return "–" if moment is None else moment.astimezone().strftime(form)


def minute(moment: datetime | None) -> str:
    """Write a date with hour and minute."""
    return day(moment, "%Y-%m-%d %H:%M")


def masked(value: str | None) -> Markup:
    """Give a value with its hidden characters told apart from the shown ones."""
    parts: list[Markup] = []
    for run in _runs(value or ""):
        parts.append(Markup('<span class="hid">{}</span>').format(run) if run[0] == "*" else escape(run))
    return Markup("").join(parts)


def _runs(value: str) -> list[str]:
    runs: list[str] = []
    for one in value:
        if runs and (runs[-1][0] == "*") == (one == "*"):
            runs[-1] += one
        else:
            runs.append(one)
    return runs


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(figure=figure, money=money, day=day, minute=minute, masked=masked)
    made.globals.update(asset=files.address, LOOKS=LOOKS)
    return made


_pages = _environment()


def page(request: Request, name: str, status: int = 200, *, keys: Sequence[Key] = (), **values: Any) -> Response:
    """Render `templates/NAME.html` for whoever asks, in their language and look."""
    visit: gate.Visit = request.state.visit
    session = visit.session
    language = language_of(request)
    word, secret = gate.form_word(request)
    shell = {
        "_": speaker(language), "lang": LANG[language], "language": language, "csrf": word, "session": session, "path": request.url.path,
        "here": nav.area(request.url.path), "nav": nav.entries(session), "keys": (*keys, *(EVERYWHERE if session and session.ready else ())),
        "theme": session.theme if session else "system", "density": session.density if session else "normal", "problem": None,
        "back": request.url.path if status < 400 and request.method in gate.SAFE and re.fullmatch(nav.BACK, request.url.path) else "/account",
    }  # fmt: skip
    response = Response(_pages.get_template(f"{name}.html").render({**shell, **values}), status, media_type="text/html; charset=utf-8")
    if secret is not None:
        gate.keep_form(response, secret)
    return response


def language_of(request: Request) -> str:
    """Give the language a request is answered in: `zh` or `en`."""
    visit: gate.Visit = request.state.visit
    return visit.session.language if visit.session else preferred(request.headers.get("accept-language", ""))


def fragment(request: Request) -> bool:
    """Say whether HTMX asks for a part of a page."""
    return request.headers.get("hx-request") == "true"
