"""Looks counted, and alerts where somebody looks far more than usual."""

from warehouse.migrations import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
