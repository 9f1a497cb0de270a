"""A real browser on the real console: Chromium over HTTPS, signed in with TOTP, its pages photographed and held against axe-core."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from console.app import create_app
from console.serve import trial_certificate
from hub import settings
from tests.warehouse.people import PASSWORD, code

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PICTURES = settings.REPO / "var" / "test" / "pictures"
WIDTHS = {"1440": (1440, 900), "390": (390, 844)}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The console over TLS on a port of its own; gives its address."""
    certificate, key = trial_certificate(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    config = uvicorn.Config(
        create_app(), host="127.0.0.1", port=port, ssl_certfile=str(certificate), ssl_keyfile=str(key), log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the console did not start"
        time.sleep(0.05)
    yield f"https://localhost:{port}"
    server.should_exit = True
    thread.join(20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, "--disable-sync"])
        yield browser
        browser.close()


class Desk:
    """One person's browser: signed in, watching that no request leaves the machine and no script fails."""

    def __init__(self, browser: Browser, address: str, name: str, secret: str) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.strayed: list[str] = []
        self.failed: list[str] = []
        self.page.on("request", lambda request: None if request.url.startswith((address, "data:")) else self.strayed.append(request.url))
        self.page.on("pageerror", lambda error: self.failed.append(str(error)))
        self.page.on("console", lambda message: self.failed.append(message.text) if message.type == "error" else None)
        self.go("/sign-in")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_selector("input[name=code]")
        self.page.fill("input[name=code]", code(secret))
        self.page.press("input[name=code]", "Enter")
        self.page.wait_for_selector(".me")

    def go(self, path: str) -> None:
        """Open a page and wait until everything it fetches is there."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def look(self, what: str, choice: str) -> None:
        """Choose language, colours or density, as the account keeps it."""
        self.page.evaluate(
            """([what, choice]) => fetch("/account/look", {method: "POST", redirect: "manual", headers: {"Content-Type": "application/x-www-form-urlencoded"},
               body: new URLSearchParams({csrf: document.querySelector("[name=csrf]").value, what, choice, next: "/account"})})""",
            [what, choice],
        )

    def size(self, width: str) -> None:
        """Take the size of a desk (1440) or a phone (390)."""
        wide, high = WIDTHS[width]
        self.page.set_viewport_size({"width": wide, "height": high})

    def picture(self, name: str) -> Path:
        """Photograph the whole page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def faults(self) -> list[str]:
        """What axe-core calls serious or critical, in a line each."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found if one["impact"] in ("serious", "critical")]

    def too_wide(self) -> bool:
        """Whether the page itself scrolls sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))
