"""What a run of resolve rested on, so that the next one begins there; records that became older; records by their employer."""

from warehouse.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
