"""What stewards did: acts undone as a whole, proposals that wait for a second person, pins, samples."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.tables import NOW, STAMP, metadata

SCHEMA = "identity"


def _text(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, comment=comment)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _now(name: str = "recorded_at") -> sa.Column[object]:
    return sa.Column(name, STAMP, nullable=False, server_default=NOW)


proposal = sa.Table(
    "proposal",
    metadata,
    _key("proposal_id"),
    _text("kind", comment="of the act: verdict, merge, split, move, pin, bulk"),
    _text("case_id", nullable=True),
    sa.Column("plan", JSONB, nullable=False, comment="what would be written: ids of records, never a value"),
    sa.Column(
        "blocking",
        ARRAY(sa.Text),
        sa.CheckConstraint("cardinality(blocking) > 0", name="blocking"),
        nullable=False,
        comment="why a second person is needed: conflicts and lines of the policy",
    ),
    _text("state_token", comment="what the first person saw; another state is refused"),
    _text("author"),
    _text("reason_code"),
    _text("comment"),
    _now(),
    sa.Column("decision", sa.Text, sa.CheckConstraint("decision in ('approve','refuse','withdraw')", name="decision")),
    _text("decided_by", nullable=True),
    _text("decision_comment", nullable=True),
    sa.Column("decided_at", STAMP),
    sa.CheckConstraint("(decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)", name="whole"),
    sa.CheckConstraint("decision is null or (decision = 'withdraw') = (decided_by = author)", name="second"),
    schema=SCHEMA,
    comment="an act that needs a second person: proposed by the first, approved or refused by another",
)
sa.Index("proposal_open_idx", proposal.c.case_id, unique=True, postgresql_where=proposal.c.decision.is_(None))
act = sa.Table(
    "act",
    metadata,
    _key("act_id"),
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind in ('verdict','merge','split','move','pin','unpin','bulk','undo')", name="kind"), nullable=False),
    _text("case_id", nullable=True),
    _text("author"),
    _text("second", nullable=True, comment="who approved it, never its author"),
    sa.Column("proposal_id", sa.BigInteger, sa.ForeignKey(proposal.c.proposal_id), unique=True),
    sa.Column(
        "blocking", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'"), comment="conflicts and lines of the policy that asked for a second person"
    ),
    _text("reason_code"),
    _text("comment"),
    sa.Column("undoes", sa.BigInteger, sa.ForeignKey("identity.act.act_id"), unique=True),
    sa.Column("detail", JSONB, nullable=False, comment="placements before and after, evidence as shown: ids and numbers, never a value"),
    _now(),
    sa.CheckConstraint("cardinality(blocking) = 0 or second is not null", name="four_eyes"),
    sa.CheckConstraint("kind <> 'bulk' or second is not null", name="bulk"),
    sa.CheckConstraint("second <> author", name="second"),
    sa.CheckConstraint("(second is null) = (proposal_id is null)", name="proposed"),
    sa.CheckConstraint("(kind = 'undo') = (undoes is not null)", name="undoes"),
    schema=SCHEMA,
    comment="what a steward did, append-only: a verdict, split, move, pin, bulk verdict, or the undoing of one",
)
sa.Index(None, act.c.case_id)
sa.Index("act_author_idx", act.c.author, act.c.act_id)
judged_record = sa.Table(
    "judged_record",
    metadata,
    sa.Column("act_id", sa.BigInteger, sa.ForeignKey(act.c.act_id), nullable=False),
    _text("source"),
    _text("source_key"),
    sa.Column("basis", JSONB, nullable=False, comment="key field -> keyed hash of its value, so that a change can be told and the value cannot"),
    sa.PrimaryKeyConstraint("act_id", "source", "source_key"),
    schema=SCHEMA,
    comment="records an act rested on, with their key values as they were: append-only",
)
sa.Index(None, judged_record.c.source, judged_record.c.source_key)
pin = sa.Table(
    "pin",
    metadata,
    _key("pin_id"),
    sa.Column("act_id", sa.BigInteger, sa.ForeignKey(act.c.act_id), nullable=False),
    _text("source"),
    _text("source_key"),
    _text("field"),
    sa.Column("until", sa.Date, comment="last day it holds; null: until it is ended"),
    _text("author"),
    _now(),
    sa.Column("agreed_at", STAMP, comment="since when survivorship says the same without it: the pin proposes to end"),
    sa.Column("ended_at", STAMP),
    sa.Column("ended_act", sa.BigInteger, sa.ForeignKey(act.c.act_id)),
    sa.CheckConstraint("(ended_at is null) = (ended_act is null)", name="ended"),
    schema=SCHEMA,
    comment="a person whose record this is takes the field from it, whatever survivorship says; the latest pin of a person counts",
)
sa.Index("pin_source_source_key_idx", pin.c.source, pin.c.source_key, postgresql_where=pin.c.ended_at.is_(None))
sa.Index("pin_open_idx", pin.c.source, pin.c.source_key, pin.c.field, unique=True, postgresql_where=pin.c.ended_at.is_(None))
sampled = sa.Table(
    "sampled",
    metadata,
    sa.Column("purpose", sa.Text, sa.CheckConstraint("purpose in ('audit','bulk')", name="purpose"), nullable=False),
    _text("pattern", comment="kind and levels of the cases of a bulk verdict; the day of an audit sample"),
    _text("case_id"),
    *(_text(name) for name in ("left_source", "left_key", "right_source", "right_key")),
    sa.Column("evidence", JSONB, nullable=False, comment="kind, weight, probability and levels as drawn"),
    _text("drawn_by"),
    _now("drawn_at"),
    sa.PrimaryKeyConstraint("purpose", "pattern", "case_id"),
    schema=SCHEMA,
    comment="cases drawn at random: of a pattern before a bulk verdict, and of certain links to audit; append-only",
)
sa.Index(None, sampled.c.case_id)
