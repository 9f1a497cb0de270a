"""What stages of the flow cost."""

from warehouse.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
