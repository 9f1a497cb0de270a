"""A private MariaDB: own data folder, own port on 127.0.0.1, own password, never as root, no options of the machine read."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pymysql

from county.systems.processes import end, free_port, is_ours
from hub.errors import RetryableError
from warehouse.server_account import account_of, real_folder

PROGRAMS = ("mariadbd", "mariadb-install-db", "my_print_defaults")
"""The last one is what the installation asks its settings of; Debian ships it with the client."""
START_SECONDS = 60.0
_SETTINGS = (
    "--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF", "--skip-log-bin", "--max-connections=40", "--general-log=0", "--log-warnings=0",
)  # fmt: skip


def programs() -> dict[str, str] | None:
    """Find the server's programs, in the administrator's folders too; None when one is missing."""
    found = {name: shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/mysql/bin") for name in PROGRAMS}
    return {name: path for name, path in found.items() if path} if all(found.values()) else None


def ensure(data: Path, database: str, user: str, password: str, port: int) -> int:
    """Start the server of a data folder, made first if need be, or attach to it; give its port."""
    pid, running = _running(data)
    if pid and running:
        _wait(database, user, password, running, pid, data)
        return running
    fresh = not (data / "mysql").is_dir()
    if fresh:
        _create(data)
    chosen = free_port(port)
    process = _launch(data.resolve(), chosen, _first_words(data.resolve(), database, user, password) if fresh else None)
    _wait(database, user, password, chosen, process, data)
    (data.resolve() / "first.sql").unlink(missing_ok=True)
    return chosen


def stop(data: Path) -> None:
    """Stop the server of a data folder and wait for it."""
    pid, _ = _running(data)
    if pid:
        end(pid, _mark(data))


def remove(data: Path) -> None:
    """Stop the server and delete its data folder, wherever it lies."""
    stop(data)
    if data.exists():
        shutil.rmtree(data.resolve())
    if data.is_symlink():
        data.unlink()


def _mark(data: Path) -> str:
    return f"--datadir={data.resolve()}"


def _running(data: Path) -> tuple[int, int]:
    """Give process and port of the running server (0, 0 when there is none)."""
    note = data / "county.pid"
    if not note.is_file():
        return 0, 0
    pid, _, port = note.read_text(encoding="ascii").partition(" ")
    return (int(pid), int(port)) if is_ours(int(pid), _mark(data)) else (0, 0)


INSTALLS = 3
"""Times the installation is begun before it counts as failed."""


def _create(data: Path) -> None:
    """Make the data folder as the account that will run the server; where that cannot reach, it lies elsewhere and is linked."""
    account = account_of(data)
    real = real_folder(data, account)
    for left_over in {data, real}:
        if left_over.is_symlink():
            left_over.unlink()
        elif left_over.exists():
            shutil.rmtree(left_over)
    real.mkdir(mode=0o700, parents=True)
    account.give(real)
    found = programs() or {}
    command = [found["mariadb-install-db"], "--no-defaults", f"--datadir={real}", "--skip-test-db", "--auth-root-authentication-method=normal"]
    for _ in range(INSTALLS):  # its bootstrap server gives up early on a machine under load
        code, said = account.run(command)
        if not code:
            break
        shutil.rmtree(real)
        real.mkdir(mode=0o700)
        account.give(real)
    else:
        last = (said.strip().splitlines() or ["nothing said"])[-1]
        raise RetryableError(f"county: mariadb-install-db ended with code {code} ({last}); look at the space under {data.name} and try again")
    if real != data:
        data.symlink_to(real)


def _first_words(real: Path, database: str, user: str, password: str) -> Path:
    """Write what the server runs once: the database, its user with a password, and no root without one."""
    path = real / "first.sql"
    path.write_text(
        f"ALTER USER root@localhost IDENTIFIED BY '{password}';\nCREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"
        f"CREATE USER IF NOT EXISTS {user}@'127.0.0.1' IDENTIFIED BY '{password}';\nGRANT ALL ON {database}.* TO {user}@'127.0.0.1';\n",
        encoding="ascii",
    )
    path.chmod(0o600)
    account_of(real).give(path)
    return path


def _launch(real: Path, port: int, first: Path | None) -> int:
    """Start the server in a session of its own, so that it outlives its starter."""
    uid, gid = account_of(real).ids or (None, None)
    command = [
        (programs() or {})["mariadbd"],
        *_SETTINGS,
        f"--datadir={real}",
        "--socket=county.sock",
        f"--port={port}",
        "--pid-file=mariadb.pid",
        "--log-error=mariadb.err",
    ]
    if first:
        command.append(f"--init-file={first}")
    process = subprocess.Popen(
        command, cwd="/", user=uid, group=gid, extra_groups=[] if uid else None, umask=0o077, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    (real / "county.pid").write_text(f"{process.pid} {port}", encoding="ascii")
    return process.pid


def _wait(database: str, user: str, password: str, port: int, pid: int, data: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not is_ours(pid, _mark(data)):
            break
        try:
            pymysql.connect(host="127.0.0.1", port=port, user=user, password=password, database=database, connect_timeout=5).close()
            return
        except pymysql.err.OperationalError:
            time.sleep(0.05)
    raise RetryableError(f"county: the MariaDB of {data.name} does not answer; its mariadb.err says why; start it again")
