"""The warehouse's tables as declared: `core` from the canonical dictionary, `ops` for batches and their ledger.

A migrated database equals this file (tests/warehouse/test_migrations.py).  Core has one current row per
(source, source_key) and an append-only history of the versions it replaced.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP

from mappings.canonical import ENTITIES, Entity, Kind

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)

TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "code": sa.Text(),
    "partial_date": sa.Text(),
    "key": sa.Text(),
    "date": sa.Date(),
    "month": sa.Date(),
    "amount": sa.Numeric(14, 2),
    "integer": sa.BigInteger(),
}
BLIND = ("id_number", "phone", "address")
"""Personal fields with a keyed blind index, so that an exact value can be found without being stored."""
SEARCHED = ("name", "former_name", "source_key")
"""Columns of a person record that are searched by equality and by their beginning."""
NOW = sa.text("now()")
STAMP = TIMESTAMP(timezone=True)


def _record_columns(entity: Entity) -> list[sa.Column[Any]]:
    columns: list[sa.Column[Any]] = [sa.Column("source", sa.Text, nullable=False), sa.Column("source_key", sa.Text, nullable=False)]
    columns += [sa.Column(f.name, TYPES[f.kind], comment=f.meaning) for f in entity.fields if not f.personal]
    if entity.personal:
        columns.append(sa.Column("sealed", BYTEA, comment="personal fields, one ciphertext"))
    columns += [sa.Column(f"{name}_blind", BYTEA, comment="keyed blind index") for name in BLIND if name in entity.personal]
    columns += [
        sa.Column("derived", sa.Boolean, nullable=False, comment="made from rows of something else, as a person from tax lines"),
        sa.Column("hash", BYTEA, nullable=False, comment="keyed hash of the canonical values"),
        sa.Column("sequence", sa.BigInteger, nullable=False, comment="batch sequence of this version"),
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("row_number", sa.BigInteger, nullable=False),
        sa.Column("first_sequence", sa.BigInteger, nullable=False, comment="oldest batch the record came with; its age for person_id"),
        sa.Column("first_row", sa.BigInteger, nullable=False),
        sa.Column("ended_sequence", sa.BigInteger, comment="batch in which the key was gone from the source"),
        sa.Column("refused_newer", sa.Boolean, nullable=False, server_default=sa.false(), comment="a newer version waits in quarantine"),
        sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    ]
    return columns


def _core(entity: Entity) -> None:
    table = sa.Table(
        entity.name,
        metadata,
        *_record_columns(entity),
        sa.PrimaryKeyConstraint("source", "source_key"),
        schema="core",
        comment=f"{entity.zh}: {entity.meaning}",
    )
    for name in BLIND:
        if f"{name}_blind" in table.c:
            sa.Index(None, table.c[f"{name}_blind"])
    if "person_key" in table.c:
        sa.Index(None, table.c.source, table.c.person_key)
    if "employer_key" in table.c:
        sa.Index(None, table.c.source, table.c.employer_key)
    sa.Index(None, table.c.recorded_at, postgresql_using="brin")
    if entity.name == "person_record":
        for name in SEARCHED:
            sa.Index(None, table.c[name], postgresql_ops={name: "text_pattern_ops"})
        sa.Index(None, table.c.birth_date)
    history = sa.Table(
        f"{entity.name}_history",
        metadata,
        *_record_columns(entity),
        sa.Column("recorded_to", STAMP, nullable=False, server_default=NOW, comment="when the next version replaced this one"),
        schema="core",
        comment=f"{entity.zh}: versions replaced, append-only",
    )
    sa.Index(None, history.c.source, history.c.source_key)
    sa.Index(None, history.c.recorded_to, postgresql_using="brin")


for _entity in ENTITIES.values():
    _core(_entity)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("batch_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False, comment="order within the source; for dated sources YYYYMMDDnn of the interval"),
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind in ('run','backfill','repair')", name="kind"), nullable=False),
    sa.Column(
        "state",
        sa.Text,
        sa.CheckConstraint("state in ('extracting','landed','mapped','stopped','approved','passed','published','rejected')", name="state"),
        nullable=False,
    ),
    sa.Column("interval_start", STAMP),
    sa.Column("interval_end", STAMP),
    sa.Column("mapping_hash", sa.Text, comment="SHA-256 of the source file the staged records were made with"),
    sa.Column("override_id", sa.BigInteger, comment="last code mapping from the console that was used"),
    sa.Column("metrics", JSONB, comment="what the gate observed: counts and shares only"),
    sa.Column("replay", sa.Integer, nullable=False, server_default=sa.text("0"), comment="times published again through a new mapping"),
    sa.Column("started_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("published_at", STAMP),
    sa.UniqueConstraint("source", "sequence"),
    schema="ops",
    comment="one extraction of one source",
)
COUNTS = ("accepted", "quarantined", "unchanged", "superseded", "out_of_scope")
ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey(batch.c.batch_id), nullable=False),
    sa.Column("replay", sa.Integer, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("extracted", sa.BigInteger, nullable=False),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTS),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.PrimaryKeyConstraint("batch_id", "replay", "stream"),
    sa.CheckConstraint("extracted = accepted + quarantined + unchanged + superseded + out_of_scope", name="balance"),
    schema="ops",
    comment="per stream of a batch: every extracted row in exactly one state",
)
absence = sa.Table(
    "absence",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey(batch.c.batch_id), nullable=False),
    sa.Column("replay", sa.Integer, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("known", sa.BigInteger, nullable=False, comment="keys open before this batch"),
    sa.Column("seen", sa.BigInteger, nullable=False, comment="of those, still at the source"),
    sa.Column("ended", sa.BigInteger, nullable=False, comment="of those, gone"),
    sa.Column("new", sa.BigInteger, nullable=False, comment="keys not known before"),
    sa.PrimaryKeyConstraint("batch_id", "replay", "stream"),
    sa.CheckConstraint("known = seen + ended", name="balance"),
    schema="ops",
    comment="the second balance: keys known = seen + ended",
)
raw_key = sa.Table(
    "raw_key",
    metadata,
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("row_key", sa.Text, nullable=False),
    sa.Column("first_sequence", sa.BigInteger, nullable=False),
    sa.Column("ended_sequence", sa.BigInteger),
    sa.PrimaryKeyConstraint("source", "stream", "row_key"),
    schema="ops",
    comment="keys a source is known to hold, judged before mapping and gate",
)
watermark = sa.Table(
    "watermark",
    metadata,
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False, comment="highest cursor value of the published batches, as the source writes it"),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("source", "stream"),
    schema="ops",
    comment="where the next extraction of a cursor source begins",
)
quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey(batch.c.batch_id), nullable=False),
    sa.Column("row_number", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("row_key", sa.Text, comment="null where the row has no readable key"),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False, comment="entity.field:code, every one"),
    sa.Column("raw", BYTEA, nullable=False, comment="the raw row as received, one ciphertext"),
    sa.Column("raw_hash", BYTEA, nullable=False, comment="keyed hash of the raw row"),
    sa.Column(
        "state", sa.Text, sa.CheckConstraint("state in ('open','superseded','resolved','replayed')", name="state"), nullable=False, server_default="open"
    ),
    sa.Column("repair_batch_id", sa.Text, comment="the batch that replayed the row"),
    sa.Column("repair_row", sa.BigInteger, comment="the row's number in that batch"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.Column(
        "areas",
        ARRAY(sa.Text),
        nullable=False,
        server_default="{}",
        comment="areas its records name, as mapped when it was refused: whose stewards see it; none: those of every area",
    ),
    sa.PrimaryKeyConstraint("batch_id", "row_number"),
    schema="ops",
    comment="refused rows: every reason and the sealed raw row, repairable and replayable",
)
sa.Index(None, quarantine.c.source, quarantine.c.stream, quarantine.c.row_key, postgresql_where=quarantine.c.state == "open")
sa.Index(None, quarantine.c.repair_batch_id, postgresql_where=quarantine.c.repair_batch_id.is_not(None))
repair = sa.Table(
    "repair",
    metadata,
    sa.Column("repair_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.Column("row_number", sa.BigInteger, nullable=False),
    sa.Column("sealed", BYTEA, nullable=False, comment="column -> corrected text, one ciphertext; the original stays"),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("plan_id", sa.BigInteger, comment="the bulk repair it is part of"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    schema="ops",
    comment="corrections to quarantined rows, append-only; they outlive the refusal, which a replay of its batch writes anew",
)
sa.Index(None, repair.c.batch_id, repair.c.row_number)
finding = sa.Table(
    "finding",
    metadata,
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("entity", sa.Text, nullable=False),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("batch_id", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("source", "entity", "source_key", "field", "code"),
    schema="ops",
    comment="quality findings on the current version of accepted records",
)
gate_decision = sa.Table(
    "gate_decision",
    metadata,
    sa.Column("batch_id", sa.Text, sa.ForeignKey(batch.c.batch_id), primary_key=True),
    sa.Column("stops", JSONB, nullable=False, comment="why the gate stopped: codes and counts only"),
    sa.Column("asked_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("decision", sa.Text, sa.CheckConstraint("decision in ('approve','reject')", name="decision")),
    sa.Column("author", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("decided_at", STAMP),
    sa.CheckConstraint("(decision is null) = (author is null) and (decision is null) = (reason is null)", name="whole"),
    schema="ops",
    comment="a stopped batch and the person's decision",
)
lookup_override = sa.Table(
    "lookup_override",
    metadata,
    sa.Column("override_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("lookup", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    schema="ops",
    comment="code mappings made by people, append-only; the latest of a value wins",
)
unknown_code = sa.Table(
    "unknown_code",
    metadata,
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("lookup", sa.Text, nullable=False),
    sa.Column("value_blind", BYTEA, nullable=False),
    sa.Column("value_sealed", BYTEA, nullable=False, comment="sealed, for a misplaced column may hold anything"),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("batch_id", sa.Text, nullable=False, comment="batch that showed it last"),
    sa.PrimaryKeyConstraint("source", "stream", "lookup", "value_blind"),
    schema="ops",
    comment="work list of codes no lookup explains",
)
stage_time = sa.Table(
    "stage_time",
    metadata,
    sa.Column("stage_time_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("cpu_seconds", sa.Double, nullable=False),
    sa.Column("sealing_seconds", sa.Double, nullable=False, comment="of them: sealing, opening, keyed hashes"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    schema="ops",
    comment="CPU seconds of each call of a stage",
)
incident = sa.Table(
    "incident",
    metadata,
    sa.Column("incident_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False, comment="source, or the DAG where it is none"),
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind in ('late','volume','stopped','failed')", name="kind"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False, server_default="", comment="the batch, where the incident is of one batch"),
    sa.Column("en", sa.Text, nullable=False, comment="what is wrong, in words; counts only"),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("opened_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("opened_told_at", STAMP),
    sa.Column("closed_at", STAMP),
    sa.Column("closed_told_at", STAMP),
    schema="ops",
    comment="what went wrong with a source and when it was over; each is told once, and its end once",
)
sa.Index("incident_open_idx", incident.c.source, incident.c.kind, incident.c.subject, unique=True, postgresql_where=incident.c.closed_at.is_(None))
