"""The stages as Airflow runs them: what they give, how they wait, what they refuse, and what an error says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException, TaskDeferred

from hub import settings
from hub.airflow.guard import guarded
from hub.airflow.stages import Extract, Gate, Load, Map, failed, interval_of
from hub.airflow.wait import GateTrigger
from hub.errors import ConfigError, RetryableError, SourceError
from hub.pipeline import approve, reject
from tests.hub.airflow.conftest import context
from warehouse import batches, incidents, ledger
from warehouse.db import connect

Send = Callable[[int], None]


def stage(kind: type[Any], batch_id: str | None = None) -> Any:
    return kind(task_id=kind.__name__.lower(), source="register", batch_id=batch_id)


def to_the_gate() -> tuple[str, Any]:
    batch_id = stage(Extract).execute(context())
    assert stage(Map, batch_id).execute(context()) == batch_id
    return batch_id, stage(Gate, batch_id)


def stopped(send: Send) -> tuple[str, Any, GateTrigger]:
    send(1)
    batch_id, gate = to_the_gate()
    with pytest.raises(TaskDeferred) as deferred:
        gate.execute(context())
    assert deferred.value.method_name == "decided"
    return batch_id, gate, deferred.value.trigger


def state(batch_id: str) -> str:
    with connect() as connection:
        return batches.get(connection, batch_id).state


def open_kinds() -> list[str]:
    with connect() as connection:
        return [one.kind for one in incidents.open_ones(connection)]


def test_four_stages_publish_a_batch_and_pass_its_id_on(register: Send) -> None:
    batch_id, gate = to_the_gate()
    assert gate.execute(context()) == batch_id
    assert stage(Load, batch_id).execute(context()) == batch_id
    with connect() as connection:
        assert [(line.batch_id, line.accepted) for line in ledger.lines(connection)] == [("register-000001", 2)]


def test_every_stage_may_run_twice(register: Send) -> None:
    for _ in range(2):
        batch_id, gate = "register-000001", stage(Gate, "register-000001")
        if state_or_none(batch_id) is None:
            assert stage(Extract).execute(context()) == batch_id
        stage(Map, batch_id).execute(context())
        gate.execute(context())
        assert stage(Load, batch_id).execute(context()) == batch_id
    with connect() as connection:
        assert ledger.unbalanced(connection) == []


def state_or_none(batch_id: str) -> str | None:
    try:
        return state(batch_id)
    except ConfigError:
        return None


def test_an_approved_batch_goes_on(register: Send) -> None:
    batch_id, gate, _ = stopped(register)
    assert open_kinds() == ["stopped"]
    approve(batch_id, "li", "they told us")
    assert gate.decided(context(), "decided") == batch_id
    stage(Load, batch_id).execute(context())
    assert (state(batch_id), open_kinds()) == ("published", [])


def test_a_rejected_batch_ends_the_run_without_a_load(register: Send) -> None:
    batch_id, gate, _ = stopped(register)
    reject(batch_id, "li", "half a file")
    with pytest.raises(AirflowSkipException, match="rejected by li"):
        gate.decided(context(), "decided")
    assert (state(batch_id), open_kinds()) == ("rejected", [])


def test_a_wake_without_a_decision_waits_on(register: Send) -> None:
    _, gate, _ = stopped(register)
    with pytest.raises(TaskDeferred):
        gate.decided(context(), "decided")


def test_the_time_limit_rejects_in_the_name_of_timeout(register: Send) -> None:
    batch_id, gate, _ = stopped(register)
    with pytest.raises(AirflowSkipException, match="rejected by timeout"):
        gate.decided(context(), "timeout")
    with connect() as connection:
        decision = batches.decision(connection, batch_id)
    assert decision is not None
    assert (decision.author, decision.reason) == ("timeout", "no decision within 7 days, 0:00:00")


def test_a_decision_made_as_the_time_ran_out_counts(register: Send) -> None:
    batch_id, gate, _ = stopped(register)
    approve(batch_id, "li", "just in time")
    assert gate.decided(context(), "timeout") == batch_id


def test_a_backfill_of_a_snapshot_is_refused_with_the_advice_to_replay(register: Send) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(AirflowFailException, match="hub replay register"):
        stage(Extract).execute(context("backfill", start=day))
    failed({"task": SimpleNamespace(source="register", task_id="extract"), **context("backfill")})
    assert open_kinds() == []


def test_a_failure_opens_one_incident_and_the_next_load_closes_it(register: Send) -> None:
    for _ in range(2):
        failed({"task": SimpleNamespace(source="register", task_id="map"), **context()})
    assert open_kinds() == ["failed"]
    batch_id, gate = to_the_gate()
    gate.execute(context())
    stage(Load, batch_id).execute(context())
    assert open_kinds() == []


def test_scheduled_runs_are_skipped_when_schedules_are_off(register: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SCHEDULES", "off")
    with pytest.raises(AirflowSkipException, match="HUB_SCHEDULES"):
        stage(Extract).execute(context("scheduled"))


@pytest.mark.parametrize(
    ("mode", "run_type", "start", "params", "day"),
    [
        ("dated", "scheduled", "2026-10-31T17:50:00+00:00", {}, "2026-11-01"),  # 01:50 of 1 November in China
        ("dated", "backfill", "2026-11-04T17:50:00+00:00", {}, "2026-11-05"),
        ("dated", "manual", "2026-11-04T17:50:00+00:00", {}, None),
        ("dated", "manual", None, {"day": "2026-11-02"}, "2026-11-02"),
        ("snapshot", "scheduled", "2026-11-04T17:50:00+00:00", {}, None),
        ("cursor", "backfill", "2026-11-04T17:50:00+00:00", {}, "2026-11-05"),
    ],
)
def test_the_day_of_a_run(mode: str, run_type: str, start: str | None, params: dict[str, str], day: str | None) -> None:
    source: Any = SimpleNamespace(extract=SimpleNamespace(mode=mode))
    interval = interval_of(source, context(run_type, start=start and datetime.fromisoformat(start), **params))
    assert (interval and interval[0].isoformat()) == (day and f"{day}T00:00:00+00:00")


SECRET = "11010519491231002X"


def burst(error: Exception) -> None:
    try:
        int(SECRET)
    except ValueError:
        raise error  # noqa: B904 - the value stands in the context, as it does with careless libraries


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RetryableError("tax: busy"), AirflowException),
        (SourceError("tax: not a table"), AirflowFailException),
        (ConfigError("tax.yml:3: wrong"), AirflowFailException),
        (KeyError(SECRET), AirflowException),
        (ValueError(f"bad value {SECRET}"), AirflowException),
    ],
)
def test_an_error_says_no_value_and_drags_no_other_along(error: Exception, kind: type[Exception]) -> None:
    with pytest.raises(AirflowException) as raised:
        guarded(burst, error)
    assert type(raised.value) is kind
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    assert SECRET not in str(raised.value)
    assert ("test_stages.py" in str(raised.value)) == isinstance(error, KeyError | ValueError)


def test_the_wait_is_not_woken_before_the_scheduler_has_seen_it(register: Send) -> None:
    _, _, trigger = stopped(register)
    name, kept = trigger.serialize()
    assert name == "hub.airflow.wait.GateTrigger"
    assert (datetime.fromisoformat(kept["not_before"]) - datetime.now(UTC)).total_seconds() > 5
    assert kept["limit_seconds"] == settings.load().gate_timeout.total_seconds()
