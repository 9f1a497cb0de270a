"""DAG `resolve`: when every source has brought something, and every hour for what came meanwhile, one run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from dags.ingest import asset
from hub import settings
from hub.airflow.stages import Resolve

DOC = """\
### 归一 · which records are one person

Runs when all sources have published since the last run, and hourly (a source that is down holds nothing up); without
new batches, judgements or model it does nothing. `hub resolve` is the same without Airflow.
"""


def resolve(sources: Sequence[str]) -> DAG:
    """Build the DAG over the sources of a folder."""
    found = settings.load()
    hourly = CronTriggerTimetable("30 * * * *", timezone=found.timezone)
    schedule = AssetOrTimeSchedule(timetable=hourly, assets=[asset(source) for source in sources]) if sources else hourly
    with DAG(
        dag_id="resolve",
        dag_display_name="归一 resolve",
        description="which records are one person",
        doc_md=DOC,
        schedule=schedule if found.schedules else None,
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 4, "retry_delay": found.retry_delay, "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=30)},
        tags={"resolve"},
    ) as dag:
        Resolve(task_id="resolve", source="resolve", execution_timeout=timedelta(hours=6))
    return dag
