"""Employers: a valid credit code makes records one; an equal name in one area is a case for a steward."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.pipeline.pairs import pair_rows
from mappings.numbers import is_valid_credit_code
from warehouse import identity
from warehouse.db import Connection

EMPLOYER = "employer_record"
FORMS = r"(有限责任公司|股份有限公司|有限公司|集团|公司|厂|\s|[（(].*?[）)])"
"""Words of a legal form and notes in brackets: they say little about which employer it is."""


def resolve_employers(connection: Connection, version: int) -> dict[str, Any]:
    """Place every employer record and list the doubtful pairs; judgements outrank both rules."""
    records, judged = identity.employer_records(connection), identity.judgements(connection, EMPLOYER)
    placed = place(records, judged)
    ids = dict(records.select("record_id", "candidate_id").iter_rows())
    places = placed.select(
        "source",
        "source_key",
        "candidate_id",
        entity_id=pl.col("cluster_id").replace_strict(ids, return_dtype=pl.String),
        grade=pl.lit("certain"),
        model_version=pl.lit(version, pl.Int64),
    )
    moves = identity.write_crosswalk(connection, EMPLOYER, places)
    doubtful = same_name(placed, judged)
    identity.write_pairs(connection, EMPLOYER, pair_rows(doubtful, version, EMPLOYER))
    return {"records": len(records), "employers": placed["cluster_id"].n_unique(), "cases": len(doubtful), "moved": moves.moved}


def place(records: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Give each employer record its `cluster_id`, the oldest record of those joined by code or judgement.

    Two clusters that a judgement keeps apart are never joined by a judgement on others.
    """
    valid = {code for code in records["credit_code"].drop_nulls().unique() if is_valid_credit_code(code)}
    by_code = pl.col("credit_code").is_in(valid)
    apart = set(judged.filter(pl.col("verdict") == "different").select("left_id", "right_id").iter_rows())
    first = records.with_columns(cluster_id=pl.when(by_code).then(pl.col("record_id").first().over("credit_code")).otherwise(pl.col("record_id")))
    parent: dict[str, str] = dict(first.select("record_id", "cluster_id").iter_rows())
    parent |= {record: record for pair in apart for record in pair if parent.get(pair[0]) == parent.get(pair[1])}
    age = dict(records.select("record_id", "founding").iter_rows())
    for left, right in judged.filter(pl.col("verdict") == "same").select("left_id", "right_id").iter_rows():
        if left not in parent or right not in parent:
            continue
        older, younger = sorted((parent[left], parent[right]), key=lambda record: age[record])
        members = {record for record, head in parent.items() if head in (older, younger)}
        if not any(a in members and b in members for a, b in apart):
            parent |= {record: older for record, head in parent.items() if head == younger}
    return first.with_columns(cluster_id=pl.col("record_id").replace_strict(parent))


def same_name(placed: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """List pairs of employers that share a name and an area and that nobody has judged: one pair per two clusters."""
    heads = placed.filter(pl.col("record_id") == pl.col("cluster_id")).with_columns(
        plain=pl.col("name").str.normalize("NFKC").str.replace_all(FORMS, ""), has_code=pl.col("credit_code").is_not_null()
    )
    pairs = heads.join(heads, on=["plain", "area_code"], suffix="_right").filter(pl.col("founding") < pl.col("founding_right"))
    pairs = pairs.filter(~(pl.col("has_code") & pl.col("has_code_right")))  # two codes: two employers
    pairs = pairs.select(left_id="record_id", right_id="record_id_right").unique(maintain_order=True)
    decided = pl.concat([judged.select("left_id", "right_id"), judged.select(left_id="right_id", right_id="left_id")])
    pairs = pairs.join(decided, on=["left_id", "right_id"], how="anti", maintain_order="left")
    return pairs.with_columns(case_type=pl.lit("same_name"), weight=pl.lit(0.0), probability=pl.lit(0.5))
