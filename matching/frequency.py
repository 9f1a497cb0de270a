"""How common values are: frozen counts that make agreement on a common value say less."""

from __future__ import annotations

import numpy as np
import polars as pl

from matching.model import FrequencyTable
from matching.spec import Frequency, Spec
from matching.types import Encoded

_EACH = 4
"""Records without the part that tells persons apart that count as one person."""


def fit_frequency(encoded: Encoded, spec: Spec) -> dict[str, FrequencyTable]:
    """Count the values of every ranked part; only values above the lowest class are kept, as hashes."""
    return {declared.part: _table(encoded, declared) for declared in spec.frequency}


def _table(encoded: Encoded, declared: Frequency) -> FrequencyTable:
    absent = (pl.col("of") == 0).sum() if declared.of else pl.lit(0)
    counted = pl.len() if declared.of is None else pl.col("of").filter(pl.col("of") != 0).n_unique() + (absent + _EACH - 1) // _EACH
    columns = {"key": encoded.part(declared.part).astype(np.uint64)} | ({"of": encoded.part(declared.of)} if declared.of else {})
    counts = pl.DataFrame(columns).filter(pl.col("key") != 0).group_by("key").agg(counted.alias("count"))
    kept = counts.filter(pl.col("count") > declared.classes[0]).sort("key")
    return FrequencyTable(kept["key"].to_numpy(), kept["count"].to_numpy().astype(np.int64), declared.classes)
