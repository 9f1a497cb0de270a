"""Keys a source corrected: whose record a key was before, so that ids and judgements go along."""

from warehouse.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
