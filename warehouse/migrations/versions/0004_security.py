"""Rights and traces: accounts and what they may do, the audit trail, seals that can be written anew."""

from warehouse.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
