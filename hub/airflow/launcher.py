"""Start and stop the trial's Airflow: four components under one supervisor, found again by whoever asks next."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from hub import settings
from hub.airflow import environment, processes
from hub.airflow.client import Client
from hub.airflow.supervise import COMPONENTS, GRACE, SUPERVISOR
from hub.errors import FatalError

START_SECONDS = 240.0
NAMES = (SUPERVISOR, *COMPONENTS)


@dataclass(frozen=True)
class Running:
    """A running Airflow: where it answers and how to sign in."""

    url: str
    user: str
    password: str = field(repr=False)

    def client(self) -> Client:
        """Give a client of its REST API."""
        return Client(self.url, self.user, self.password)


def begin() -> None:
    """Start Airflow without waiting for it; one that runs is left alone. Of callers at once, one starts it."""
    with _locked():
        where = environment.place()
        folder = where.home / "run"
        if processes.leader(folder, SUPERVISOR):
            return
        processes.kill(folder, COMPONENTS)
        where = environment.move(where)
        logs = where.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        (where.home / "lineage").mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, [str(settings.REPO), os.environ.get("PYTHONPATH")]))
        with (logs / "supervisor.log").open("ab") as output:
            command = [sys.executable, "-m", "hub.airflow.supervise"]
            alone = {"stdin": subprocess.DEVNULL, "start_new_session": True, "env": os.environ | {"PYTHONPATH": path}}
            process = subprocess.Popen(command, stdout=output, stderr=output, **alone)  # type: ignore[call-overload]
        processes.record(folder, SUPERVISOR, process.pid)


@contextmanager
def _locked() -> Iterator[None]:
    path = settings.load().home / "airflow.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def start(tell: Callable[[str, int], None] = lambda what, rows: None) -> Running:
    """Start Airflow and wait until it is healthy; raises FatalError with the log to read when it is not in time."""
    begin()
    where = environment.place()
    running = Running(where.url, environment.USER, where.password)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        missing = running.client().unhealthy()
        if not missing:
            return running
        tell(f"waiting for {', '.join(missing)}", 0)
        if not processes.leader(where.home / "run", SUPERVISOR):
            raise FatalError(f"Airflow's supervisor ended; {where.home / 'logs' / 'supervisor.log'} says why")
        time.sleep(1.0)
    raise FatalError(f"Airflow is not healthy after {START_SECONDS:.0f} s; its logs are in {where.home / 'logs'}")


def stop() -> bool:
    """Stop Airflow and whatever it started; say whether there was anything to stop."""
    folder = environment.place().home / "run"
    there = processes.end(folder, [SUPERVISOR], seconds=GRACE + 5)
    return processes.end(folder, COMPONENTS, seconds=1) or there


@dataclass(frozen=True)
class Component:
    """A component's processes and their memory."""

    name: str
    processes: int
    megabytes: float
    """proportional set size: memory shared by forks counts once"""


def status() -> list[Component]:
    """Give the processes of Airflow that run now."""
    folder = environment.place().home / "run"
    found = []
    for name in NAMES:
        pids = processes.members(folder, name)
        found.append(Component(name, len(pids), sum(map(_memory, pids)) / 2**20))
    return found


def _memory(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return 0.0
