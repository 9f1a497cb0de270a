"""What a verdict is part of: acts, proposals that wait for a second person, pins, samples."""

from warehouse.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
