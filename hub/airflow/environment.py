"""The environment of the trial's Airflow: every setting its processes get, its port and its secrets.

Metadata live in a database of their own beside the warehouse, everything is bound to 127.0.0.1, and nothing is read from
an `airflow.cfg`.  The values are explained where a measurement stands behind them.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from hub import settings
from hub.errors import RetryableError
from warehouse import server

LOCAL = Path(__file__).parent / "local"
"""Folder of `airflow_local_settings.py`; on the scheduler's path only."""
USER = "admin"
METADATA = "airflow"


@dataclass(frozen=True)
class Place:
    """One installation's Airflow: its folder, port and secrets."""

    home: Path
    port: int
    password: str = field(repr=False)
    jwt: str = field(repr=False)
    fernet: str = field(repr=False)

    @property
    def url(self) -> str:
        """Address of the web interface and its REST API."""
        return f"http://127.0.0.1:{self.port}"


def place() -> Place:
    """Give the Airflow of this installation; the first call makes its folder, port and secrets (one file, mode 0600)."""
    home = settings.load().home / "airflow"
    path = home / "place.json"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        made = {"port": _free_port(), "password": secrets.token_urlsafe(12), "jwt": secrets.token_hex(32)}
        made["fernet"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        _write(path, made)
        _write(home / "passwords.json", {USER: made["password"]})
    return Place(home, **json.loads(path.read_text(encoding="utf-8")))


def move(where: Place) -> Place:
    """Give the place with a port nobody listens on: its own one, or another when that is taken."""
    if not _taken(where.port):
        return where
    path = where.home / "place.json"
    _write(path, {**json.loads(path.read_text(encoding="utf-8")), "port": _free_port()})
    return place()


def variables(where: Place) -> dict[str, str]:
    """Give the environment of every Airflow process (also of `hub airflow run …`), on top of the caller's own."""
    found = settings.load()
    metadata = _metadata_url(found)
    asked: dict[str, Any] = {
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__DAGS_FOLDER": where.home / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__PARALLELISM": max(2, min(8, (os.cpu_count() or 2) + 1)),
        "CORE__MAX_ACTIVE_TASKS_PER_DAG": 8,
        "CORE__DEFAULT_TIMEZONE": found.timezone,
        "CORE__FERNET_KEY": where.fernet,
        "CORE__EXECUTION_API_SERVER_URL": f"{where.url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": where.home / "passwords.json",
        "CORE__DAGBAG_IMPORT_ERROR_TRACEBACK_DEPTH": 0,
        "API__HOST": "127.0.0.1",
        "API__PORT": where.port,
        "API__WORKERS": 1,
        "API__MAXIMUM_PAGE_LIMIT": 500,
        "API__BASE_URL": where.url,
        "API__SECRET_KEY": where.jwt,
        "API_AUTH__JWT_SECRET": where.jwt,
        "DATABASE__SQL_ALCHEMY_CONN": metadata,
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": metadata,  # psycopg does both; left alone, Airflow would want asyncpg
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([BUNDLE]),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": where.home / "bundles",
        "DAG_PROCESSOR__REFRESH_INTERVAL": 10,
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 300,  # a changed source changes its DAG file, which is parsed at once
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "LOGGING__BASE_LOG_FOLDER": where.home / "logs",
        "LOGGING__NAMESPACE_LEVELS": "great_expectations=WARNING httpx=WARNING airflow.providers.openlineage=WARNING openlineage=WARNING",
        "OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(where.home / "lineage" / "events.jsonl"), "append": True}),
        "OPENLINEAGE__NAMESPACE": "guiyi",
        # A scheduler that was killed is noticed, and its tasks are taken up again, within a minute instead of ten.
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": 20,
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 20,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 10,
        "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    path = os.pathsep.join(filter(None, [str(settings.REPO), os.environ.get("PYTHONPATH")]))
    return {"AIRFLOW_HOME": str(where.home), "PYTHONPATH": path, **{f"AIRFLOW__{name}": str(value) for name, value in asked.items()}}


BUNDLE = {"name": "hub", "classpath": "hub.airflow.bundle.SourceBundle", "kwargs": {}}
"""Where DAG files come from, as Airflow's setting `dag_bundle_config_list` wants it."""


def _metadata_url(found: settings.Settings) -> str:
    """The metadata database: beside the embedded warehouse, or `AIRFLOW__DATABASE__SQL_ALCHEMY_CONN` as it is set."""
    given = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    if given:
        return given
    embedded = server.ensure(found.database)
    server.create_database(embedded, METADATA)
    return embedded.url_of(METADATA).replace("postgresql://", "postgresql+psycopg://", 1)


def metadata_revision(env: dict[str, str]) -> str:
    """Give the revision of the metadata database's tables, empty for a new one."""
    url = env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg", "", 1)
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("select version_num from alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return ""
    except psycopg.OperationalError:
        raise RetryableError("Airflow's metadata database: no connection; is the server up?") from None
    return str(row[0]) if row else ""


def _write(path: Path, value: dict[str, Any]) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file)
    new.replace(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
