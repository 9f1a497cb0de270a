"""The stages of the flow as Airflow operators; DAG files put them together, `hub.pipeline` does the work.

A task is given and gives a batch id, nothing else: no row, no count of a person, no value ever stands in an XCom, a log
or a rendered field.  The pipeline is imported when a task runs, for DAG files are parsed all the time.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import BaseOperator, Connection
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from hub import settings
from hub.airflow.guard import guarded
from hub.errors import ConfigError, StoppedError
from mappings.load import load_named
from mappings.source import Source

if TYPE_CHECKING:
    from warehouse.batches import Kind

log = logging.getLogger(__name__)
Context = Any
"""What Airflow hands to `execute`."""
TELL_EVERY = 10.0


class _Stage(BaseOperator):
    """A stage of one source; `batch_id` is a template or what the task before gave."""

    template_fields = ("batch_id",)

    def __init__(self, *, source: str, batch_id: Any = None, **kwargs: Any) -> None:
        super().__init__(on_failure_callback=failed, **kwargs)
        self.source, self.batch_id = source, batch_id

    def execute(self, context: Context) -> Any:
        """Do the stage; errors come out as Airflow's, without values."""
        if context["dag_run"].run_type == "scheduled" and not settings.load().schedules:
            raise AirflowSkipException("HUB_SCHEDULES is off: this Airflow runs DAGs only when asked")
        return guarded(self.work, context)

    def work(self, context: Context) -> Any:
        """Do the stage."""
        raise NotImplementedError


class Extract(_Stage):
    """Fetch a batch from the source and land it; gives its id."""

    ui_color = "#dbe9f4"

    def work(self, context: Context) -> str:
        """Fetch what is due; a backfill of a source that has no intervals is refused with the advice to replay."""
        from hub.pipeline import due_intervals, extract

        source = load_named(settings.load().sources, self.source)
        lend_connections(source)
        kind: Kind = "backfill" if context["dag_run"].run_type == "backfill" else "run"
        interval = interval_of(source, context)
        if interval is None and source.extract.mode == "dated":
            interval = due_intervals(source)[0]
        batch_id = extract(source, interval, kind, _Teller())
        log.info("batch %s is landed", batch_id)
        return batch_id


class Map(_Stage):
    """Map the landed rows to canonical records and stage them."""

    ui_color = "#e3f0dc"

    def work(self, context: Context) -> str:
        """Map by the source's file as it stands."""
        from hub.pipeline import map_batch

        return map_batch(self.batch_id, _Teller())


class Gate(_Stage):
    """Judge the staged batch; a stopped one waits, deferred, for a person's decision."""

    ui_color = "#f7e8c8"

    def work(self, context: Context) -> str:
        """Let the batch pass, or wait: approved it goes on, rejected the rest is skipped."""
        from hub.pipeline import gate, incidents

        try:
            gate(self.batch_id)
        except StoppedError as stop:
            stopped = stop
        else:
            return str(self.batch_id)
        incidents.watch()
        if _state(self.batch_id) == "rejected":
            raise AirflowSkipException(str(stopped))
        log.warning("%s", stopped)
        return self._wait()

    def _wait(self) -> str:
        from hub.airflow.wait import GateTrigger

        self.defer(trigger=GateTrigger.now(self.batch_id, settings.load().gate_timeout), method_name="decided")
        return str(self.batch_id)

    def decided(self, context: Context, event: str) -> Any:
        """Wake up: after the time limit reject in the name of `timeout`, then judge again from where the batch stands."""
        return guarded(self._decided, context, event)

    def _decided(self, context: Context, event: str) -> str:
        from hub.pipeline import reject

        if event == "timeout":
            limit = settings.load().gate_timeout
            with suppress(ConfigError):  # somebody decided in this very moment: that counts
                reject(self.batch_id, "timeout", f"no decision within {limit}")
        return self.work(context)


class Load(_Stage):
    """Publish what passed, in one transaction; emits the source's asset."""

    ui_color = "#d9ead3"

    def work(self, context: Context) -> str:
        """Publish; what was wrong with this source is over, and whoever was told is told so."""
        from hub.pipeline import incidents, load

        loaded = load(self.batch_id)
        for stream, counts in loaded.ledger.items():
            log.info("%s %s: %s", loaded.batch_id, stream, ", ".join(f"{state} {rows}" for state, rows in counts.items()))
        incidents.recovered(self.source)
        return str(self.batch_id)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Name what was read and written: streams of the source, tables of the core, column by column."""
        from hub.airflow.lineage import lineage_of

        return lineage_of(load_named(settings.load().sources, self.source))


class Resolve(_Stage):
    """Find the records that are one person; nothing to do when no batch, judgement or model is new."""

    ui_color = "#e6dcf0"

    def work(self, context: Context) -> None:
        """Resolve, one at a time."""
        from hub.pipeline import incidents
        from hub.pipeline.resolve import resolve

        resolved = resolve(_Teller())
        incidents.recovered(self.source)
        log.info("resolved: %s", resolved.counts if resolved.ran else "nothing new")


class Watch(_Stage):
    """Look at freshness, volume and what waits; tell of each incident once, and when it is over."""

    ui_color = "#f4dede"

    def work(self, context: Context) -> None:
        """Compare what is with what was told."""
        from hub.pipeline import incidents

        incidents.watch()


class Sample(_Stage):
    """Draw certain links for the audit, as many as the rules ask to be looked at."""

    ui_color = "#eee6d2"

    def work(self, context: Context) -> None:
        """Draw, in the name of the pipeline."""
        from hub.pipeline import sampling

        log.info("%d certain links drawn", sampling.draw_links("pipeline"))


def lend_connections(source: Source) -> None:
    """Put the Airflow connections a source names into this task's environment, where the hub looks for credentials.

    What the environment has already counts; a connection Airflow does not know is left for the connector to miss.
    """
    for options in (source.connector, *(stream.from_ for stream in source.streams)):
        name = options.get("connection")
        if name and settings.connection_uri(name) is None:
            with suppress(AirflowNotFoundException):
                os.environ[f"HUB_CONN_{name.upper()}"] = Connection.get(name).get_uri()


def interval_of(source: Source, context: Context) -> tuple[datetime, datetime] | None:
    """Give the day a run is for, from its `day` parameter or its data interval; None for what is due now.

    A day is midnight to midnight UTC, as the hub names intervals: the day on which Airflow's interval begins by the
    schedule's clock.
    """
    run, day = context["dag_run"], context["params"].get("day")
    if not day:
        asked = run.run_type == "backfill" or (run.run_type == "scheduled" and source.extract.mode == "dated")
        if not asked or run.data_interval_start is None:
            return None
        day = run.data_interval_start.astimezone(ZoneInfo(settings.load().timezone)).date().isoformat()
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return start, start + timedelta(days=1)


def failed(context: Context) -> None:
    """Record that a source failed for good (its retries are used up), and tell whoever wants to know.

    A refused backfill is no failure of the source.
    """
    from hub.pipeline import incidents

    task = context["task"]
    if context["dag_run"].run_type != "backfill" or _mode(task.source) == "dated":
        guarded(incidents.failed, task.source, task.task_id)


def _mode(source: str) -> str:
    return load_named(settings.load().sources, source).extract.mode


def _state(batch_id: str) -> str:
    from warehouse import batches
    from warehouse.db import connect

    with connect() as connection:
        return batches.get(connection, batch_id).state


class _Teller:
    """Logs how far a stage is, at most every ten seconds."""

    def __init__(self) -> None:
        self.at = monotonic()

    def __call__(self, what: str, rows: int) -> None:
        if monotonic() - self.at > TELL_EVERY:
            self.at = monotonic()
            log.info("%s: %s rows so far", what, f"{rows:,}")
