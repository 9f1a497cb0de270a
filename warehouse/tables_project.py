"""Projects of analysts, each with person keys of its own, and the findings they hand to an officer."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from warehouse.tables import NOW, STAMP, metadata

project = sa.Table(
    "project",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("secret", BYTEA, nullable=False, comment="what the person keys of this project are made with; random, known to nobody"),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", STAMP, nullable=False, server_default=NOW),
    schema="access",
    comment="projects of analysts: each has person keys of its own",
)
open_case = sa.Table(
    "open_case",
    metadata,
    sa.Column("case_no", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("project", sa.Text, sa.ForeignKey("access.project.project"), nullable=False),
    sa.Column("answer", sa.Text, nullable=False, comment="the ready answer it came from"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("officer", sa.Text, nullable=False, comment="the account that alone may re-identify"),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("person_keys", ARRAY(sa.Text), nullable=False, comment="keys of the project, never ids"),
    sa.Column("opened_at", STAMP, comment="when the officer saw who they are"),
    sa.Column("closed_at", STAMP),
    sa.Column("result", JSONB, comment="outcome -> number of persons; all the analyst gets back"),
    schema="access",
    comment="findings handed to a named officer",
)
