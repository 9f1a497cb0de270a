"""The command tree, and what every command does with an error."""

from __future__ import annotations

import os
import sys
import traceback

import typer

from hub.cli import (
    airflow,
    answers,
    audit,
    console,
    county,
    dedupe,
    demo,
    export,
    gate,
    keys,
    ledger,
    mart,
    people,
    quarantine,
    query,
    run,
    server,
    source,
    status,
    user,
)
from hub.cli.show import err, problem
from hub.errors import HubError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Guiyi 归一: many systems, one person, one warehouse.")
ROOMS = (
    server,
    source,
    run,
    gate,
    ledger,
    status,
    quarantine,
    people,
    airflow,
    county,
    dedupe,
    demo,
    user,
    console,
    query,
    answers,
    export,
    mart,
    audit,
    keys,
)
for room in ROOMS:
    room.add_to(app)


def main() -> None:
    """Run a command; an error of the hub becomes one message and its exit code, never a traceback with values."""
    try:
        app()
    except HubError as error:
        problem(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        frames = "".join(traceback.format_tb(error.__traceback__))
        err.print(f"{frames}a fault of the hub itself: {type(error).__name__}; please report it with the lines above", markup=False)
        sys.exit(1)
