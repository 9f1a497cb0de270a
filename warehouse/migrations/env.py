"""Alembic's entry: brings the warehouse up to date over the connection that `warehouse.migrate` hands it."""

from alembic import context

from warehouse import tables_identity, tables_project, tables_repair, tables_security, tables_star, tables_verdicts, tables_waiting  # noqa: F401 - they declare their tables
from warehouse.tables import metadata

SCHEMAS = {"access", "audit", "core", "ops", "identity", "mart", "star"}


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return name in SCHEMAS if kind == "schema" else True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    include_name=_ours,
    version_table_schema="ops",
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
