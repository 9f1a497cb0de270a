"""Renders a page inside the shell: language, light or dark, density, what waits, and the keys at the foot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from console import files, gate, labels, nav
from console.differences import Piece, differ
from console.words import LANGUAGES, N_, Speaker, preferred, speaker

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


def signed(weight: float, digits: int = 1) -> str:
    """Write a weight with its sign."""
    return f"{weight:+.{digits}f}".replace("-", "−")


def track(weight: float, width: float) -> str:
    """Give the place of a weight on a track of −16 … +16 bits."""
    return f"{(min(max(weight, -16), 16) + 16) / 32 * (width - 3):.1f}"


def ago(moment: datetime, speak: Speaker) -> str:
    """Say how long something waits: hours on the first day, then days."""
    hours = max(0, int((datetime.now(UTC) - moment).total_seconds() // 3600))
    return speak(N_("%(n)s h"), n=hours) if hours < 24 else speak(N_("%(n)s d"), n=hours // 24)


def pieces(of: Sequence[Piece]) -> Markup:
    """Render a compared value: differing characters marked, hidden ones told apart."""
    parts = (Markup('<mark class="{}">{}</mark>').format(one.mark, masked(one.text)) if one.mark else masked(one.text) for one in of)
    return Markup("").join(parts)


def differing(value: str, other: str | None) -> Markup:
    """Render a name with the characters marked that another name has not."""
    return pieces(differ("name", value, other).pieces)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        figure=figure, money=money, day=day, minute=minute, masked=masked, signed=signed, track=track, ago=ago, pieces=pieces, differing=differing
    )
    made.filters |= {"field_name": labels.field, "program": labels.program}
    made.globals.update(asset=files.address, source_name=labels.source, code_name=labels.code, field_name=labels.field, division_name=labels.division)
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


def warm() -> None:
    """Compile every template, so that no page is the first."""
    for name in _pages.list_templates(extensions=["html"]):
        _pages.get_template(name)


def language_of(request: Request) -> str:
    """Give the language a request is answered in: `zh` or `en`."""
    visit: gate.Visit = request.state.visit
    return visit.session.language if visit.session else preferred(request.headers.get("accept-language", ""))


def fragment(request: Request) -> bool:
    """Say whether HTMX asks for a part of a page."""
    return request.headers.get("hx-request") == "true"
