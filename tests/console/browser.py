"""A browser without a screen: follows pages and forms of the console as a person would."""

from __future__ import annotations

import re
from functools import cache

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from console.app import create_app
from tests.warehouse.people import PASSWORD, code

ORIGIN = "https://localhost"


@cache
def the_app() -> FastAPI:
    """Give the application all browsers of a process share; it keeps nothing of one test for the next."""
    return create_app()


class Browser:
    """One person's browser: cookies, and the word of the last form."""

    def __init__(self) -> None:
        self.http = TestClient(the_app(), base_url=ORIGIN, follow_redirects=False, headers={"accept-language": "en"})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def word(self, path: str = "/sign-in") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.get(path).text)
        assert found, path
        return found[1]

    def post(self, path: str, form: str = "/account", **values: object) -> httpx.Response:
        """Fill the form of a page and send it."""
        return self.http.post(path, data={"csrf": self.word(form), **values}, headers={"origin": ORIGIN})

    def sign_in(self, name: str, secret: str = "", password: str = PASSWORD) -> httpx.Response:
        answer = self.post("/sign-in", "/sign-in", name=name, password=password)
        if answer.status_code == 303 and secret:
            answer = self.post("/second-factor", "/second-factor", code=code(secret))
        return answer

    @property
    def cookie(self) -> str | None:
        return self.http.cookies.get("__Host-guiyi")
