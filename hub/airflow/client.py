"""Airflow's REST API, as much of it as the demo, the console and the tests use; its command line takes seconds for every call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from hub import settings
from hub.errors import FatalError, RetryableError

ENDED = ("success", "failed")
PAGE = 500
PATIENCE = 5
"""Times a question is asked before Airflow counts as gone."""
PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str
    day: date | None
    """first day of its data interval, by the schedule's clock"""


@dataclass(frozen=True)
class Dag:
    """One DAG as its page shows it: whether it runs by itself, when next, and its last runs, the latest first."""

    dag_id: str
    paused: bool
    broken: bool
    next_at: datetime | None
    runs: tuple[DagRun, ...] = ()


@dataclass(frozen=True)
class DagRun:
    """A run with its times."""

    run_id: str
    state: str
    kind: str
    started_at: datetime | None
    seconds: float | None
    url: str
    """where Airflow shows it, logs and all"""


@dataclass(frozen=True)
class Task:
    """One task of one run: state and how long it ran, in seconds."""

    dag_id: str
    run_id: str
    task_id: str
    state: str | None
    seconds: float | None
    tries: int


class Client:
    """Speaks to one Airflow; signs in when it is first asked something."""

    def __init__(self, url: str, user: str, password: str, *, patience: int = PATIENCE, seconds: float = 60.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(base_url=url, timeout=seconds)
        self._user, self._password = user, password
        self._patience = patience
        self._token = ""

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the API; RetryableError when nobody answers, FatalError when the answer is an error.

        Questions are asked again a few times: a busy machine may leave one unanswered.  Orders are given once.
        """
        patience = self._patience if method == "GET" else 1
        while True:
            try:
                answer = self._signed(method, path, **body)
                break
            except httpx.HTTPError as error:
                patience -= 1
                if not patience:
                    raise RetryableError(f"Airflow does not answer ({type(error).__name__}); see the logs under the hub's home, airflow/logs") from None
                sleep(2.0)
        if answer.is_error:
            raise FatalError(f"Airflow: {method} {path} answers {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def _signed(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Call with a token, a new one where the old one has expired."""
        for fresh in (False, True):
            if fresh or not self._token:
                self._sign_in()
            answer = self._http.request(method, f"/api/v2/{path}", headers={"Authorization": f"Bearer {self._token}"}, **body)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                break
        return answer

    def _sign_in(self) -> None:
        answer = self._http.post("/auth/token", json={"username": self._user, "password": self._password})
        if answer.is_error:
            raise FatalError(f"Airflow: signing in answers {answer.status_code}; another Airflow may have this port")
        self._token = answer.json()["access_token"]

    def unhealthy(self) -> list[str]:
        """Name the parts that are not up."""
        try:
            parts = self._http.get("/api/v2/monitor/health", timeout=5.0).json()
        except (httpx.HTTPError, ValueError):
            return ["api_server"]
        return [name for name in PARTS if (parts.get(name) or {}).get("status") != "healthy"]

    def dags(self) -> dict[str, bool]:
        """Give the DAGs that were parsed, and whether each has no import error."""
        return {dag["dag_id"]: not dag["has_import_errors"] for dag in self.ask("GET", "dags?limit=500")["dags"]}

    def import_errors(self) -> dict[str, str]:
        """Give what is wrong with DAG files, by file."""
        return {error["filename"]: error["stack_trace"] for error in self.ask("GET", "importErrors?limit=500")["import_errors"]}

    def dag(self, dag_id: str, last: int = 10) -> Dag:
        """Give a DAG with its last runs; FatalError when Airflow has none of this name."""
        one = self.ask("GET", f"dags/{dag_id}")
        runs = self.ask("GET", f"dags/{dag_id}/dagRuns?limit={last}&order_by=-run_after")["dag_runs"] if last else []
        shown = tuple(
            DagRun(run["dag_run_id"], run["state"], run["run_type"], _moment(run["start_date"]), run["duration"], self.run_url(dag_id, run["dag_run_id"]))
            for run in runs
        )
        return Dag(dag_id, one["is_paused"], one["has_import_errors"], _moment(one["next_dagrun_run_after"]), shown)

    def run_url(self, dag_id: str, run_id: str) -> str:
        """Give the address of Airflow's own page of a run."""
        return f"{self.url}/dags/{dag_id}/runs/{quote(run_id, safe='')}"

    def pause(self, dag_id: str, paused: bool) -> None:
        """Let a DAG rest, or run by itself again."""
        self.ask("PATCH", f"dags/{dag_id}?update_mask=is_paused", json={"is_paused": paused})

    def rerun(self, dag_id: str, run_id: str, *, only_failed: bool = False) -> None:
        """Have a run done once more, whole or from what failed."""
        self.ask("POST", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/clear", json={"dry_run": False, "only_failed": only_failed})

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Start a run; gives its id."""
        return str(self.ask("POST", f"dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})["dag_run_id"])

    def backfill(self, dag_id: str, first: date, last: date, *, backwards: bool = False, at_once: int = 4) -> int:
        """Start a backfill of days, both included, by the schedule's clock; gives its id."""
        body = {
            "dag_id": dag_id,
            "from_date": datetime.combine(first, time.min, self._clock()).isoformat(),
            "to_date": datetime.combine(last, time.max, self._clock()).isoformat(),
            "run_backwards": backwards,
            "max_active_runs": at_once,
            "reprocess_behavior": "completed",
        }
        return int(self.ask("POST", "backfills", json=body)["id"])

    def _clock(self) -> ZoneInfo:
        return ZoneInfo(settings.load().timezone)

    def runs(self, dag_id: str = "~") -> list[Run]:
        """List the runs of a DAG (or of all)."""
        return [
            Run(one["dag_id"], one["dag_run_id"], one["state"], self._day(one["data_interval_start"]))
            for one in self._pages(f"dags/{dag_id}/dagRuns", "dag_runs")
        ]

    def _day(self, moment: str | None) -> date | None:
        return None if moment is None else datetime.fromisoformat(moment).astimezone(self._clock()).date()

    def state(self, dag_id: str, run_id: str) -> str:
        """Give the state of a run."""
        return str(self.ask("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait(self, dag_id: str, run_id: str, seconds: float = 300.0) -> str:
        """Wait until a run has ended; gives its state. Raises RetryableError when it takes longer."""
        deadline = monotonic() + seconds
        while (state := self.state(dag_id, run_id)) not in ENDED:
            if monotonic() > deadline:
                raise RetryableError(f"{dag_id} {run_id}: still {state} after {seconds:.0f} s")
            sleep(1.0)
        return state

    def tasks(self, dag_id: str = "~", run_id: str = "~") -> list[Task]:
        """List the tasks of a run (or of all)."""
        names = ("dag_id", "dag_run_id", "task_id", "state", "duration", "try_number")
        return [Task(*(one[name] for name in names)) for one in self._pages(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances")]

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        seen = 0
        while True:
            page = self.ask("GET", f"{path}?limit={PAGE}&offset={seen}")
            yield from page[name]
            seen += len(page[name])
            if seen >= page["total_entries"] or not page[name]:
                return


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
