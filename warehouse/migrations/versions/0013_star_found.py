"""What answers look for, told apart by a whole number; persons as known found by number."""

from warehouse.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
