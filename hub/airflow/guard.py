"""What Airflow sees of an error: its own exception classes, messages without values, and no traceback of anybody else's.

RetryableError is tried again; what a person must mend fails at once; a third party's exception may quote a value, so
only its class and the places it passed are told, and it is tried again.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from hub.errors import HubError, RetryableError, StoppedError

P = ParamSpec("P")
T = TypeVar("T")
PLACES = 3


def guarded(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a stage; raises StoppedError as it is, everything else as Airflow's exception with no other behind it."""
    try:
        return call(*args, **kwargs)
    except (StoppedError, AirflowException) as error:
        failure: Exception = error
    except RetryableError as error:
        failure = AirflowException(str(error))
    except HubError as error:
        failure = AirflowFailException(str(error))
    except Exception as error:
        failure = AirflowException(f"{type(error).__module__}.{type(error).__name__} at {_places(error)}; its message is kept back, for it may hold values")
    # Outside the block, so that the exception carries no context that a log could print.
    raise failure.with_traceback(None)


def _places(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return " < ".join(f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
