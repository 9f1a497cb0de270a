"""The service of civil affairs, run in a process of its own: `python civil_service.py FOLDER PORT` (standard library only, so it is small).

Paged JSON behind OAuth2 client credentials (RFC 6749 section 4.4), with the manners of such services: tokens that end in the middle, a 503 now and
then, and one page of a long listing sent a second time.  It reads `FOLDER/*.json` and notices when they change.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN_SECONDS = 60
TOKEN_REQUESTS = 12
BUSY_EVERY = 23
LARGEST_PAGE = 500
REPEATED_PAGE = 2
"""The page of a listing of more than three pages that comes twice."""

LISTS = ("deaths", "marriages", "relief")


class Service:
    """What the service knows: its lists, its client, the tokens it gave."""

    def __init__(self, folder: Path) -> None:
        note = json.loads((folder / "client.json").read_text(encoding="utf-8"))
        self.folder, self.client, self.secret = folder, note["client"], note["secret"]
        self.tokens: dict[str, tuple[float, int]] = {}
        self.lists: dict[str, tuple[float, list[dict[str, Any]]]] = {}
        self.requests = 0
        self.lock = threading.Lock()

    def token(self, client: str, secret: str) -> str | None:
        """Give a new token to who proves to be the client."""
        if not (secrets.compare_digest(client, self.client) and secrets.compare_digest(secret, self.secret)):
            return None
        token = secrets.token_urlsafe(24)
        with self.lock:
            now = time.monotonic()
            self.tokens = {t: state for t, state in self.tokens.items() if state[0] > now}
            self.tokens[token] = (now + TOKEN_SECONDS, TOKEN_REQUESTS)
        return token

    def admits(self, token: str) -> bool:
        """Count a request of a token; say whether it still lives."""
        with self.lock:
            ends, left = self.tokens.get(token, (0.0, 0))
            self.tokens[token] = (ends, left - 1)
            return time.monotonic() < ends and left > 0

    def busy(self) -> bool:
        """Say now and then that there is no time for this request."""
        with self.lock:
            self.requests += 1
            return self.requests % BUSY_EVERY == 0

    def items(self, name: str) -> list[dict[str, Any]]:
        """Give a list as its file holds it now."""
        path = self.folder / f"{name}.json"
        changed = path.stat().st_mtime_ns
        with self.lock:
            if self.lists.get(name, (0.0, []))[0] != changed:
                self.lists[name] = (changed, json.loads(path.read_text(encoding="utf-8")))
            return self.lists[name][1]

    def page(self, name: str, number: int, size: int, since: str) -> dict[str, Any]:
        """Give one page of the items changed since a stamp; of a long listing one page comes twice."""
        found = [item for item in self.items(name) if item["updatedAt"] >= since]
        pages = max(1, -(-len(found) // size))
        twice = pages > REPEATED_PAGE + 1
        at = number - 1 if not twice or number <= REPEATED_PAGE else number - 2
        items = found[at * size : (at + 1) * size]
        return {"page": number, "size": size, "total": len(found), "hasNext": number < pages + twice, "items": items}


class Requests(BaseHTTPRequestHandler):
    """One connection's requests."""

    protocol_version = "HTTP/1.1"
    service: Service

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Keep no log: addresses could hold what a caller should not have put there."""

    def do_POST(self) -> None:
        """Give tokens."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        if urlsplit(self.path).path != "/oauth/token":
            return self._answer(HTTPStatus.NOT_FOUND, {"error": "not_found"})
        form = {key: values[0] for key, values in parse_qs(body).items()}
        if form.get("grant_type") != "client_credentials":
            return self._answer(HTTPStatus.BAD_REQUEST, {"error": "unsupported_grant_type"})
        client, secret = self._basic() or (form.get("client_id", ""), form.get("client_secret", ""))
        token = self.service.token(client, secret)
        if token is None:
            return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client"}, {"WWW-Authenticate": "Basic"})
        return self._answer(HTTPStatus.OK, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def do_GET(self) -> None:
        """Give pages."""
        address = urlsplit(self.path)
        if address.path == "/health":
            return self._answer(HTTPStatus.OK, {"status": "ok"})
        name = address.path.removeprefix("/api/v1/")
        if address.path == name or name not in LISTS:
            return self._answer(HTTPStatus.NOT_FOUND, {"error": "not_found"})
        if not self.service.admits(self.headers.get("Authorization", "").removeprefix("Bearer ")):
            return self._answer(HTTPStatus.UNAUTHORIZED, {"error": "invalid_token"}, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if self.service.busy():
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "busy"}, {"Retry-After": "1"})
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        try:
            number, size = int(query.get("page", "1")), int(query.get("size", "200"))
        except ValueError:
            number = size = 0
        if number < 1 or not 1 <= size <= LARGEST_PAGE:
            return self._answer(HTTPStatus.BAD_REQUEST, {"error": "page and size must be whole numbers, size at most 500"})
        return self._answer(HTTPStatus.OK, self.service.page(name, number, size, query.get("updatedSince", "")))

    def _basic(self) -> tuple[str, str] | None:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        client, _, secret = base64.b64decode(value).decode("utf-8", "replace").partition(":")
        return client, secret

    def _answer(self, status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def serve(folder: Path, port: int) -> None:
    """Serve until ended."""
    handler = type("Bound", (Requests,), {"service": Service(folder)})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
