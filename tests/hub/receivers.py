"""Who is told: a webhook and a mail server on real sockets, which keep what they get."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@contextmanager
def served(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with served(HTTPServer(("127.0.0.1", 0), Receiver)) as port:
        yield port, got


@contextmanager
def mailbox() -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that takes everything (RFC 5321, no extensions)."""
    got: list[bytes] = []

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        body.append(text)
                    got.append(b"".join(body))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)) as port:
        yield port, got
