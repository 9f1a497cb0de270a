"""Calling again what may pass: exponential back-off with jitter, bounded, with a clock the tests can wind."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.errors import RetryableError

T = TypeVar("T")


class AskedToWait(RetryableError):
    """The source is busy and said how long to wait."""

    def __init__(self, message: str, seconds: float | None) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class Retry:
    """How often and how long: `attempts` calls in all, waits doubling from `first` seconds up to `longest`."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def call(self, action: Callable[[], T]) -> T:
        """Give the action's result; the last RetryableError goes on when every attempt met one.

        A wait the source asked for is honoured up to `longest`.
        """
        for attempt in range(self.attempts):
            try:
                return action()
            except RetryableError as error:
                if attempt == self.attempts - 1:
                    raise
                asked = error.seconds if isinstance(error, AskedToWait) else None
                self.sleep(min(self.longest, self.wait(attempt) if asked is None else asked))
        raise AssertionError("a retry needs at least one attempt")

    def wait(self, attempt: int) -> float:
        """Give the seconds before the next call: half of the doubled time is certain, half is drawn."""
        return float(min(self.longest, self.first * 2**attempt) * (0.5 + self.jitter() / 2))
