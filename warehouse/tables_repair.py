"""Tables of bulk repairs: what one person proposed for the rows of one pattern, and what a second one said to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from warehouse.tables import NOW, STAMP, metadata

repair_plan = sa.Table(
    "repair_plan",
    metadata,
    sa.Column("plan_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False, comment="the pattern: every reason its rows were refused for"),
    sa.Column("columns", ARRAY(sa.Text), nullable=False, comment="raw columns the steps write"),
    sa.Column("sealed", BYTEA, nullable=False, comment="the steps, one ciphertext, for they may hold values"),
    sa.Column("passing", sa.BigInteger, nullable=False, comment="rows that passed mapping and gate in the trial; these are repaired"),
    sa.Column("failing", sa.BigInteger, nullable=False, comment="rows of the pattern the steps do not make good; left as they are"),
    sa.Column("alone", sa.Boolean, nullable=False, comment="small enough to need no second person"),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("decision", sa.Text, sa.CheckConstraint("decision in ('approve','reject')", name="decision")),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_reason", sa.Text),
    sa.Column("decided_at", STAMP),
    sa.CheckConstraint("(decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)", name="whole"),
    sa.CheckConstraint("alone or decision is distinct from 'approve' or decided_by <> author", name="second"),
    schema="ops",
    comment="bulk repairs of one pattern; above a size a second person approves",
)
repair_plan_row = sa.Table(
    "repair_plan_row",
    metadata,
    sa.Column("plan_id", sa.BigInteger, sa.ForeignKey(repair_plan.c.plan_id), nullable=False),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("row_number", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("plan_id", "batch_id", "row_number"),
    schema="ops",
    comment="the rows a bulk repair was tried on and stands for",
)
