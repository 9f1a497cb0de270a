"""Where the hub runs: the one place that reads the environment.

What the *data* is stands in `mappings/sources/*.yml`; secrets of a source come from `HUB_CONN_<NAME>` or
`AIRFLOW_CONN_<NAME>` (`connection_uri`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent


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
    crypto: str = "aes"
    """`HUB_CRYPTO`: `aes` (AES-256-GCM, HMAC-SHA256) or `sm4` (SM4-GCM, HMAC-SM3) for what is sealed from now on."""
    pg_bindir: str | None = None
    """`PG_BINDIR`: folder of the server binaries the embedded PostgreSQL shall use first."""
    pg_major: str | None = None
    """`HUB_PG_MAJOR`: major version of a fresh data folder (default: the newest found)."""

    @property
    def database(self) -> Path:
        """Data folder of the embedded server."""
        return self.home / "pg"


def load() -> Settings:
    """Read the settings from the environment, without touching disk or network."""
    env = os.environ
    home = Path(env.get("HUB_HOME") or REPO / "var").resolve()
    return Settings(
        home=home,
        database_url=env.get("DATABASE_URL") or None,
        sources=Path(env.get("HUB_SOURCES") or REPO / "mappings" / "sources").resolve(),
        store=env.get("HUB_STORE") or str(home / "store"),
        keys=env.get("HUB_KEYS") or str(home / "keys" / "kek"),
        county=Path(env.get("HUB_COUNTY") or home / "county").resolve(),
        crypto=env.get("HUB_CRYPTO") or "aes",
        pg_bindir=env.get("PG_BINDIR") or None,
        pg_major=env.get("HUB_PG_MAJOR") or None,
    )


def key_encryption_key() -> str | None:
    """Give `HUB_KEK` (base64 or hex of 32 bytes), kept out of `Settings` so that no repr can show it."""
    return os.environ.get("HUB_KEK") or None


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
