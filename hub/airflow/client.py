"""Airflow's REST API, as much of it as the demo and the tests use; its command line takes seconds for every call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from time import monotonic, sleep
from typing import Any
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

    def __init__(self, url: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60.0)
        self._user, self._password = user, password
        self._token = ""

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the API; RetryableError when nobody answers, FatalError when the answer is an error.

        Questions are asked again a few times: a busy machine may leave one unanswered.  Orders are given once.
        """
        patience = PATIENCE if method == "GET" else 1
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
