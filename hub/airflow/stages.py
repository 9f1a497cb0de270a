"""The stages of the flow as Airflow operators; DAG files put them together, `hub.pipeline` does the work.

A task is given and gives a batch id, nothing else: no row, no count of a person, no value ever stands in an XCom, a log
or a rendered field.  The pipeline is imported when a task runs, for DAG files are parsed all the time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from hub import settings
from hub.airflow.guard import guarded
from hub.errors import StoppedError
from mappings.source import Source

log = logging.getLogger(__name__)
Context = Any
"""What Airflow hands to `execute`."""
DAY = timedelta(days=1)
TELL_EVERY = 10.0


class _Stage(BaseOperator):  # type: ignore[misc]
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
        from mappings.load import load_named

        source = load_named(settings.load().sources, self.source)
        kind = "backfill" if context["dag_run"].run_type == "backfill" else "run"
        interval = interval_of(source, context)
        if interval is None and source.extract.mode == "dated":
            interval = due_intervals(source)[0]
        batch_id = extract(source, interval, kind, tell)
        log.info("batch %s is landed", batch_id)
        return batch_id


class Map(_Stage):
    """Map the landed rows to canonical records and stage them."""

    ui_color = "#e3f0dc"

    def work(self, context: Context) -> str:
        """Map by the source's file as it stands."""
        from hub.pipeline import map_batch

        return map_batch(self.batch_id, tell)


class Gate(_Stage):
    """Judge the staged batch; a stopped one waits, deferred, for a person's decision."""

    ui_color = "#f7e8c8"

    def work(self, context: Context) -> str:
        """Let the batch pass, or wait: approved it goes on, rejected the rest is skipped."""
        from hub.pipeline import gate, reports

        try:
            gate(self.batch_id)
        except StoppedError as stop:
            if reports.is_rejected(self.batch_id):
                raise AirflowSkipException(str(stop)) from None
            log.warning("%s", stop)
        else:
            return str(self.batch_id)
        reports.report()
        return self._wait()

    def _wait(self) -> str:
        from hub.airflow.wait import GateTrigger

        self.defer(trigger=GateTrigger.now(self.batch_id, settings.load().gate_timeout), method_name="decided")
        return str(self.batch_id)

    def decided(self, context: Context, event: str) -> Any:
        """Wake up: after the time limit reject in the name of `timeout`, then judge again from where the batch stands."""
        return guarded(self._decided, context, event)

    def _decided(self, context: Context, event: str) -> str:
        from hub.pipeline import reports

        if event == "timeout":
            reports.reject_overdue(self.batch_id)
        return self.work(context)


class Load(_Stage):
    """Publish what passed, in one transaction; emits the source's asset."""

    ui_color = "#d9ead3"

    def work(self, context: Context) -> str:
        """Publish; what was wrong with this source is over, and whoever was told is told so."""
        from hub.pipeline import load, reports

        loaded = load(self.batch_id)
        for stream, counts in loaded.ledger.items():
            log.info("%s %s: %s", loaded.batch_id, stream, ", ".join(f"{state} {rows}" for state, rows in counts.items()))
        reports.report()
        return str(self.batch_id)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Name what was read and written: streams of the source, tables of the core, column by column."""
        from hub.airflow.lineage import lineage_of
        from mappings.load import load_named

        return lineage_of(load_named(settings.load().sources, self.source))


class Resolve(_Stage):
    """Find the records that are one person; nothing to do when no batch, judgement or model is new."""

    ui_color = "#e6dcf0"

    def work(self, context: Context) -> None:
        """Resolve, one at a time."""
        from hub.pipeline.resolve import resolve

        resolved = resolve(tell)
        log.info("resolved: %s", resolved.counts if resolved.ran else "nothing new")


class Watch(_Stage):
    """Look at freshness, volume and what waits; tell of each incident once, and when it is over."""

    ui_color = "#f4dede"

    def work(self, context: Context) -> None:
        """Compare what is with what was told."""
        from hub.pipeline import reports

        reports.report()


def interval_of(source: Source, context: Context) -> tuple[datetime, datetime] | None:
    """Give the day a run is for, from its `day` parameter or its data interval; None for what is due now.

    A day is midnight to midnight UTC, as the hub names intervals: the day on which Airflow's interval begins by the
    schedule's clock.
    """
    from hub.pipeline.intervals import day_interval

    run, day = context["dag_run"], context["params"].get("day")
    if day:
        return day_interval(day)
    asked = run.run_type == "backfill" or (run.run_type == "scheduled" and source.extract.mode == "dated")
    if not asked or run.data_interval_start is None:
        return None
    return day_interval(run.data_interval_start.astimezone(ZoneInfo(settings.load().timezone)).date().isoformat())


def failed(context: Context) -> None:
    """Record that a source failed for good (its retries are used up) and tell whoever wants to know."""
    from hub.pipeline import reports

    task, run = context["task"], context["dag_run"]
    if run.run_type == "backfill" and not reports.backfills(task.source):
        return  # refused, not failed
    guarded(reports.report_failure, task.source, task.task_id)


_told = 0.0


def tell(what: str, rows: int) -> None:
    """Log how far a stage is, at most every ten seconds."""
    global _told
    if monotonic() - _told > TELL_EVERY:
        _told = monotonic()
        log.info("%s: %s rows so far", what, f"{rows:,}")


def source_name(path: str) -> str:
    """Give the source a file declares: its stem, which loading enforces."""
    return Path(path).stem
