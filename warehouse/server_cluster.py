"""One data folder of the embedded server: making it, starting and stopping its processes, telling which are alive.

Under `warehouse.server`, which holds the folder's lock around every call that changes something.  What is alive is
asked of /proc, not of the pid file: after a kill, or in a restarted container, that file names a process that is dead,
a zombie or a stranger.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hub.errors import FatalError, RetryableError
from warehouse.server_account import Account, account_of, reachable, real_folder
from warehouse.server_binaries import Binaries, choose

USER = "guiyi"
LOG = "server.log"
START_SECONDS = 120.0
_SETTINGS = Path(__file__).with_name("server.conf").read_text(encoding="utf-8")
_CONF = "guiyi.conf"
_STOPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""How a server is asked to stop, and how long each is waited for: fast, immediate, not at all."""


@dataclass(frozen=True)
class Postmaster:
    """What the pid file of a live server says; `started` (epoch seconds) tells it from an earlier one of the same id."""

    pid: int
    started: int
    port: int
    ready: bool


def postmaster(data: Path) -> Postmaster | None:
    """Give the live server of a data folder, or None."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        found = Postmaster(int(lines[0]), int(lines[2]), int(lines[3]), lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):  # none, or being written
        return None
    return found if _serves(found.pid, os.path.realpath(data)) else None


def processes(data: Path) -> list[int]:
    """Give the ids of all server processes of a data folder, also of those a killed server left behind."""
    real = os.path.realpath(data)
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and _serves(int(entry), real)]


def create(data: Path, password: str) -> None:
    """Make a fresh data folder; it appears whole or not at all."""
    account = account_of(data)
    binaries = reachable(choose(data), data, account)
    real = real_folder(data, account)
    if real != data and real.exists():  # its installation was deleted by hand: nothing points here any more
        stop(real)
        shutil.rmtree(real)
    new = Path(tempfile.mkdtemp(dir=real.parent, prefix=f".{real.name}."))
    account.give(new)
    _initdb(binaries, account, new, password)
    for left_over in set(real.parent.glob(f".{real.name}.*")) - {new}:
        _clear(left_over)
    if data.is_symlink():
        data.unlink()
    elif data.exists():
        data.rmdir()
    (new / "data").rename(real)
    shutil.rmtree(new)
    if real != data:
        data.symlink_to(real)


def start(data: Path) -> Postmaster:
    """Start the server and wait until it takes connections; RetryableError when it does not within two minutes."""
    account = account_of(data)
    binaries = reachable(choose(data), data, account)
    real = data.resolve()
    deadline, said = time.monotonic() + START_SECONDS, ""
    while time.monotonic() < deadline:
        alive = postmaster(data)
        if alive and alive.ready:
            return alive
        if processes(data):  # it is starting or recovering, or a killed one left them: they end by themselves
            time.sleep(0.1)
            continue
        (real / "postmaster.pid").unlink(missing_ok=True)  # nobody serves this folder: whoever the file names is a stranger
        _configure(real, account)
        code, said = account.run([binaries.bindir / "pg_ctl", "start", "-D", real, "-l", real / LOG, "-w", "-t", "60", "-s"])
        if code:
            time.sleep(0.5)
    raise RetryableError(f"data folder {data.name}: PostgreSQL {binaries.version} does not start; {_last_line(real / LOG) or said.strip()}")


def stop(data: Path) -> bool:
    """Stop the server and wait until no process of it is left; say whether there was one."""
    if not processes(data):
        return False
    for number, seconds in _STOPS:
        head = postmaster(data)
        for pid in [head.pid] if head and number != signal.SIGKILL else processes(data):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not processes(data):
                return True
            time.sleep(0.02)
    raise FatalError(f"data folder {data.name}: server processes do not end, not even by SIGKILL; look at the disk under them")


def _serves(pid: int, real: str) -> bool:
    """A server process has its data folder as current folder; a zombie has none."""
    try:
        return os.readlink(f"/proc/{pid}/cwd") == real and Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").startswith("postgres")
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False


def _initdb(binaries: Binaries, account: Account, new: Path, password: str) -> None:
    secret = new / "password"
    secret.touch(mode=0o600)
    account.give(secret)
    secret.write_text(password, encoding="ascii")
    options = ["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions"]
    code, said = account.run([binaries.bindir / "initdb", "-D", new / "data", "--pwfile", secret, *options])
    if code:
        shutil.rmtree(new)
        raise FatalError(f"initdb of PostgreSQL {binaries.version} failed; {said.strip().splitlines()[-1] if said.strip() else f'exit code {code}'}")
    with (new / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"\ninclude '{_CONF}'\n")


def _clear(left_over: Path) -> None:
    """Remove what a killed attempt left; its initdb may still be writing there, for no longer than ours took."""
    for _ in range(50):
        shutil.rmtree(left_over, ignore_errors=True)
        if not left_over.exists():
            return
        time.sleep(0.1)


def _configure(real: Path, account: Account) -> None:
    """Write the settings and a port that is free now: the one of the last start if possible."""
    conf = real / _CONF
    before = re.search(r"^port = (\d+)$", conf.read_text(encoding="utf-8"), re.MULTILINE) if conf.exists() else None
    port = _free_port(int(before[1]) if before else 0)
    conf.write_text(f"{_SETTINGS}port = {port}\n", encoding="utf-8")
    account.give(conf)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a port in TIME_WAIT is free
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RetryableError("no free TCP port on 127.0.0.1")


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else ""
