"""The findings planted for analysts, as facts of the tables and of the truth: what a right query over a right warehouse must give."""

from __future__ import annotations

import polars as pl

from county.facts import STOPPED_SINCE
from county.lives import County

FINDINGS = {"finding": pl.Utf8, "person": pl.Int64, "other_person": pl.Int64, "employer": pl.Utf8, "month": pl.Utf8, "detail": pl.Utf8}


def findings(county: County, records: pl.DataFrame, pension: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """List them, one row a person and month, or an employer."""
    parts = [
        _dead_but_paid(county, pension["ac61"]),
        _paid_twice(county, pension["ac61"]),
        _of_plant(county, "employed_unemployed", "benefit months 2025-05 to 2025-08 with contributions by an employer"),
        _of_plant(county, "archive_missing", "pension of line 110 or 120 paid, no approval (HD) in the archive"),
        _of_plant(county, "coverage_gap", "three to eight months without a line between two paid ones (ac43)"),
        _two_numbers(records, county),
        _one_number(records, county),
        _stopped(county, pension["ac02"]),
    ]
    return pl.concat([part.select(_typed(part)) for part in parts])


def again(listed: pl.DataFrame, county: County, pension: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Bring the list up to date after days of payments: what is found month by month grows, the rest stays."""
    monthly = [part.select(_typed(part)) for part in (_dead_but_paid(county, pension["ac61"]), _paid_twice(county, pension["ac61"]))]
    return pl.concat([*monthly, listed.filter(~pl.col("finding").is_in(["dead_but_paid", "paid_twice"]))])


def _typed(part: pl.DataFrame) -> list[pl.Expr]:
    return [(pl.col(c) if c in part.columns else pl.lit(None)).cast(kind).alias(c) for c, kind in FINDINGS.items()]


def _dead_but_paid(county: County, paid: pl.DataFrame) -> pl.DataFrame:
    """Find pensions of months after the month of death, in sources that together know of it."""
    dead = county.people.filter(pl.col("death").is_not_null()).select(pl.col("person").alias("_person"), pl.col("death").dt.to_string("%Y%m").alias("died"))
    late = paid.join(dead, on="_person").filter(pl.col("aae002") > pl.col("died"), pl.col("_fault") == "")
    return late.select(pl.lit("dead_but_paid").alias("finding"), pl.col("_person").alias("person"), pl.col("aae002").alias("month")).sort("person", "month")


def _paid_twice(county: County, paid: pl.DataFrame) -> pl.DataFrame:
    """Find months for which one person drew two pensions, in two divisions or of two lines."""
    pensions = (
        paid.filter(pl.col("aaa036") != "9001", pl.col("_fault") == "")
        .group_by("_person", "aae002")
        .agg(pl.len(), pl.col("aae140").n_unique().alias("insurances"))
    )
    twice = pensions.filter(pl.col("len") > 1)
    detail = pl.when(pl.col("insurances") > 1).then(pl.lit("two lines")).otherwise(pl.lit("two divisions"))
    frame = twice.select(pl.lit("paid_twice").alias("finding"), pl.col("_person").alias("person"), pl.col("aae002").alias("month"), detail.alias("detail"))
    return frame.sort("person", "month")


def _of_plant(county: County, plant: str, detail: str) -> pl.DataFrame:
    chosen = county.people.filter(pl.col("plant") == plant)
    return chosen.select(pl.lit(plant).alias("finding"), "person", pl.lit(detail).alias("detail"))


def _two_numbers(records: pl.DataFrame, county: County) -> pl.DataFrame:
    """Find persons of whom two valid numbers really stand on the books."""
    holders = county.people.filter(pl.col("second_number") != "").select("person", "number", "second_number")
    seen = records.filter(pl.col("k_number") == "").select("person", "w_number").unique()
    both = seen.join(holders, on="person").filter((pl.col("w_number") == pl.col("number")) | (pl.col("w_number") == pl.col("second_number")))
    return both.group_by("person").len().filter(pl.col("len") > 1).select(pl.lit("two_numbers").alias("finding"), "person").sort("person")


def _one_number(records: pl.DataFrame, county: County) -> pl.DataFrame:
    """Find pairs of persons whose one number stands on the books beside both."""
    pairs = county.people.filter(pl.col("shares_number_with") > pl.col("person")).select("person", pl.col("shares_number_with").alias("other_person"))
    seen = records.filter(pl.col("k_number") == "")["person"].unique()
    held = pairs.filter(pl.col("person").is_in(seen.to_list()), pl.col("other_person").is_in(seen.to_list()))
    return held.select(pl.lit("one_number").alias("finding"), "person", "other_person")


def _stopped(county: County, enrolled: pl.DataFrame) -> pl.DataFrame:
    """Find employers with people enrolled and paying for whom nothing was received since the month they stopped."""
    paying = enrolled.filter(pl.col("aac031") == "1", pl.col("_fault") == "").select("aab001").unique()
    stopped = county.employers.filter(pl.col("stopped")).with_columns((pl.col("employer") + 52000000).cast(pl.Utf8).alias("aab001"))
    found = stopped.join(paying, on="aab001", how="semi").sort("employer")
    return found.select(
        pl.lit("employer_stopped").alias("finding"), pl.col("credit_code").alias("employer"), pl.lit(str(STOPPED_SINCE).replace("-", "")).alias("month")
    )
