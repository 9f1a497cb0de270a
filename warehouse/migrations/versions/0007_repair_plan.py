"""Bulk repairs of quarantined rows, where a replayed row went, and why a code was mapped."""

from warehouse.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
