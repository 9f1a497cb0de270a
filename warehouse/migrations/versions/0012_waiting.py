"""The stewards' queue, and the keys records are searched by."""

from warehouse.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
