"""The analysts' views (`warehouse/views/*.sql`): dropped and made again after every migration, so that they follow the tables."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

VIEWS = Path(__file__).parent / "views"


def rebuild(connection: sa.Connection) -> None:
    """Make schema `mart` anew from the files, in the order of their names, in the caller's transaction."""
    cursor = connection.connection.cursor()
    cursor.execute("drop schema if exists mart cascade; create schema mart; comment on schema mart is 'what analysts see: no identifiers'")
    for path in sorted(VIEWS.glob("*.sql")):
        cursor.execute(path.read_text(encoding="utf-8"))
