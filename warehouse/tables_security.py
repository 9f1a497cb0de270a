"""The tables of rights and traces: `access` says who may what, `audit` what was done and looked at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from warehouse.tables import NOW, STAMP, metadata

ROLES = ("steward", "cross_area", "engineer", "auditor", "security", "system")
"""What an account can be granted; the last three are the three administrators, of which nobody holds two."""


def _stamp(name: str, *, now: bool = False, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, STAMP, nullable=not now, server_default=NOW if now else None, comment=comment)


def _account() -> sa.Column[Any]:
    return sa.Column("account", sa.Text, sa.ForeignKey("access.account.name"), nullable=False)


audit_head = sa.Table(
    "head",
    metadata,
    sa.Column("partition", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False, comment="entries in this chain"),
    sa.Column("hash", BYTEA, nullable=False, comment="of the last entry"),
    schema="audit",
    comment="the end of each chain; a writer holds one of them, so that writers do not queue",
)
audit_entry = sa.Table(
    "entry",
    metadata,
    sa.Column("partition", sa.SmallInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False, comment="1, 2, 3 … within the partition"),
    sa.Column("at", STAMP, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, comment="account, analyst or task"),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False, comment="what it was done to: an id, never a value"),
    sa.Column("purpose", sa.Text),
    sa.Column("detail", JSONB, nullable=False),
    sa.Column("previous", BYTEA, nullable=False, comment="hash of the entry before"),
    sa.Column("hash", BYTEA, nullable=False, comment="SHA-256 of previous and the entry"),
    sa.PrimaryKeyConstraint("partition", "number"),
    schema="audit",
    comment="who did, saw or was refused what; append-only, hash-chained, sealed outside the database",
)
sa.Index(None, audit_entry.c.at)
sa.Index(None, audit_entry.c.object)

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text, sa.CheckConstraint("name ~ '^[a-z][a-z0-9_.-]{1,30}$'", name="name"), primary_key=True),
    sa.Column("password_hash", sa.Text, nullable=False, comment="Argon2id"),
    sa.Column("must_change", sa.Boolean, nullable=False, server_default=sa.true(), comment="the password was given by somebody else"),
    _stamp("password_at", now=True),
    sa.Column("password_until", STAMP, comment="a one-time password works until then"),
    sa.Column("totp", BYTEA, comment="secret of the second factor, sealed"),
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="last time step used: none is taken twice"),
    _stamp("totp_at", comment="when the second factor was confirmed"),
    sa.Column("language", sa.Text, sa.CheckConstraint("language in ('zh','en')", name="language"), nullable=False, server_default="zh"),
    sa.Column("theme", sa.Text, sa.CheckConstraint("theme in ('system','light','dark')", name="theme"), nullable=False, server_default="system"),
    sa.Column("density", sa.Text, sa.CheckConstraint("density in ('normal','compact','roomy')", name="density"), nullable=False, server_default="normal"),
    sa.Column("created_by", sa.Text, nullable=False),
    _stamp("created_at", now=True),
    _stamp("disabled_at"),
    schema="access",
    comment="people who sign in to console, API and command line",
)
recovery_code = sa.Table(
    "recovery_code",
    metadata,
    _account(),
    sa.Column("hash", BYTEA, nullable=False, comment="SHA-256; the code is 80 random bits"),
    _stamp("used_at"),
    sa.PrimaryKeyConstraint("account", "hash"),
    schema="access",
    comment="each opens once where the second factor is lost",
)
role_grant = sa.Table(
    "role_grant",
    metadata,
    sa.Column("grant_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _account(),
    sa.Column("role", sa.Text, sa.CheckConstraint(f"role in ({', '.join(map(repr, ROLES))})", name="role"), nullable=False),
    sa.Column("areas", ARRAY(sa.Text), comment="beginnings of area codes; null: every area"),
    sa.Column("lines", ARRAY(sa.Text), comment="insurance lines; null: every line"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    _stamp("asked_at", now=True),
    sa.Column("decided_by", sa.Text),
    _stamp("decided_at"),
    sa.Column("decision", sa.Text, sa.CheckConstraint("decision in ('approve','refuse')", name="decision")),
    sa.Column("revoked_by", sa.Text),
    _stamp("revoked_at"),
    sa.CheckConstraint("(decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)", name="whole"),
    schema="access",
    comment="rights asked for, given and taken back; an administrator's right needs two people",
)
sa.Index(None, role_grant.c.account)
session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", BYTEA, primary_key=True, comment="SHA-256 of the cookie"),
    _account(),
    sa.Column("whole", sa.Boolean, nullable=False, comment="every factor the account needs was given"),
    _stamp("created_at", now=True),
    _stamp("seen_at", now=True),
    _stamp("proven_at", now=True, comment="when the password was last given: dangerous acts ask for a recent one"),
    _stamp("ended_at"),
    sa.Column("peer", sa.Text, nullable=False, comment="address it was begun from"),
    sa.Column("client", sa.Text, nullable=False, comment="browser or program, as it calls itself"),
    schema="access",
    comment="sessions of console and command line, kept by the server",
)
sa.Index(None, session.c.account)
token = sa.Table(
    "token",
    metadata,
    sa.Column("token_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("hash", BYTEA, nullable=False, unique=True, comment="SHA-256 of the token"),
    _account(),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    _stamp("created_at", now=True),
    sa.Column("expires_at", STAMP, nullable=False),
    _stamp("used_at"),
    _stamp("revoked_at"),
    schema="access",
    comment="API tokens: scoped, expiring, shown once",
)
backoff = sa.Table(
    "backoff",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True, comment="account:… or peer:…"),
    sa.Column("failures", sa.Integer, nullable=False),
    _stamp("last_at", now=True),
    sa.Column("until", STAMP, nullable=False, comment="no attempt is looked at before"),
    schema="access",
    comment="failed sign-ins, and how long the next has to wait",
)
unmasking = sa.Table(
    "unmasking",
    metadata,
    sa.Column("unmasking_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _account(),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    _stamp("created_at", now=True),
    sa.Column("expires_at", STAMP, nullable=False),
    schema="access",
    comment="one record shown in clear to one account for a while, and why",
)
sa.Index(None, unmasking.c.account, unmasking.c.object)
claim = sa.Table(
    "claim",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    _account(),
    _stamp("claimed_at", now=True),
    sa.Column("expires_at", STAMP, nullable=False),
    schema="access",
    comment="who works on a case: for the lease its records are in sight, also those of another area",
)
acting = sa.Table(
    "acting",
    metadata,
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", STAMP, nullable=False, comment="of that server process, so that a later one of the same id is another"),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("areas", ARRAY(sa.Text), comment="null: every area"),
    sa.Column("lines", ARRAY(sa.Text)),
    sa.PrimaryKeyConstraint("pid"),
    schema="access",
    prefixes=["UNLOGGED"],
    comment="for whom a connection of the console reads now; only access.act writes it",
)
analyst = sa.Table(
    "analyst",
    metadata,
    sa.Column("role", sa.Text, primary_key=True, comment="a login role of the database, member of nothing"),
    sa.Column("areas", ARRAY(sa.Text), comment="beginnings of area codes; null: every area"),
    sa.Column("lines", ARRAY(sa.Text), comment="insurance lines; null: every line"),
    sa.Column("created_by", sa.Text, nullable=False),
    _stamp("created_at", now=True),
    sa.Column("project", sa.Text, sa.ForeignKey("access.project.project"), comment="whose person keys they see; null: a reader of published figures only"),
    schema="access",
    comment="who may read `mart`, and of which areas and insurance lines",
)
idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("request_hash", BYTEA, nullable=False, comment="SHA-256 of route and body: another request under the same key is refused"),
    sa.Column("status", sa.SmallInteger),
    sa.Column("answer", JSONB, comment="ids and states, never a value of a person"),
    _stamp("recorded_at", now=True),
    sa.PrimaryKeyConstraint("account", "key"),
    schema="access",
    comment="writes of programs done once: the answer, kept under the key the program gave",
)
look_limit = sa.Table(
    "look_limit",
    metadata,
    sa.Column(
        "kind",
        sa.Text,
        sa.CheckConstraint("kind in ('look','search','open')", name="kind"),
        primary_key=True,
        comment="look: a person, case or row shown; search; open: values seen in clear",
    ),
    sa.Column("an_hour", sa.Integer, nullable=False, comment="more than this in one hour is told of anybody"),
    sa.Column("times", sa.Integer, nullable=False, comment="and so is this many times what is usual for the account"),
    sa.Column("least", sa.Integer, nullable=False, comment="fewer in an hour are never told"),
    sa.Column("locks", sa.Boolean, nullable=False, server_default=sa.false(), comment="the account sees nobody any more until the alert is settled"),
    schema="access",
    comment="how often an account may look before the security administrator is told",
)
look = sa.Table(
    "look",
    metadata,
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", STAMP, nullable=False),
    schema="access",
    comment="looks of accounts over sixty days, to be counted; what was looked at stands in the trail",
)
sa.Index(None, look.c.account, look.c.kind, look.c.at)
alert = sa.Table(
    "alert",
    metadata,
    sa.Column("alert_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _account(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("hour", STAMP, nullable=False),
    sa.Column("looks", sa.Integer, nullable=False, comment="in that hour, when it was told"),
    sa.Column("usual", sa.Integer, comment="looks in an hour of work before; null: too few hours to tell"),
    sa.Column("locks", sa.Boolean, nullable=False, comment="the account sees nobody until it is settled"),
    _stamp("raised_at", now=True),
    sa.Column("settled_by", sa.Text),
    _stamp("settled_at"),
    sa.Column("comment", sa.Text),
    sa.UniqueConstraint("account", "kind", "hour"),
    sa.CheckConstraint("(settled_by is null) = (settled_at is null)", name="whole"),
    sa.CheckConstraint("settled_by <> account", name="other"),
    schema="access",
    comment="an account looked far more than usual, or than the limit; settled by a security administrator, never by itself",
)
