"""DAG `watch`: freshness, volume and waiting batches, looked at every ten minutes; each incident is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from hub import settings
from hub.airflow.stages import Watch


def watch(sources: Sequence[str]) -> DAG:
    """Build the DAG; it looks at every source file as it then stands."""
    found = settings.load()
    with DAG(
        dag_id="watch",
        dag_display_name="值守 watch",
        description=f"freshness and volume of {len(sources)} sources",
        schedule=CronTriggerTimetable("*/10 * * * *", timezone=found.timezone) if found.schedules else None,
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 1, "retry_delay": found.retry_delay},
        tags={"watch"},
    ) as dag:
        Watch(task_id="watch", source="watch", execution_timeout=timedelta(minutes=10))
    return dag
