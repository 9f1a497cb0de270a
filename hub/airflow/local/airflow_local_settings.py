"""Imported by every Airflow process that has this folder on its path: the scheduler loads the heavy libraries once.

LocalExecutor forks its workers from the scheduler and tasks fork from workers, so what is imported here costs no task
anything; without it each gate task imports Great Expectations anew, about nine seconds of CPU.
"""

import sys

if len(sys.argv) > 1 and sys.argv[1] in ("scheduler", "celery"):
    import hub.airflow.stages
    import hub.pipeline  # noqa: F401
