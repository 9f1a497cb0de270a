"""`python -m hub.airflow.supervise`: keeps the four Airflow components of a trial running until it is told to stop.

A component that dies, however it dies, is started again after what was left of it is gone: tasks of a killed scheduler
are reset by the next one and run anew, which every stage allows.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.airflow import environment, processes

COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
SUPERVISOR = "supervisor"
GRACE = 8.0
"""Seconds components get to end by themselves."""
CALM = 60.0
"""A component that lived this long starts again without waiting."""
LONGEST = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass
class _Component:
    name: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = 0.0
    due: float = field(default=0.0)

    def tend(self, env: dict[str, str]) -> None:
        """Start the component when it is due; notice that it died."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            _say(f"{self.name} ended with {self.process.returncode}; starting it again")
            processes.kill(self.folder, [self.name])
            self.wait = 0.0 if now - self.started > CALM else min(LONGEST, self.wait * 2 or 1.0)
            self.process, self.due = None, now + self.wait
        if self.process is None and now >= self.due:
            self.started, self.process = now, self._start(env)
            processes.record(self.folder, self.name, self.process.pid)

    def _start(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        if self.name == "scheduler":
            env = env | {"PYTHONPATH": os.pathsep.join([str(environment.LOCAL), env["PYTHONPATH"]])}
        with (self.folder.parent / "logs" / f"{self.name}.log").open("ab") as output:
            command = [sys.executable, "-m", "airflow", *COMPONENTS[self.name]]
            alone = {"stdin": subprocess.DEVNULL, "start_new_session": True, "preexec_fn": _die_with_parent}
            return subprocess.Popen(command, env=env, stdout=output, stderr=output, **alone)  # type: ignore[call-overload,no-any-return]


def _die_with_parent() -> None:
    """A supervisor that is killed takes its components along (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _say(what: str) -> None:
    sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {what}\n")
    sys.stdout.flush()


def main() -> None:
    """Migrate the metadata database if need be, start the components and tend them."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, frame: stopping.append(got))
    where = environment.place()
    folder = where.home / "run"
    env = os.environ | environment.variables(where) | {"MALLOC_ARENA_MAX": "1"}  # glibc keeps an arena a thread: 50 MB here
    components = [_Component(name, folder) for name in COMPONENTS]
    processes.kill(folder, COMPONENTS)
    _migrate(where.home, env)
    while not stopping:
        for component in components:
            component.tend(env)
        time.sleep(0.5)
    processes.end(folder, COMPONENTS, seconds=GRACE)


def _migrate(home: Path, env: dict[str, str]) -> None:
    """Bring the metadata database up to date, once per version of Airflow and database: the command takes ten seconds."""
    from importlib.metadata import version

    marker = home / "migrated"
    wanted = f"{version('apache-airflow-core')} {environment.metadata_revision(env)}"
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=env, stdin=subprocess.DEVNULL, check=True)
    marker.write_text(f"{version('apache-airflow-core')} {environment.metadata_revision(env)}", encoding="utf-8")


if __name__ == "__main__":
    main()
