"""Incidents: what went wrong with a source, told once, and its end, told once."""

from warehouse.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
