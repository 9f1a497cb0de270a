"""Airflow, asked by the console: how it is, what it has of a source, and somebody to give orders to."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException

from hub.airflow.client import Client, Dag
from hub.airflow.reach import reach
from hub.errors import HubError
from mappings.source import Source


@dataclass(frozen=True)
class Answer:
    """What Airflow said: a DAG, that there is none, or why it says nothing."""

    up: bool
    url: str = ""
    dag: Dag | None = None
    said: str = ""


def ask(source: Source | None) -> Answer:
    """Ask Airflow how it is, and what it has of a source; never raises for an Airflow that is away."""
    try:
        client = reach()
        if client is None:
            return Answer(False, said="none")
        missing = client.unhealthy()
        if "api_server" in missing:
            return Answer(False, client.url, said="away")
        return Answer(not missing, client.url, client.dag(dag_of(source.source)) if source else None, ", ".join(missing))
    except HubError as error:
        return Answer(False, said=type(error).__name__)


def up() -> Client | None:
    """Give the client of an Airflow that is up, or None."""
    client = reach()
    return client if client and "api_server" not in client.unhealthy() else None


def needed() -> Client:
    """Give the client of an Airflow that is up; 409 without."""
    client = up()
    if client is None:
        raise HTTPException(409, "airflow")
    return client


def dag_of(source: str) -> str:
    """Name the DAG of a source."""
    return f"ingest_{source}"
