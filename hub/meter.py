"""CPU seconds this process has spent on sealing, opening and keyed hashes: what security costs, for the stage timers.

`hub.crypto` and `hub.envelope` count here; `hub.pipeline.timing` reads it before and after a stage.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from time import thread_time
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")
_lock = threading.Lock()
_spent = 0.0


def spent() -> float:
    """Give the seconds so far."""
    return _spent


def add(seconds: float) -> None:
    """Count some seconds."""
    global _spent
    with _lock:
        _spent += seconds


def metered(work: Callable[_P, _R]) -> Callable[_P, _R]:
    """Count what a function spends; metered functions do not call each other."""

    @wraps(work)
    def counted(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        started = thread_time()
        try:
            return work(*args, **kwargs)
        finally:
            add(thread_time() - started)

    return counted
