"""The sources as pages need them: one by its name (404 without), all, their departments in the language of the page."""

from __future__ import annotations

from fastapi import HTTPException, Request

from console.page import language_of
from hub import settings
from hub.errors import ConfigErrors
from mappings.load import load_named, load_sources
from mappings.source import Source


def every() -> list[Source]:
    """Give every source that has a file."""
    return load_sources(settings.load().sources)[0]


def names(request: Request) -> dict[str, str]:
    """Name the department of each source."""
    zh = language_of(request) == "zh"
    return {source.source: source.department.zh if zh else source.department.en for source in every()}


def named(name: str) -> Source:
    """Give a source; 404 where there is none."""
    try:
        return load_named(settings.load().sources, name)
    except ConfigErrors:
        raise HTTPException(404, "source") from None
