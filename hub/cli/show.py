"""What commands print: tables for people, JSON for scripts, progress on anything that takes longer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from hub.errors import ConfigErrors, HubError
from hub.pipeline.extract import Progress as Tell

WIDTH = None if sys.stdout.isatty() else 200
"""A terminal has its own width; a file or pipe gets lines that need no folding."""
out = Console(highlight=False, soft_wrap=True, width=WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def problem(error: HubError) -> None:
    """Print an error: every problem of a file on a line of its own."""
    for line in error.problems if isinstance(error, ConfigErrors) else [str(error)]:
        err.print(f"[bold red]error[/] {line}" if err.is_terminal else f"error: {line}", markup=err.is_terminal)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand right."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    lines = [list(row) for row in rows]
    for at, column in enumerate(columns):
        numeric = bool(lines) and all(isinstance(line[at], int | float) for line in lines)
        made.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        made.add_row(*(value if isinstance(value, Text) else text(value) for value in line))
    out.print(made)


def text(value: object) -> str:
    """Write a value for people."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def as_json(value: Any) -> None:
    """Print a value for a script."""
    print(json.dumps(value, ensure_ascii=False, default=str))  # noqa: T201 - rich would fold the line


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Tell]:
    """Show a moving line with the stage and its rows; silent for scripts and pipes."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, rows: None
        return
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True) as bar:
        task = bar.add_task(label)
        yield lambda what, rows: bar.update(task, description=f"{label}  {what}" + (f"  {rows:,} rows" if rows else ""))
