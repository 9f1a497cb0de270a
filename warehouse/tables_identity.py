"""The identity tables: who is whom, by which model, by whose judgement; merge and unmerge change only these."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from warehouse.tables import NOW, STAMP, metadata

SCHEMA = "identity"


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = False, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _pair() -> list[sa.Column[Any]]:
    return [_column(name, sa.Text()) for name in ("left_source", "left_key", "right_source", "right_key")]


def _crosswalk() -> list[sa.Column[Any]]:
    return [
        _column("entity", sa.Text()),
        _column("source", sa.Text()),
        _column("source_key", sa.Text()),
        _column("candidate_id", sa.Text(), comment="the id this record brings along, from its source and key"),
        _column("entity_id", sa.Text(), comment="whose record it is: the candidate id of the cluster's oldest record"),
        _column("grade", sa.Text(), comment="of the record's placement: certain, or judged by a person"),
        _column("model_version", sa.Integer()),
        sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    ]


model_version = sa.Table(
    "model_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True),
    _column("model", sa.Text(), comment="m/u, term frequencies by keyed hash, narrowed block keys, thresholds; no personal value"),
    sa.Column("state", sa.Text, sa.CheckConstraint("state in ('proposed','approved','retired')", name="state"), nullable=False),
    _column("effect", JSONB(), nullable=True, comment="what the dry run showed: merges, splits, grade changes"),
    _column("author", sa.Text()),
    _column("reason", sa.Text()),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    schema=SCHEMA,
    comment="matching models; the highest approved one is in force",
)
run = sa.Table(
    "run",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _column("state_key", sa.Text(), comment="what the run rested on: batches, judgements and model; the same again is a no-op"),
    _column("model_version", sa.Integer()),
    _column("counts", JSONB()),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("watermark", STAMP, comment="everything stamped before this instant is in it; the next run looks from here on"),
    sa.Column("judgement_id", sa.BigInteger, comment="the latest judgement it knew"),
    sa.Column("trust", sa.Text, comment="digest of how far each source was believed"),
    schema=SCHEMA,
    comment="runs of resolve",
)
aged = sa.Table(
    "aged",
    metadata,
    _column("source", sa.Text()),
    _column("source_key", sa.Text()),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    schema=SCHEMA,
    comment="person records that an older interval, loaded later, showed to be older: their id may be another",
)
sa.Index(None, aged.c.recorded_at, postgresql_using="brin")
crosswalk = sa.Table(
    "crosswalk",
    metadata,
    *_crosswalk(),
    sa.PrimaryKeyConstraint("entity", "source", "source_key"),
    schema=SCHEMA,
    comment="(entity, source, source_key) -> entity_id: the only place that says whose a record is",
)
sa.Index(None, crosswalk.c.entity_id)
sa.Index(None, crosswalk.c.candidate_id, unique=True)
crosswalk_history = sa.Table(
    "crosswalk_history",
    metadata,
    *_crosswalk(),
    sa.Column("recorded_to", STAMP, nullable=False, server_default=NOW),
    schema=SCHEMA,
    comment="placements that were replaced, append-only",
)
sa.Index(None, crosswalk_history.c.source, crosswalk_history.c.source_key)
judgement = sa.Table(
    "judgement",
    metadata,
    sa.Column("judgement_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _column("entity", sa.Text()),
    *_pair(),
    sa.Column("verdict", sa.Text, sa.CheckConstraint("verdict in ('same','different','unsure','documents')", name="verdict"), nullable=False),
    _column("reason", sa.Text()),
    _column("author", sa.Text()),
    _column("undoes", sa.BigInteger(), nullable=True, comment="the judgement this row takes back"),
    _column("evidence", JSONB(), nullable=True, comment="weight, probability and levels as shown when decided"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("act_id", sa.BigInteger, sa.ForeignKey("identity.act.act_id"), comment="the act it stands for; undoing the act takes it back"),
    sa.Column(
        "holds",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="keeps a person whole as shown when the act was done; the verdict itself is another row",
    ),
    sa.ForeignKeyConstraint(["undoes"], ["identity.judgement.judgement_id"]),
    sa.UniqueConstraint("undoes"),
    schema=SCHEMA,
    comment="what people decided about pairs of records, append-only; outranks every run",
)
sa.Index(None, judgement.c.left_source, judgement.c.left_key)
sa.Index(None, judgement.c.right_source, judgement.c.right_key)
sa.Index(None, judgement.c.act_id)
pair = sa.Table(
    "pair",
    metadata,
    _column("case_id", sa.Text(), comment="stable for the two records"),
    _column("entity", sa.Text()),
    *_pair(),
    _column("kind", sa.Text(), comment="possible, two_numbers, shared_number, bridge"),
    _column("weight", sa.Double(), comment="log2 odds from the evidence"),
    _column("probability", sa.Double()),
    _column("levels", JSONB(), comment="comparison -> level"),
    _column("model_version", sa.Integer()),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.Column("reopened_act", sa.BigInteger, sa.ForeignKey("identity.act.act_id"), comment="the act that decided it before a key value changed"),
    sa.Column("changed", ARRAY(sa.Text), comment="key fields that changed since"),
    sa.PrimaryKeyConstraint("case_id"),
    schema=SCHEMA,
    comment="pairs that wait for a person",
)
sa.Index("pair_left_idx", pair.c.left_source, pair.c.left_key)
sa.Index("pair_right_idx", pair.c.right_source, pair.c.right_key)
golden = sa.Table(
    "golden",
    metadata,
    _column("person_id", sa.Text()),
    _column("name", sa.Text(), nullable=True),
    _column("sex_code", sa.Text(), nullable=True),
    _column("birth_date", sa.Text(), nullable=True),
    _column("ethnic_code", sa.Text(), nullable=True),
    _column("area_code", sa.Text(), nullable=True),
    _column("death_date", sa.Text(), nullable=True),
    _column("sealed", BYTEA(), nullable=True, comment="id_number, phone, address: one ciphertext"),
    _column("id_number_blind", BYTEA(), nullable=True),
    _column("provenance", JSONB(), comment="field -> source, source_key, batch_id, row_number it came from"),
    _column("records", sa.Integer()),
    _column("hash", BYTEA(), comment="keyed hash of the values, to tell changed persons"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.PrimaryKeyConstraint("person_id"),
    schema=SCHEMA,
    comment="the golden record of each person: computed, each value with its provenance",
)
sa.Index(None, golden.c.id_number_blind)
sa.Index(None, golden.c.name)
rekey = sa.Table(
    "rekey",
    metadata,
    _column("source", sa.Text()),
    _column("entity", sa.Text()),
    _column("old_key", sa.Text()),
    _column("new_key", sa.Text()),
    _column("origin_key", sa.Text(), comment="the first key the record had; its candidate id rests on it"),
    _column("sequence", sa.BigInteger(), comment="batch that corrected the key"),
    sa.Column("recorded_at", STAMP, nullable=False, server_default=NOW),
    sa.PrimaryKeyConstraint("source", "entity", "new_key"),
    schema=SCHEMA,
    comment="same row, corrected key: ids and judgements go along with the record",
)
sa.Index(None, rekey.c.source, rekey.c.entity, rekey.c.old_key)
