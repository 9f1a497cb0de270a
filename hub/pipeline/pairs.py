"""Doubtful pairs of a run as rows of `identity.pair`, each with a name that never changes."""

from __future__ import annotations

import base64
import hashlib

import polars as pl


def case_id(left: str, right: str) -> str:
    """Name a pair of records: the same whenever the two meet again, whichever comes first."""
    digest = hashlib.blake2b("\n".join(sorted((left, right))).encode(), digest_size=10).digest()
    return "c" + base64.b32encode(digest).decode().lower()


def pair_rows(doubtful: pl.DataFrame, version: int, entity: str, compared: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the rows for the doubtful pairs (left_id, right_id, case_type, weight, probability), with the level of every comparison.

    compared: left_id, right_id and a column per comparison, where the pairs were compared.  Of a case that returns, `reopened_act` and `changed`
    say which act had decided it and which key fields are others now.
    """
    frame = doubtful.unique(["left_id", "right_id"], keep="first", maintain_order=True)
    if compared is None:
        frame = frame.with_columns(levels=pl.lit("{}"))
    else:
        levels = [name for name in compared.columns if name not in ("left_id", "right_id", "weight", "probability", "grade")]
        packed = compared.select("left_id", "right_id", levels=pl.struct(levels).struct.json_encode())
        frame = frame.join(packed, on=["left_id", "right_id"], how="left", maintain_order="left")
    sides = [
        pl.col(f"{side}_id").str.splitn("/", 2).struct.field(field).alias(f"{side}_{part}")
        for side in ("left", "right")
        for field, part in (("field_0", "source"), ("field_1", "key"))
    ]
    return frame.select(
        pl.Series("case_id", [case_id(left, right) for left, right in frame.select("left_id", "right_id").iter_rows()], pl.String),
        pl.lit(entity).alias("entity"),
        *sides,
        pl.col("case_type").alias("kind"),
        "weight",
        "probability",
        pl.col("levels").fill_null("{}"),
        pl.lit(version).alias("model_version"),
        *(name for name in ("reopened_act", "changed") if name in frame.columns),
    )
