"""The console served over TLS on a port of its own, and real Chromium before it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from console.app import create_app
from console.serve import trial_certificate
from tests.warehouse.people import PASSWORD, code

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the console and give its address."""
    certificate, key = trial_certificate(folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(create_app(), ssl_certfile=certificate, ssl_keyfile=key, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"https://localhost:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield browser
        browser.close()


def opened(browser: Browser, address: str, strangers: list[str], width: int = 1440, state: StorageState | None = None) -> BrowserContext:
    """A browser window, signed in where a state is given; requests to anybody but the console are noted in `strangers`."""
    view = {"width": width, "height": 900}
    context = browser.new_context(ignore_https_errors=True, viewport=view, locale="zh-CN", base_url=address, storage_state=state)  # type: ignore[arg-type]
    context.on("request", lambda request: None if urlsplit(request.url).hostname in ("localhost", None) else strangers.append(request.url))
    return context


def sign_in(page: Page, name: str, secret: str) -> None:
    """Sign in with password and code, by keyboard alone."""
    page.goto("/cases")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    page.keyboard.type(code(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-rows]")
