"""The flat frame of all person records as the systems hold them, for whoever measures matching."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.numbers import with_check

FLAT = (
    "record_id", "source", "stream", "part", "key", "name", "former_name", "sex_code", "birth_date", "id_number", "phone", "address", "area_code",
    "employer_name",
    "household_no", "person",
)  # fmt: skip


def flat(records: pl.DataFrame) -> pl.DataFrame:
    """Give the written records lightly canonicalised: sex by GB/T 2261.1, birth dates as ISO text to their precision, absent values null.

    The rows stand in the order of `record`; `person` is the true id and must not be read by a matcher.
    """
    text = {
        "name": "w_name", "former_name": "former_name", "birth_date": "w_birth", "id_number": "w_number", "phone": "w_phone",
        "address": "w_address", "area_code": "division", "employer_name": "w_employer", "household_no": "household_no", "sex_code": "w_sex",
    }  # fmt: skip
    whose = pl.when(pl.col("source") == "archive_room").then(pl.lit("")).otherwise(pl.col("part")).alias("part")
    frame = records.sort("record").with_columns(whose, *(pl.col(written).replace("", None).alias(name) for name, written in text.items()))
    if "key" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.Utf8).alias("key"))
    return frame.with_columns(pl.format("{}-{}", pl.col("source"), pl.col("record")).alias("record_id")).select(FLAT)


def number_join_f1(frame: pl.DataFrame) -> float:
    """Score joining on equal numbers, after the obvious cleaning (width, case, 15 to 18), against the truth: pairwise F1."""
    return pairwise_f1(frame["person"].to_numpy(), _number_clusters(frame))


def _number_clusters(frame: pl.DataFrame) -> NDArray[np.int64]:
    number = frame["id_number"].fill_null("").str.normalize("NFKC").str.strip_chars().str.to_uppercase().to_numpy().astype("U20")
    old = (np.strings.str_len(number) == 15) & np.strings.isdigit(number)
    first = np.strings.add(np.strings.add(number[old].astype("U6"), "19"), np.strings.slice(number[old], 6, 15))
    number[old] = with_check(first.astype("U17"))
    good = (np.strings.str_len(number) == 18) & ~np.isin(number, ("0" * 18, "1" * 18, "123456789012345678"))
    _, cluster = np.unique(np.where(good, number, np.char.add("r", np.arange(len(number)).astype(np.str_))), return_inverse=True)
    return np.asarray(cluster)


def pairwise_f1(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    """Compare two partitions of the same rows by the pairs they join."""
    pairs = [float((n * (n - 1) // 2).sum()) for n in (np.unique(c, return_counts=True)[1] for c in (truth, found))]
    _, both = np.unique(np.stack([truth, found]), axis=1, return_counts=True)
    return 2 * float((both * (both - 1) // 2).sum()) / sum(pairs) if sum(pairs) else 1.0
