"""One steward of `benchmarks.desk`: signed in, follows pages and forms as a browser does, chooses what to do by a stated mix."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter

import httpx

from benchmarks.desk_data import Asked
from tests.warehouse.people import PASSWORD, code

MIX = {
    "verdict and next case": 34, "claim next": 6, "case page": 8, "queue": 8, "queue filtered": 8, "queue, next page": 3, "undo": 3,
    "find by name": 5, "find by pinyin": 3, "find by number": 4, "person search": 4, "person page": 6, "overview": 4, "quarantine": 2, "pattern": 1, "loads": 1,
}  # fmt: skip
"""What stewards do, in parts of a hundred."""
FILTERS = ("kind=two_numbers", "kind=possible", "state=unsure", "state=documents", "whose=free", "whose=mine", "whose=escalated", "money=yes", "days=5",
           "source=medical", "source=police", "line=110", "area=529002", "kind=two_numbers&money=yes")  # fmt: skip
CASE, PERSON = r"/cases/(c[a-z2-7]{16})", r"/persons/(p[0-9a-z]{16})"


@dataclass(frozen=True)
class Timed:
    """One act: what, how long until its page was there, and the status it ended with (0: no answer)."""

    kind: str
    seconds: float
    status: int


class Steward:
    """A person at the desk, with a browser's cookies and the words of its last pages."""

    def __init__(self, name: str, secret: str, http: httpx.AsyncClient, asked: Asked, seed: int) -> None:
        self.name, self.secret, self.http, self.asked = name, secret, http, asked
        self.chance = random.Random(seed)
        self.word = self.page = self.case = ""
        self.cases: list[str] = []
        self.persons: list[str] = []
        self.further = "/cases"

    async def work(self, seconds: float, timed: list[Timed]) -> None:
        """Sign in, then act every eight to twelve seconds until the time is over."""
        await self._sign_in()
        end, kinds = perf_counter() + seconds, list(MIX)
        at = perf_counter() + self.chance.uniform(0, 10)
        while at < end:
            await asyncio.sleep(max(0.0, at - perf_counter()))
            [kind] = self.chance.choices(kinds, weights=list(MIX.values()))
            started = perf_counter()
            try:
                status = await self._act(kind)
            except httpx.HTTPError:
                status = 0
            timed.append(Timed(kind if status != -1 else "claim next", perf_counter() - started, 200 if status == -1 else status))
            at = started + self.chance.uniform(8, 12)
        await self.http.aclose()

    async def _sign_in(self) -> None:
        await self._get("/sign-in")
        await self._post("/sign-in", name=self.name, password=PASSWORD)
        answer = await self._post("/second-factor", code=code(self.secret))
        if answer.status_code != 200 or "csrf" not in answer.text:
            raise SystemExit(f"{self.name} could not sign in: {answer.status_code}")
        await self._get("/cases")

    async def _act(self, kind: str) -> int:
        """Do one thing and give the status of the page it led to; -1: there was no case to judge, so one was claimed."""
        acts: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
            "verdict and next case": self._verdict, "claim next": lambda: self._post("/cases/next"), "undo": self._undo, "pattern": self._pattern,
            "case page": lambda: self._get(f"/cases/{self.chance.choice(self.cases)}" if self.cases else "/cases"),
            "queue": lambda: self._get("/cases"), "queue filtered": lambda: self._get(f"/cases?{self.chance.choice(FILTERS)}"),
            "queue, next page": lambda: self._get(self.further), "find by name": lambda: self._find(self.chance.choice(self.asked.names)),
            "find by pinyin": lambda: self._find(self.chance.choice(self.asked.pinyin)),
            "find by number": lambda: self._find(self.chance.choice(self.asked.numbers)),
            "person search": lambda: self._post("/persons", q=self.chance.choice((*self.asked.names, *self.asked.numbers))),
            "person page": lambda: self._get(f"/persons/{self.chance.choice(self.persons or self.asked.persons)}"), "overview": lambda: self._get("/"),
            "quarantine": lambda: self._get("/quarantine"), "loads": lambda: self._get("/loads"),
        }  # fmt: skip
        if kind in ("verdict and next case", "undo") and not self.case:
            await self._post("/cases/next")
            return -1
        return (await acts[kind]()).status_code

    async def _verdict(self) -> httpx.Response:
        token = re.search(r'name="token" value="([^"]*)"', self.page)
        verdict = self.chance.choices(("same", "different", "unsure", "documents"), weights=(50, 40, 5, 5))[0]
        if token is None:  # it was decided meanwhile
            return await self._post("/cases/next")
        return await self._post(f"/cases/{self.case}/verdict", hx=True, verdict=verdict, token=token[1], reason="", comment="")

    async def _undo(self) -> httpx.Response:
        act = re.search(r'name="act" value="(\d+)"', self.page)
        return await self._post("/cases/undo", hx=True, act=act[1]) if act else await self._get(f"/cases/{self.case}")

    async def _pattern(self) -> httpx.Response:
        page = self.page if "/quarantine/pattern/" in self.page else (await self._get("/quarantine")).text
        found = re.findall(r'href="(/quarantine/pattern/[^"]+)"', page)
        return await self._get(self.chance.choice(found) if found else "/quarantine")

    async def _find(self, text: str) -> httpx.Response:
        return await self._post("/cases/find", text=text)

    async def _get(self, path: str) -> httpx.Response:
        return self._seen(await self.http.get(path, follow_redirects=True))

    async def _post(self, path: str, *, hx: bool = False, **values: str) -> httpx.Response:
        headers = {"hx-request": "true"} if hx else {}
        answer = await self.http.post(path, data={"csrf": self.word, **values}, headers=headers, follow_redirects=True)
        if "hx-redirect" in answer.headers:
            answer = await self.http.get(answer.headers["hx-redirect"], follow_redirects=True)
        return self._seen(answer)

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        """Keep what the next act needs of a page."""
        self.page = answer.text
        if word := re.search(r'name="csrf" value="([0-9a-f]{64})"', self.page):
            self.word = word[1]
        at = re.fullmatch(CASE, answer.headers.get("hx-push-url", answer.url.path))
        form = re.search(r'<form class="vform" id="verdict".*?</form>', self.page, re.DOTALL)
        self.case = at[1] if at and form and not re.search(r"<button[^>]* disabled[ >]", form[0]) else ""
        self.cases = re.findall(CASE, self.page)[:60] or self.cases
        self.persons = re.findall(PERSON, self.page)[:20] or self.persons
        if further := re.search(r'href="(/cases\?[^"]*after=[^"]+)"', self.page):
            self.further = further[1].replace("&amp;", "&")
        return answer
