"""The county's departmental tables as raw rows, made once per process."""

from __future__ import annotations

from functools import cache

import county
from county.raw import Raw, raw


@cache
def books(people: int, seed: int) -> tuple[dict[tuple[str, str], Raw], dict[tuple[str, str, str], str]]:
    """Every stream of a county, and the reason each planted fault must be refused for: (source, stream, fault) -> code."""
    tables, planted = county.write_books(*county.inhabit(people, seed), seed)
    reasons = {(source, stream, fault): reason for source, stream, fault, reason in planted.select("source", "stream", "fault", "reason").iter_rows()}
    return {(source, stream): raw(source, stream, frame) for source, streams in tables.items() for stream, frame in streams.items()}, reasons
