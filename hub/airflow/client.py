"""Airflow's REST API, as much of it as the demo and the tests use; its command line takes seconds for every call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx

from hub.errors import FatalError, RetryableError

ENDED = ("success", "failed")
PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


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
        self._http = httpx.Client(base_url=url, timeout=30.0)
        self._user, self._password = user, password
        self._token = ""

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the API; RetryableError when nobody answers, FatalError when the answer is an error."""
        for _ in range(2):
            try:
                answer = self._http.request(method, f"/api/v2/{path}", headers={"Authorization": f"Bearer {self._token}"}, **body)
                if answer.status_code != httpx.codes.UNAUTHORIZED:
                    break
                self._sign_in()
            except httpx.HTTPError as error:
                raise RetryableError(f"Airflow does not answer ({type(error).__name__})") from None
        if answer.is_error:
            raise FatalError(f"Airflow: {method} {path} answers {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None

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
        """Start a backfill of days, both included; gives its id."""
        body = {
            "dag_id": dag_id,
            "from_date": f"{first}T00:00:00+08:00",
            "to_date": f"{last}T23:59:59+08:00",
            "run_backwards": backwards,
            "max_active_runs": at_once,
            "reprocess_behavior": "completed",
        }
        return int(self.ask("POST", "backfills", json=body)["id"])

    def runs(self, dag_id: str = "~", since: datetime | None = None) -> dict[tuple[str, str], str]:
        """Give the state of each run of a DAG (or of all), by DAG and run id."""
        after = f"&run_after_gte={since.isoformat().replace('+', '%2B')}" if since else ""
        found = self.ask("GET", f"dags/{dag_id}/dagRuns?limit=500&order_by=-run_after{after}")["dag_runs"]
        return {(run["dag_id"], run["dag_run_id"]): run["state"] for run in found}

    def state(self, dag_id: str, run_id: str) -> str:
        """Give the state of a run."""
        return str(self.ask("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait(self, dag_id: str, run_id: str, seconds: float = 300.0) -> str:
        """Wait until a run has ended; gives its state. Raises RetryableError when it takes longer."""
        deadline = time.monotonic() + seconds
        while (state := self.state(dag_id, run_id)) not in ENDED:
            if time.monotonic() > deadline:
                raise RetryableError(f"{dag_id} {run_id}: still {state} after {seconds:.0f} s")
            time.sleep(1.0)
        return state

    def tasks(self, dag_id: str = "~", run_id: str = "~") -> list[Task]:
        """List the tasks of a run (or of all)."""
        found: list[Task] = []
        while True:
            page = self.ask("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000&offset={len(found)}")
            names = ("dag_id", "dag_run_id", "task_id", "state", "duration", "try_number")
            found += [Task(*(one[name] for name in names)) for one in page["task_instances"]]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found
