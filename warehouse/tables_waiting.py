"""The stewards' queue: one row a case, with what orders, filters and routes it, made at resolve so that a page is one index walk."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.tables import NOW, STAMP, metadata

SCHEMA = "identity"

waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("value", sa.SmallInteger, nullable=False, comment="0 to 100: how hard to decide, how much money, how long it waits; the order of the queue"),
    sa.Column("money", sa.Numeric(14, 2), nullable=False, comment="yuan a month in payment to the persons it is about"),
    sa.Column("since", STAMP, nullable=False, server_default=NOW, comment="when a run first found it"),
    sa.Column("areas", ARRAY(sa.Text), nullable=False, comment="of its records; routes the case"),
    sa.Column("lines", ARRAY(sa.Text), nullable=False, comment="insurance lines of its records; routes the case"),
    sa.Column("sources", ARRAY(sa.Text), nullable=False),
    sa.Column(
        "state",
        sa.Text,
        sa.CheckConstraint("state in ('open','unsure','documents','second','decided')", name="state"),
        nullable=False,
        server_default="open",
    ),
    sa.Column("routed_to", sa.Text, comment="the steward it was given to by another"),
    sa.Column("escalated", sa.Boolean, nullable=False, server_default=sa.false(), comment="given to those who may cross areas"),
    sa.Column("filled_at", STAMP, nullable=False, server_default=NOW, comment="when its value was last worked out; a day is as old as it gets"),
    schema=SCHEMA,
    comment="cases as a queue; `state` follows judgements, proposals and pairs by triggers",
)
sa.Index("waiting_queue_idx", waiting.c.value, waiting.c.case_id, postgresql_where=waiting.c.state != "decided")
sa.Index(None, waiting.c.routed_to)
name_key = sa.Table(
    "name_key",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, comment="as it stands on records, also as a former name"),
    sa.Column("pinyin", sa.Text, nullable=False, comment="without tones or spaces, with the readings of surnames"),
    sa.Column("initials", sa.Text, nullable=False),
    schema=SCHEMA,
    comment="how each distinct name is typed by who does not type characters",
)
sa.Index(None, name_key.c.pinyin, postgresql_ops={"pinyin": "text_pattern_ops"})
sa.Index(None, name_key.c.initials, postgresql_ops={"initials": "text_pattern_ops"})
saved_list = sa.Table(
    "saved_list",
    metadata,
    sa.Column("list_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, comment="the steward who keeps it"),
    sa.Column("shared", sa.Boolean, nullable=False, comment="shown to every steward; only its owner ends it"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("filters", JSONB, nullable=False, comment="filter -> value; never a text that was searched"),
    sa.Column("made_at", STAMP, nullable=False, server_default=NOW),
    schema=SCHEMA,
    comment="filters of the queue kept under a name, by a steward for themselves or for all",
)
sa.Index("saved_list_name_idx", saved_list.c.owner, saved_list.c.name, unique=True)
