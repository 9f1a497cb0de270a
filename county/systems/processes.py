"""Processes of the county that outlive their maker: found again by a note beside their data, stopped only when they are surely ours."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from hub.errors import RetryableError


def free_port(wanted: int = 0) -> int:
    """Give a free port on 127.0.0.1: the wanted one while nobody has it."""
    for port in (wanted, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RetryableError("no free port on 127.0.0.1; close some programs and try again")


def write_note(path: Path, note: dict[str, Any]) -> None:
    """Write a note that only its owner reads."""
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(note, file)
    new.replace(path)


def read_note(path: Path) -> dict[str, Any]:
    """Read a note; empty when there is none."""
    note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return note


def is_ours(pid: int, mark: str) -> bool:
    """Say whether a process lives and carries our mark in its command line."""
    try:
        return mark in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace") and not _is_zombie(pid)
    except OSError:
        return False


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] == "Z"


def end(pid: int, mark: str, patience: float = 20.0) -> None:
    """Ask a process of ours to end, wait for it, and end it hard when it does not."""
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        if not is_ours(pid, mark):
            break
        os.kill(pid, sign)
        deadline = time.monotonic() + seconds
        while is_ours(pid, mark) and time.monotonic() < deadline:
            time.sleep(0.02)
    _reap(pid)


def _reap(pid: int) -> None:
    """Take a child's exit status so that no zombie stays."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
