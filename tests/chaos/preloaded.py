"""`hub` in a child of a process that has everything imported, so that a kill falls into the flow and not into its imports."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.context import ForkServerContext

PRELOADED = ("duckdb", "great_expectations", "polars", "pyarrow.csv", "pyarrow.parquet", "hub.cli", "tests.chaos.preloaded")


def context() -> ForkServerContext:
    """Give the context whose processes are forked from the loaded one (which runs nothing itself, so it has no threads)."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(list(PRELOADED))
    return found


def hub(environment: dict[str, str], arguments: list[str], log: str) -> None:
    """Run one command as `hub` does, its output in a file."""
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["hub", *arguments]
    from hub.cli import main

    main()
