"""What an answer of a REST service shows: where its rows are, and how its pages are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.http.json_rows import Number, compact

_MORE = ("hasNext", "has_next", "hasMore", "has_more", "more")
_TOTAL = ("total", "totalCount", "total_count", "count", "totalElements")
_CURSORS = ("nextCursor", "next_cursor", "cursor", "nextToken", "next_token")
_LINKS = ("next", "nextLink", "next_link")
_NUMBERS = ("page", "pageNo", "pageNum", "pageIndex", "page_no", "current")
_SIZES = ("size", "pageSize", "page_size", "limit", "perPage", "per_page")


def listing(body: Any) -> dict[str, Any] | None:
    """Guess `records` and `page` from one answer; None when it holds no list of objects."""
    found = next(_lists(body, ""), None)
    if found is None:
        return None
    leaves = dict(_leaves(body, ""))
    page = _page(leaves)
    return {**({"records": found} if found else {}), **({"page": page} if page else {})}


def _page(leaves: dict[str, Any]) -> dict[str, Any] | None:
    def named(names: tuple[str, ...]) -> str | None:
        return next((path for name in names for path in leaves if path.rpartition(".")[2] == name), None)

    more, total, cursor, link, number, size = map(named, (_MORE, _TOTAL, _CURSORS, _LINKS, _NUMBERS, _SIZES))
    if link and "/" in str(leaves[link]):
        return {"style": "next_link", "next": link}
    if cursor and not isinstance(leaves[cursor], Number):
        return {"style": "cursor", "param": cursor.rpartition(".")[2], "next": cursor}
    if not (more or total or number):
        return None
    page: dict[str, Any] = {"style": "page", "param": number.rpartition(".")[2] if number else "page"}
    page |= {"size_param": size.rpartition(".")[2], "size": int(compact(leaves[size]))} if size and isinstance(leaves[size], Number) else {}
    return page | {name: path for name, path in (("more", more), ("total", total)) if path}


def _lists(body: Any, path: str) -> Iterator[str]:
    """Give the places of lists of objects, the outermost first."""
    if isinstance(body, list):
        if body and all(isinstance(item, dict) for item in body):
            yield path
        return
    if isinstance(body, dict):
        for name, part in sorted(body.items(), key=lambda item: not isinstance(item[1], list)):
            yield from _lists(part, f"{path}.{name}" if path else name)


def _leaves(body: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict):
        for name, part in body.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif not isinstance(body, list):
        yield path, body
