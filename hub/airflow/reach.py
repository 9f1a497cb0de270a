"""Which Airflow there is to speak to: the one `HUB_CONN_AIRFLOW` names, else this installation's own, if it was ever started."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit, urlunsplit

from hub import settings
from hub.airflow.client import Client
from hub.errors import ConfigError

USER = "admin"
SECONDS = 4.0


def reach() -> Client | None:
    """Give a client that answers soon or not at all, None where no Airflow is set up; starts nothing and makes no file."""
    given = settings.connection_uri("airflow")
    if given:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError("HUB_CONN_AIRFLOW: expected http://user:password@host:8080; correct it")
        address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        return Client(address, unquote(parts.username or ""), unquote(parts.password or ""), patience=1, seconds=SECONDS)
    place = settings.load().home / "airflow" / "place.json"
    if not place.exists():
        return None
    known = json.loads(place.read_text(encoding="utf-8"))
    return Client(f"http://127.0.0.1:{known['port']}", USER, known["password"], patience=1, seconds=SECONDS)
