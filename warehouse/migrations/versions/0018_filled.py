"""When the value of a waiting case was last worked out."""

from warehouse.migrations import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
