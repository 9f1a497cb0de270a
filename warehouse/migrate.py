"""Brings the warehouse to the tables this version declares (Alembic), once, whoever asks first."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from hub.errors import ConfigError, RetryableError
from warehouse import grants, views
from warehouse.server import database_url

HERE = Path(__file__).parent / "migrations"
LOCK = 0x67756979


def engine() -> sa.Engine:
    """Give an SQLAlchemy engine on the warehouse; bulk loads use `warehouse.db` instead."""
    return sa.create_engine(sa.make_url(database_url()).set(drivername="postgresql+psycopg"), hide_parameters=True, poolclass=sa.NullPool)


def config() -> Config:
    """Alembic's configuration, without a file of its own."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    return made


def upgrade() -> bool:
    """Run the migrations that are missing and make the mart anew where its files changed; tell whether there was anything to do."""
    made = config()
    head = ScriptDirectory.from_config(made).get_current_head()
    try:
        with engine().begin() as connection:
            connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            known = sa.inspect(connection).has_table("alembic_version", schema="ops")
            if known and connection.execute(sa.text("select version_num from ops.alembic_version")).scalar() == head:
                if views.is_current(connection):
                    return False
                _owned(connection)
                views.rebuild(connection)
                grants.rebuild(connection)
                return True
            _owned(connection)
            connection.execute(sa.text("create schema if not exists ops"))
            made.attributes["connection"] = connection
            command.upgrade(made, "head")
            views.rebuild(connection)
            grants.rebuild(connection)
    except sa.exc.OperationalError:
        raise RetryableError("warehouse: no connection; is the server up (`hub up`), and DATABASE_URL right?") from None
    return True


def _owned(connection: sa.Connection) -> None:
    """Refuse to change the warehouse on a connection that only fills it."""
    if not connection.execute(sa.text("select has_database_privilege(current_database(), 'create')")).scalar():
        raise ConfigError("warehouse: of an older version, and this connection may not change it; run `hub up` on a connection of its owner first")
