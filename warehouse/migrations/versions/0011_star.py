"""The star behind the mart: whole-number ids, every row with the time it was shown; projects of analysts and their open cases."""

from warehouse.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
