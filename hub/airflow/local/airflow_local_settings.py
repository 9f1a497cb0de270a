"""Imported by every Airflow process that has this folder on its path: the scheduler loads the heavy libraries once.

LocalExecutor forks its workers from the scheduler and tasks fork from workers, so what is imported here costs no task
anything; without it each gate task imports Great Expectations anew, eight seconds of CPU.  A scheduler that is ready
before the API server fails the first tasks it hands out, so it also waits for that.
"""

import sys

if len(sys.argv) > 1 and sys.argv[1] in ("scheduler", "celery"):
    from hub.airflow.preload import load, wait_for_api

    load()
    wait_for_api()
