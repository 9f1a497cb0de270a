"""The desk: lists stewards keep, and addresses found by equality, for the household around a case."""

from warehouse.migrations import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
