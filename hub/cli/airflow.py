"""`hub airflow`: the trial's Airflow — start, stop, look at it, and use Airflow's own commands on it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from hub.airflow import environment, launcher
from hub.cli import show
from hub.cli.server import Json
from warehouse import migrate

airflow = typer.Typer(no_args_is_help=True, help="The trial's Airflow on this machine: one DAG per source, the gate, resolve.")


@airflow.command("start")
def start() -> None:
    """Start Airflow (127.0.0.1 only) and print where to sign in."""
    with show.progress("starting the warehouse"):
        migrate.upgrade()
    with show.progress("starting Airflow") as tell:
        running = launcher.start(tell)
    show.out.print(f"Airflow: {running.url}  user {running.user}  password {running.password}", soft_wrap=True)


@airflow.command("stop")
def stop() -> None:
    """Stop Airflow and everything it started; its history stays."""
    with show.progress("stopping Airflow"):
        there = launcher.stop()
    show.out.print("Airflow is down" if there else "Airflow was not running")


@airflow.command("status")
def status(as_json: Json = False) -> None:
    """Show its processes and the memory they hold."""
    found = launcher.status()
    if as_json:
        show.as_json([vars(component) for component in found])
        return
    rows: list[tuple[object, ...]] = [(one.name, one.processes, round(one.megabytes)) for one in found]
    rows.append(("all", sum(one.processes for one in found), round(sum(one.megabytes for one in found))))
    show.table("", ["component", "processes", "MB"], rows)


@airflow.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(arguments: Annotated[list[str], typer.Argument(help="as `airflow` takes them: dags list-import-errors, backfill create …")]) -> None:
    """Run one of Airflow's own commands on this Airflow."""
    env = os.environ | environment.variables(environment.place())
    done = subprocess.run([sys.executable, "-m", "airflow", *arguments], env=env, check=False)
    raise typer.Exit(done.returncode)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(airflow, name="airflow")
