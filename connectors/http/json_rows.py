"""JSON as flat rows of text: nested objects by dotted names, lists as compact JSON, numbers as they were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.text import codec
from hub.errors import SourceError


class Number(str):
    """A number in the spelling of the sender."""

    __slots__ = ()


def parsed(content: bytes, charset: str | None, where: str) -> Any:
    """Read JSON, numbers kept as sent; SourceError for anything else (a login page, an error in HTML), without its content."""
    if content.lstrip()[:1] == b"<":
        raise SourceError(f"{where}: HTML or XML came instead of JSON; a login or error page? correct `url` and `path` or ask the department")
    try:
        text = content.decode(codec(charset)) if charset else content
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise SourceError(f"{where}: the answer is not JSON ({len(content)} bytes); ask the department") from None


def at(body: Any, path: str) -> Any:
    """Find what stands at a dotted name or a JSON pointer (RFC 6901); KeyError when nothing does."""
    if not path:
        return body
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")] if path.startswith("/") else path.split(".")
    for step in steps:
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict):
            body = body[step]
        else:
            raise KeyError(step)
    return body


def flat(record: Mapping[str, Any]) -> dict[str, str | None]:
    """Lay a record out as one row."""
    return dict(_leaves(record, ""))


def _leaves(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | None]]:
    for name, part in value.items():
        path = f"{prefix}{name}"
        if isinstance(part, dict) and part:
            yield from _leaves(part, f"{path}.")
        else:
            yield path, text(part)


def text(value: Any) -> str | None:
    """Write a leaf: text and numbers as sent, true and false, null as None, lists as compact JSON."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case Number():
            return str(value)
        case str():
            return value
        case _:
            return compact(value)


def compact(value: Any) -> str:
    """Write JSON without blanks, numbers as they were sent."""
    match value:
        case Number():
            return str(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{compact(part)}" for name, part in value.items()) + "}"
        case list():
            return "[" + ",".join(map(compact, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
