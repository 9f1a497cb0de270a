"""DAG `sample`: every morning certain links are drawn for the audit; with the next resolve they wait in the queue like any other case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from hub import settings
from hub.airflow.stages import Sample


def sample(sources: Sequence[str]) -> DAG:
    """Build the DAG; it draws among the links of all sources."""
    found = settings.load()
    with DAG(
        dag_id="sample",
        dag_display_name="抽查 sample",
        description=f"certain links of {len(sources)} sources, drawn to be looked at unmarked",
        schedule=CronTriggerTimetable("15 6 * * *", timezone=found.timezone) if found.schedules else None,
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 2, "retry_delay": found.retry_delay},
        tags={"sample"},
    ) as dag:
        Sample(task_id="sample", source="sample", execution_timeout=timedelta(minutes=30))
    return dag
