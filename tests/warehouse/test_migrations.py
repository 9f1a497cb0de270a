"""A migrated database is what `warehouse/tables*.py` declare."""

from __future__ import annotations

from alembic import command

from warehouse import migrate


def test_a_migrated_database_equals_what_is_declared(warehouse: str) -> None:
    made = migrate.config()
    with migrate.engine().begin() as connection:
        made.attributes["connection"] = connection
        command.check(made)  # raises with the differences
