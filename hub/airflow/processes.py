"""Which processes are ours: each component leads a session of its own, and everything it forks stays in that session.

Tasks get process groups of their own from Airflow, so a group would not find them; the session does.  A session is
known by its file (leader's pid and start time), so that a number given to a stranger after a restart is not taken for ours.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil


def record(folder: Path, name: str, pid: int) -> None:
    """Note the leader of a component's session."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pid").write_text(json.dumps({"pid": pid, "started": psutil.Process(pid).create_time()}), encoding="utf-8")


def leader(folder: Path, name: str) -> int | None:
    """Give the pid of a component's leader if it is alive."""
    noted = _noted(folder / f"{name}.pid")
    return noted[0] if noted and _is(*noted) else None


def members(folder: Path, name: str) -> list[int]:
    """Give every living process of a component, its leader included."""
    noted = _noted(folder / f"{name}.pid")
    if noted is None:
        return []
    pid, started = noted
    if psutil.pid_exists(pid) and not _is(pid, started):
        return []  # the number belongs to somebody else now: a session would keep it from being given away
    return [member for member in psutil.pids() if _session(member) == pid and not _is_zombie(member)]


def end(folder: Path, names: Iterable[str], *, seconds: float) -> bool:
    """Ask components to end, then make them; say whether there was anything to end."""
    found = {name: members(folder, name) for name in names}
    for name in found:
        if head := leader(folder, name):
            _send(head, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while any(members(folder, name) for name in found) and time.monotonic() < deadline:
        time.sleep(0.1)
    kill(folder, found)
    for name in found:
        (folder / f"{name}.pid").unlink(missing_ok=True)
    return any(found.values())


def kill(folder: Path, names: Iterable[str]) -> None:
    """Kill what is left of components, and wait until it is gone."""
    for name in names:
        while left := members(folder, name):
            for pid in left:
                _send(pid, signal.SIGKILL)
            time.sleep(0.05)


def _noted(path: Path) -> tuple[int, float] | None:
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return noted["pid"], noted["started"]


def _is(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
