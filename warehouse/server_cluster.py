"""One data folder of the embedded server: making it, starting and stopping its processes, telling which are alive.

Under `warehouse.server`, which holds the folder's lock around every call.  What is alive is asked of /proc, not of
the pid file: after a kill or in a restarted container that file names a process that is dead, a zombie or a stranger.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hub.errors import RetryableError
from warehouse.server_account import account_of, reachable, real_folder
from warehouse.server_binaries import choose

USER = "guiyi"
CONF = "guiyi.conf"
LOG = "server.log"
START_SECONDS = 120.0
STOP_SECONDS = 60.0
_PROC = Path("/proc/self").exists()


@dataclass(frozen=True)
class Postmaster:
    """What the pid file of a live server says."""

    pid: int
    port: int
    ready: bool


def postmaster(data: Path) -> Postmaster | None:
    """Give the live server of a data folder, or None."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        found = Postmaster(int(lines[0]), int(lines[3]), len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return found if found.pid in processes(data) else None


def processes(data: Path) -> list[int]:
    """Give the ids of all server processes of a data folder (they have it as current folder)."""
    real = os.path.realpath(data)
    if not _PROC:
        return _by_pid_file(data)
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.readlink(f"/proc/{entry}/cwd") == real and Path("/proc", entry, "comm").read_text().startswith("postgres"):
                    found.append(int(entry))
            except OSError:
                continue  # ended meanwhile, or another user's: not ours
    return found


def create(data: Path, password: str) -> None:
    """Make a fresh data folder; it appears whole or not at all."""
    account = account_of(data)
    binaries = reachable(choose(data), data, account)
    real = real_folder(data, account)
    if real != data and real.exists():  # its installation was deleted by hand: nothing points here any more
        stop(real)
        shutil.rmtree(real)
    for left_over in real.parent.glob(f".{real.name}.*"):
        shutil.rmtree(left_over, ignore_errors=True)
    new = Path(tempfile.mkdtemp(dir=real.parent, prefix=f".{real.name}."))
    account.give(new)
    _initdb(binaries, account, new / "data", password, data.name)
    if real.is_dir() and not real.is_symlink():
        real.rmdir()  # an empty one was there
    (new / "data").rename(real)
    new.rmdir()
    if real != data:
        data.symlink_to(real)


def start(data: Path) -> Postmaster:
    """Start the server and wait until it takes connections; RetryableError when it does not within two minutes."""
    account = account_of(data)
    binaries = reachable(choose(data), data, account)
    deadline, said = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < deadline:
        alive = postmaster(data)
        if alive and alive.ready:
            return alive
        if processes(data):  # starting, recovering, or what a killed server left: it ends by itself
            time.sleep(0.1)
            continue
        (data / "postmaster.pid").unlink(missing_ok=True)  # no process has the folder: whoever the file names is a stranger
        _configure(data, account)
        command = [binaries.bindir / "pg_ctl", "start", "-D", data.resolve(), "-l", data.resolve() / LOG, "-w", "-t", "60", "-s"]
        code, said = account.run(command)
        if code:
            time.sleep(0.5)
    raise RetryableError(f"data folder {data.name}: PostgreSQL {binaries.version} does not start; {_last_line(data) or said.strip()}")


def stop(data: Path) -> bool:
    """Stop the server and wait until no process of it is left; say whether there was one."""
    started, running, sent = time.monotonic(), processes(data), None
    for pid in running:
        pass
    return bool(running)
