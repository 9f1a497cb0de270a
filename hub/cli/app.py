"""The command tree, and what every command does with an error."""

from __future__ import annotations

import os
import sys

import typer

from hub.cli import county, gate, ledger, people, quarantine, run, server, source
from hub.cli.show import problem
from hub.errors import HubError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Guiyi 归一: many systems, one person, one warehouse.")
for room in (server, source, run, gate, ledger, quarantine, people, county):
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
