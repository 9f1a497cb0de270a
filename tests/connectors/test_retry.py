"""Asking again: how often, how long, and what for."""

from __future__ import annotations

import pytest

from connectors.retry import AskedToWait, Retry
from hub.errors import ConfigError, RetryableError


def test_waits_double_up_to_a_limit_with_jitter() -> None:
    waits: list[float] = []
    retry = Retry(attempts=7, first=1.0, longest=10.0, sleep=waits.append, jitter=lambda: 0.5)

    def fail() -> None:
        raise RetryableError("busy")

    with pytest.raises(RetryableError, match="busy"):
        retry.call(fail)
    assert waits == [0.75, 1.5, 3.0, 6.0, 7.5, 7.5]


def test_the_wait_a_source_asks_for_is_honoured_up_to_the_limit() -> None:
    waits: list[float] = []
    answers: list[float | None] = [3.0, 900.0, None]

    def busy() -> str:
        if answers:
            raise AskedToWait("busy", answers.pop(0))
        return "done"

    assert Retry(sleep=waits.append, jitter=lambda: 1.0).call(busy) == "done"
    assert waits == [3.0, 30.0, 2.0]


def test_what_does_not_pass_is_not_tried_again() -> None:
    calls = []

    def wrong() -> None:
        calls.append(1)
        raise ConfigError("wrong")

    with pytest.raises(ConfigError):
        Retry(sleep=lambda seconds: None).call(wrong)
    assert calls == [1]
