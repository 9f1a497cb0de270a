"""What a stage cost: CPU seconds of its process, and of them what sealing took, kept in `ops.stage_time`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import process_time
from typing import ParamSpec, TypeVar

from hub import meter
from warehouse import stage_times
from warehouse.db import connect

_P = ParamSpec("_P")
_R = TypeVar("_R")


def timed(stage: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Keep what each call of a stage cost; one that fails leaves no line."""

    def around(work: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(work)
        def measured(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            cpu, sealing = process_time(), meter.spent()
            done = work(*args, **kwargs)
            with connect() as connection:
                stage_times.add(connection, stage, process_time() - cpu, meter.spent() - sealing)
            return done

        return measured

    return around
