"""One DAG per source file: `ingest_<source>`, extract → map → gate → load, on the schedule and in the mode of its YAML.

Parsed all the time: only `airflow.sdk`, the declaration and the operators are imported here.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, CronTriggerTimetable, Param

from hub import settings
from hub.airflow.stages import Extract, Gate, Load, Map
from mappings.load import load_source
from mappings.source import Source

LONGEST = timedelta(minutes=30)
"""Wait between two tries at most."""


def asset(source: str) -> Asset:
    """Give the asset a source's load updates; `resolve` waits for them."""
    return Asset(name=f"core/{source}", uri=f"guiyi://warehouse/core/{source}", group="guiyi")


def ingest(path: str) -> DAG:
    """Build the DAG of a source file; ConfigErrors of a broken one are shown by Airflow as that file's import error."""
    source = load_source(Path(path))
    found = settings.load()
    dated = source.extract.mode == "dated"
    defaults = {
        "owner": source.steward,
        "retries": 4,
        "retry_delay": found.retry_delay,
        "retry_exponential_backoff": True,
        "max_retry_delay": LONGEST,
    }
    with DAG(
        dag_id=f"ingest_{source.source}",
        dag_display_name=f"{source.department.zh} {source.source}",
        description=f"{source.department.en}: {source.connector['type']}, {source.extract.mode}",
        doc_md=describe(source),
        schedule=(CronDataIntervalTimetable if dated else CronTriggerTimetable)(source.schedule, timezone=found.timezone),
        catchup=False,
        max_active_runs=1,
        default_args=defaults,
        owner_links={source.steward: f"mailto:{source.steward}"} if "@" in source.steward else {},
        tags={"ingest", source.extract.mode, source.connector["type"], source.department.en},
        params={"day": Param(None, type=["null", "string"], format="date", description="one day to fetch (YYYY-MM-DD); empty: what is due")} if dated else {},
    ) as dag:
        extract = Extract(task_id="extract", source=source.source, execution_timeout=timedelta(hours=4))
        mapped = Map(task_id="map", source=source.source, batch_id=extract.output, execution_timeout=timedelta(hours=2))
        gate = Gate(task_id="gate", source=source.source, batch_id=mapped.output, execution_timeout=timedelta(hours=2))
        Load(task_id="load", source=source.source, batch_id=gate.output, execution_timeout=timedelta(hours=2), outlets=[asset(source.source)])
    return dag


def describe(source: Source) -> str:
    """Write the page Airflow shows for a DAG."""
    limits = source.expectations
    again = (
        f"`airflow backfill create --dag-id ingest_{source.source} --from-date 2026-11-01 --to-date 2026-12-01` for November, in any order"
        if source.extract.mode == "dated"
        else f"no backfill (the source has no intervals): `hub replay {source.source}` takes the landed batches through the mapping again"
    )
    entities = {stream.stream: ", ".join(dict.fromkeys(record.entity for record in stream.records)) for stream in source.streams}
    streams = [f"| {stream.stream} | {', '.join(stream.key.columns)} | {entities[stream.stream]} |" for stream in source.streams]
    lines = [
        f"### {source.department.zh} · {source.department.en}",
        "",
        f"`{source.source}.yml` · steward {source.steward} · {source.connector['type']} · **{source.extract.mode}** · `{source.schedule}`",
        "",
        "| stream | key | gives |",
        "|---|---|---|",
        *streams,
        "",
        f"Late after {limits.freshness.within}. The gate stops a batch with more than {limits.max_quarantine:.0%} refused rows",
        f"or {limits.max_endings:.0%} endings;",
        "then the task waits until `hub gate approve` or `hub gate reject`.",
        "",
        f"Old data again: {again}.",
    ]
    return "\n".join(lines)
