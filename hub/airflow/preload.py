"""What a scheduler (or Celery worker) does before its first task: see `local/airflow_local_settings.py`."""

from __future__ import annotations

import gc
import importlib
import logging
import time
from urllib.parse import urlsplit

import httpx
from airflow.configuration import conf

MODULES = (
    "great_expectations.data_context.types.base",
    "great_expectations.expectations.expectation_configuration",
    "great_expectations.expectations.metadata_types",
    "hub.airflow.stages",
    "hub.airflow.wait",
    "hub.pipeline",
)
API_SECONDS = 120.0


def load() -> None:
    """Import what tasks use, and keep the garbage collector off it for good.

    LocalExecutor freezes the heap while it forks and unfreezes it after; then every full collection would write to each
    object's header, and the scheduler would hold a copy of its own of all that it shares with its workers (150 MB).
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    gc.unfreeze = lambda: None


def wait_for_api() -> None:
    """Wait until the API server that tasks report to answers."""
    address = urlsplit(conf.get("core", "execution_api_server_url", fallback=""))
    deadline = time.monotonic() + API_SECONDS
    while address.netloc and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address.scheme}://{address.netloc}/api/v2/monitor/health", timeout=5.0).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
