"""Work of the pipeline that outlasts a request: one piece at a time in this process, its state read from the batches themselves.

What fails becomes an incident; what is cut off lies as an unfinished batch, which the loads page offers to go on with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from hub.errors import HubError, StoppedError
from hub.pipeline import incidents

log = logging.getLogger(__name__)
_workers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pipeline")


def begin(source: str, stage: str, work: Callable[[], object]) -> Future[None]:
    """Have something done for a source after the request; gives what tests wait on."""
    return _workers.submit(_done, source, stage, work)


def _done(source: str, stage: str, work: Callable[[], object]) -> None:
    try:
        work()
    except StoppedError as stop:  # waits for a person, and the loads page shows it
        log.warning("%s", stop)
        incidents.watch()
    except HubError as error:
        log.error("%s: %s: %s", source, stage, error)
        incidents.failed(source, stage)
    except Exception as error:
        log.error("%s: %s: %s", source, stage, type(error).__name__)  # its text may hold a value
        incidents.failed(source, stage)
    else:
        incidents.recovered(source)
