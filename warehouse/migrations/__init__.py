"""Alembic migrations of the warehouse: each step is a Python file that runs the SQL file of the same name."""

from __future__ import annotations

from pathlib import Path

from alembic import op


def run_sql(step: str) -> None:
    """Run the SQL file beside the migration `step`, as it stands: colons and per cents are not parameters."""
    text = Path(step).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(text)
