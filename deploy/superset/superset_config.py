"""Superset's settings: its own login role in the warehouse sees one project, so a hole in Superset shows nobody."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

SECRET_KEY = Path("/run/secrets/superset_key").read_text(encoding="utf-8").strip()
SQLALCHEMY_DATABASE_URI = "sqlite:////app/superset_home/superset.db"
ROW_LIMIT, SQL_MAX_ROW = 10_000, 10_000
SQLLAB_TIMEOUT = 60
PREVENT_UNSAFE_DB_CONNECTIONS = True
TALISMAN_ENABLED = True
FEATURE_FLAGS = {"ALERT_REPORTS": False}


def DB_CONNECTION_MUTATOR(uri: Any, params: dict[str, Any], *_: Any) -> tuple[Any, dict[str, Any]]:  # noqa: N802 - Superset's name
    """Put the reader's password in, which stands in no file of Superset."""
    password = Path("/run/secrets/superset_reader").read_text(encoding="utf-8").strip()
    return uri.set(password=quote(password, safe="")), params
