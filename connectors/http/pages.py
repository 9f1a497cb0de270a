"""Walking through the pages of a listing, whatever way the service counts them, to its end and no further."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.http.json_rows import at, text
from connectors.http.service import Answer
from connectors.options import Options
from hub.errors import RetryableError, SourceError

MOST_REPEATS = 3
"""How often the same page may come again before the service counts as stuck."""


class ByPage(Options):
    """Pages by number."""

    style: Literal["page"]
    param: str = "page"
    first: int = 1
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)
    more: str | None = None
    """where the answer says whether another page follows; without it and `total`, an empty page is the end"""
    total: str | None = None
    """where the answer says how many rows there are; fewer at the end is a fault"""


class ByOffset(Options):
    """Pages by the number of rows before them."""

    style: Literal["offset"]
    param: str = "offset"
    limit_param: str = "limit"
    limit: int = Field(default=500, ge=1)
    total: str | None = None


class ByCursor(Options):
    """Each page names the next."""

    style: Literal["cursor"]
    param: str = "cursor"
    next: str
    """where the answer holds the value to send for the next page; absent, null or empty at the end"""
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)


class ByLink(Options):
    """Each page gives the address of the next."""

    style: Literal["next_link"]
    next: str | None = None
    """where the answer holds the address; default: its Link header"""
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)


PageOptions = Annotated[ByPage | ByOffset | ByCursor | ByLink, Field(discriminator="style")]
Ask = Callable[[str | None, dict[str, str]], Answer]
"""Asks for an address (None: the listing's own) with further parameters."""


@dataclass
class Walk:
    """One walk through a listing."""

    ask: Ask
    records: str
    page: ByPage | ByOffset | ByCursor | ByLink | None
    where: str
    announced: int | None = None
    """rows the service says there are, if it is told where to look"""
    distinct: int = 0
    """rows so far, without pages that came again"""
    _seen: Counter[bytes] = field(default_factory=Counter)

    def pages(self) -> Iterator[list[Any]]:
        """Give the rows page by page, as sent; a page sent again is given again.

        Raises SourceError when the service keeps sending the same page, RetryableError when it gave fewer rows than it announced.
        """
        address, params = None, self._first()
        while True:
            answer = self.ask(address, params)
            rows = self._rows(answer.body)
            self._count(rows)
            self.announced = self._total(answer.body)
            if rows:
                yield rows
            following = self._next(answer, rows, params)
            if following is None:
                break
            address, params = following
        if self.announced is not None and self.distinct < self.announced:
            raise RetryableError(f"{self.where}: the service announced {self.announced} rows and gave {self.distinct}; run again")

    def _total(self, body: Any) -> int | None:
        path = self.page.total if isinstance(self.page, ByPage | ByOffset) else None
        found = self._value(body, path) if path else None
        return int(found) if found is not None and found.isdigit() else None

    def _first(self) -> dict[str, str]:
        match self.page:
            case None:
                return {}
            case ByOffset() as page:
                return {page.param: "0", page.limit_param: str(page.limit)}
            case page:
                size = {page.size_param: str(page.size)} if page.size_param and page.size else {}
                return size | ({page.param: str(page.first)} if isinstance(page, ByPage) else {})

    def _next(self, answer: Answer, rows: list[Any], params: dict[str, str]) -> tuple[str | None, dict[str, str]] | None:
        match self.page:
            case None:
                return None
            case ByPage() as page:
                return (None, params | {page.param: str(int(params[page.param]) + 1)}) if self._more(page, answer.body, rows) else None
            case ByOffset() as page:
                done = not rows or (self.announced is not None and self.distinct >= self.announced)
                return None if done else (None, params | {page.param: str(self.distinct)})
            case ByCursor() as page:
                value = self._value(answer.body, page.next)
                return (None, params | {page.param: value}) if value else None
            case ByLink() as page:
                link = answer.next_link if page.next is None else self._value(answer.body, page.next)
                return (link, {}) if link else None

    def _more(self, page: ByPage, body: Any, rows: list[Any]) -> bool:
        if page.more is not None:
            return self._value(body, page.more) == "true"
        return bool(rows) and (self.announced is None or self.distinct < self.announced)

    def _value(self, body: Any, path: str) -> str | None:
        try:
            return text(at(body, path))
        except KeyError:
            return None

    def _rows(self, body: Any) -> list[Any]:
        try:
            found = at(body, self.records)
        except KeyError:
            found = {}
        if found is None:
            return []
        if not isinstance(found, list):
            raise SourceError(f"{self.where}: the answer has no list at `records`; renamed there? correct `records` or ask the department")
        return found

    def _count(self, rows: list[Any]) -> None:
        digest = hashlib.blake2b(json.dumps(rows).encode(), digest_size=16).digest()
        self._seen[digest] += 1
        if self._seen[digest] == 1:
            self.distinct += len(rows)
        elif self._seen[digest] > MOST_REPEATS + 1:
            raise SourceError(f"{self.where}: the service sent the same page {self._seen[digest]} times; correct `page` or ask the department")
