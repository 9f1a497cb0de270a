"""Where the hub runs: the one place that reads the environment.

What the *data* is stands in `mappings/sources/*.yml`; secrets of a source come from `HUB_CONN_<NAME>` or
`AIRFLOW_CONN_<NAME>` (`connection_uri`).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from hub.errors import ConfigError

REPO = Path(__file__).resolve().parent.parent
VARIABLES = (
    "HUB_HOME", "DATABASE_URL", "HUB_SOURCES", "HUB_STORE", "HUB_KEYS", "HUB_COUNTY", "HUB_AUDIT", "HUB_CRYPTO", "PG_BINDIR", "HUB_PG_MAJOR",
    "HUB_CONSOLE_HOSTS", "HUB_TIMEZONE", "HUB_GATE_TIMEOUT", "HUB_RETRY_DELAY", "HUB_SCHEDULES", "HUB_WEBHOOK", "HUB_SMTP_URL", "HUB_MAIL_TO",
)  # fmt: skip
"""What `Settings` is read from."""


@dataclass(frozen=True)
class Settings:
    """Paths and addresses of one installation; every field has an environment variable of the same meaning."""

    home: Path
    """`HUB_HOME`: everything the hub keeps on disk (default `var/` beside the code)."""
    database_url: str | None
    """`DATABASE_URL`: the warehouse; without it an embedded server runs under `home`."""
    sources: Path
    """`HUB_SOURCES`: the folder of source files (default `mappings/sources`)."""
    store: str
    """`HUB_STORE`: fsspec URL of landing and staging (default `home/store`)."""
    keys: str
    """`HUB_KEYS`: the file of the key-encryption key (default `home/keys/kek`), unless `HUB_KEK` holds it."""
    county: Path
    """`HUB_COUNTY`: the synthetic county (default `home/county`)."""
    audit: Path
    """`HUB_AUDIT`: the folder of the audit trail's seals, best on a disk of its own (default `home/audit`)."""
    crypto: str = "aes"
    """`HUB_CRYPTO`: `aes` (AES-256-GCM, HMAC-SHA256) or `sm4` (SM4-GCM, HMAC-SM3) for what is sealed from now on."""
    pg_bindir: str | None = None
    """`PG_BINDIR`: folder of the server binaries the embedded PostgreSQL shall use first."""
    pg_major: str | None = None
    """`HUB_PG_MAJOR`: major version of a fresh data folder (default: the newest found)."""
    console_hosts: tuple[str, ...] = ()
    """`HUB_CONSOLE_HOSTS`: names the console answers to besides localhost, with commas between."""
    timezone: str = "Asia/Shanghai"
    """`HUB_TIMEZONE`: the clock the schedules of the source files are read by."""
    gate_timeout: timedelta = timedelta(days=7)
    """`HUB_GATE_TIMEOUT`: how long a stopped batch waits for a person before it is rejected (`7d`, `36h`, `30m`, `90s`)."""
    retry_delay: timedelta = timedelta(minutes=1)
    """`HUB_RETRY_DELAY`: wait before a failed task is tried again; it doubles each time, up to half an hour."""
    schedules: bool = True
    """`HUB_SCHEDULES`: `off` lets DAGs run only when asked, as in a trial on a county whose clock stands still."""
    webhook: str | None = field(default=None, repr=False)
    """`HUB_WEBHOOK`: URL that incidents are posted to."""
    smtp_url: str | None = field(default=None, repr=False)
    """`HUB_SMTP_URL`: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…`."""
    mail_to: tuple[str, ...] = ()
    """`HUB_MAIL_TO`: who gets mail of incidents, with commas between."""

    @property
    def database(self) -> Path:
        """Data folder of the embedded server."""
        return self.home / "pg"


def load() -> Settings:
    """Read the settings from the environment, without touching disk or network."""
    return _read(tuple(os.environ.get(name) for name in VARIABLES))


@lru_cache(maxsize=4)
def _read(values: tuple[str | None, ...]) -> Settings:
    """Settings of an environment: asked for fifty times a page, read once."""
    env = dict(zip(VARIABLES, values, strict=True))
    home = Path(env.get("HUB_HOME") or REPO / "var").resolve()
    return Settings(
        home=home,
        database_url=env.get("DATABASE_URL") or None,
        sources=Path(env.get("HUB_SOURCES") or REPO / "mappings" / "sources").resolve(),
        store=env.get("HUB_STORE") or str(home / "store"),
        keys=env.get("HUB_KEYS") or str(home / "keys" / "kek"),
        county=Path(env.get("HUB_COUNTY") or home / "county").resolve(),
        audit=Path(env.get("HUB_AUDIT") or home / "audit").resolve(),
        crypto=env.get("HUB_CRYPTO") or "aes",
        pg_bindir=env.get("PG_BINDIR") or None,
        pg_major=env.get("HUB_PG_MAJOR") or None,
        console_hosts=tuple(filter(None, (host.strip() for host in (env.get("HUB_CONSOLE_HOSTS") or "").split(",")))),
        timezone=env.get("HUB_TIMEZONE") or "Asia/Shanghai",
        gate_timeout=duration("HUB_GATE_TIMEOUT", env.get("HUB_GATE_TIMEOUT") or "7d"),
        retry_delay=duration("HUB_RETRY_DELAY", env.get("HUB_RETRY_DELAY") or "1m"),
        schedules=env.get("HUB_SCHEDULES") != "off",
        webhook=env.get("HUB_WEBHOOK") or None,
        smtp_url=env.get("HUB_SMTP_URL") or None,
        mail_to=tuple(filter(None, (address.strip() for address in (env.get("HUB_MAIL_TO") or "").split(",")))),
    )


def duration(where: str, text: str) -> timedelta:
    """Read `36h`, `7d`, `30m` or `90s`; raises ConfigError naming `where`."""
    found = re.fullmatch(r"(\d+)([dhms])", text)
    if found is None:
        raise ConfigError(f"{where}: expected a number with d, h, m or s, as 36h; correct it")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def key_encryption_key() -> str | None:
    """Give the key-encryption key (base64 or hex of 32 bytes), kept out of `Settings` so that no repr can show it.

    From `HUB_KEK`, else from what the program in `HUB_KEK_COMMAND` prints: the hook for a KMS or a hardware module.
    """
    command = os.environ.get("HUB_KEK_COMMAND")
    return os.environ.get("HUB_KEK") or (_asked(command) if command else None)


@lru_cache(maxsize=1)
def _asked(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=60, check=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise ConfigError("HUB_KEK_COMMAND: did not give a key; run it by hand and mend what it says") from None
    return done.stdout.strip()


def connection_uri(name: str) -> str | None:
    """Give the address and credentials of connection `name` from the environment (or the county's own file).

    Looked up in order: `HUB_CONN_<NAME>`, `AIRFLOW_CONN_<NAME>` (URI or JSON, as Airflow writes them), then
    `connections.env` in the county folder, which `hub county` writes with mode 0600 for the trial systems.
    """
    key = name.upper()
    for variable in (f"HUB_CONN_{key}", f"AIRFLOW_CONN_{key}"):
        if os.environ.get(variable):
            return os.environ[variable]
    trial = load().county / "connections.env"
    if trial.is_file():
        for line in trial.read_text(encoding="utf-8").splitlines():
            variable, _, value = line.partition("=")
            if variable == f"HUB_CONN_{key}":
                return value
    return None
