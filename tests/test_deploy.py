"""docker-compose.yml and its files: loopback only, secrets from files, every service checked, and the client accepts it where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.airflow import environment
from hub.settings import REPO

COMPOSE: dict[str, Any] = yaml.safe_load((REPO / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
AIRFLOW = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}


def test_the_services_are_those_of_airflow_with_celery() -> None:
    assert set(SERVICES) == {*AIRFLOW, "postgres", "redis", "migrate"}
    assert SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_ports_are_this_machines_only(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_service_that_stays_is_checked_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_secrets_come_from_files_and_nothing_else_holds_one() -> None:
    assert {where["file"] for where in COMPOSE["secrets"].values()} == {f"deploy/secrets/{name}" for name in COMPOSE["secrets"]}
    values = [str(value) for service in SERVICES.values() for value in service.get("environment", {}).values()]
    assert not [value for value in values if re.search(r"://[^/\s]*:[^/\s]*@|[0-9a-f]{32}", value)]
    entry = (REPO / "deploy" / "entrypoint.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"secret (\w+)", entry)) == set(COMPOSE["secrets"])
    assert subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/hub_kek"], cwd=REPO, check=False).returncode == 0


def test_it_reads_dag_files_as_the_trial_does() -> None:
    assert json.loads(SERVICES["dag-processor"]["environment"]["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"]) == [environment.BUNDLE]


def test_every_file_it_names_is_there() -> None:
    assert (REPO / SERVICES["api-server"]["build"]["dockerfile"]).is_file()
    mounts = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ()) if str(volume).startswith("./")]
    assert mounts
    assert [mount for mount in mounts if not (REPO / mount).is_dir()] == []


@pytest.mark.parametrize("script", ["entrypoint.sh", "secrets.sh"])
def test_scripts_parse(script: str) -> None:
    assert subprocess.run(["sh", "-n", REPO / "deploy" / script], check=False).returncode == 0


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    shutil.copy(REPO / "deploy" / "secrets.sh", tmp_path)
    made = []
    for _ in range(2):
        subprocess.run(["sh", tmp_path / "secrets.sh"], check=True, capture_output=True)
        made.append({path.name: path.read_text(encoding="ascii") for path in (tmp_path / "secrets").iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == set(COMPOSE["secrets"])
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "secrets").iterdir()} == {0}


def test_the_client_accepts_it_where_it_is_installed() -> None:
    """Where it is not, docs/deploy.md says so; nothing is claimed here."""
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        done = subprocess.run(["docker", "compose", "config", "-q"], cwd=REPO, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
