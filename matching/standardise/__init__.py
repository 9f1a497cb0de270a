"""First step: every column becomes integers that can be compared and blocked; each unique value is read once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import polars as pl

from hub.errors import FatalError
from matching.hashing import mix_any
from matching.model import Model
from matching.spec import Spec
from matching.standardise import dates, lanes, numbers, places, texts
from matching.types import Encoded, Keys

Parts = dict[str, "np.ndarray | pl.Series"]
IDENTITY = {
    "han_name": ("whole", "chars", "sounds", "length"),
    "citizen_number": ("any", "digits0", "digits1", "size"),
    "date": ("value",),
    "phone": ("first", "second"),
}
"""Parts by which two values of a type are one and the same (`whole` for the other types)."""
_LONGEST = 512
"""Characters of a value that are looked at."""
TYPES: dict[str, Callable[[pl.Series, int], Parts]] = {
    "han_name": lanes.han_name,
    "citizen_number": numbers.citizen_number,
    "date": dates.chinese_date,
    "phone": places.phone,
    "address": places.address,
    "employer": places.employer,
    "code": places.code,
    "sex": places.sex,
    "text": texts.text,
    "person_name": texts.person_name,
    "digits": texts.digits,
}


def standardise(records: pl.DataFrame, model: Model) -> Encoded:
    """Read person records as `Encoded`, oldest first; columns the model does not know are ignored, absent ones are absent everywhere.

    Raises FatalError when `record_id` is missing, null or not unique.
    """
    return rank(encode(records, model.spec, model.seed), model)


def encode(records: pl.DataFrame, spec: Spec, seed: int) -> Encoded:
    """Standardise without the frequency classes (they come from a fitted model)."""
    _check_ids(records)
    frame = _frame(records)
    for column, declared in sorted(spec.columns.items()):
        series = records[column].cast(pl.String) if column in records.columns else pl.Series([None] * records.height, dtype=pl.String)
        frame = frame.hstack(_column(column, declared.type, series.str.slice(0, _LONGEST), seed))
    for column, declared in sorted(spec.columns.items()):
        if declared.type == "citizen_number":
            frame = _consistent(frame, column, declared.birth_date, declared.sex)
    frame = frame.with_columns(pl.Series("twin", _twin_key(frame, spec)))
    return Encoded(frame if (frame["founding"].diff().drop_nulls() > 0).all() else frame.sort("founding", "record_id"))


def rank(encoded: Encoded, model: Model) -> Encoded:
    """Add the frequency class of every ranked part: `<column>.<part>_rank`, 0 absent, 1 rare, larger = more common."""
    ranks = [pl.Series(f"{part}_rank", model.frequency[part].classes(encoded.part(part)), dtype=pl.UInt8) for part in sorted(model.frequency)]
    return Encoded(encoded.frame.with_columns(ranks))


def _check_ids(records: pl.DataFrame) -> None:
    if "record_id" not in records.columns:
        raise FatalError("matching: records: no column record_id; every record needs a unique id")
    ids = records["record_id"]
    if ids.null_count():
        raise FatalError(f"matching: records: record_id: {ids.null_count()} rows have none; every record needs a unique id")
    if ids.n_unique() < len(ids):
        raise FatalError(f"matching: records: record_id: {len(ids) - ids.n_unique()} rows repeat an id; every record needs a unique id")


def _twin_key(frame: pl.DataFrame, spec: Spec) -> Keys:
    """Key of everything compared: records with equal keys say the same; 0 where nothing is said."""
    return mix_any([frame[part].to_numpy() for column in sorted(spec.columns) for part in identity_parts(column, spec)])


def identity_parts(column: str, spec: Spec) -> list[str]:
    """Name the parts by which two values of a column are one and the same."""
    return [f"{column}.{part}" for part in IDENTITY.get(spec.columns[column].type, ("whole",))]


def _frame(records: pl.DataFrame) -> pl.DataFrame:
    founding = records["founding"].cast(pl.Int64) if "founding" in records.columns else pl.Series(np.arange(records.height), dtype=pl.Int64)
    source = records["source"].cast(pl.String) if "source" in records.columns else pl.Series([None] * records.height, dtype=pl.String)
    return pl.DataFrame({"record_id": records["record_id"].cast(pl.String), "founding": founding.fill_null(np.iinfo(np.int64).max), "source": source})


def _column(column: str, kind: str, series: pl.Series, seed: int) -> pl.DataFrame:
    """Standardise the unique values of a column and spread the result over its rows."""
    coded = cast(Any, series.rechunk().to_arrow()).dictionary_encode()
    unique = pl.concat([pl.Series([None], dtype=pl.String), pl.Series(pl.from_arrow(coded.dictionary), dtype=pl.String)]).rechunk()
    slots = (pl.Series(pl.from_arrow(coded.indices)).fill_null(-1) + 1).cast(pl.UInt32)
    parts = pl.DataFrame({f"{column}.{part}": values for part, values in TYPES[kind](unique, seed).items()})
    return parts[slots]


def _consistent(frame: pl.DataFrame, number: str, birth_date: str | None, sex: str | None) -> pl.DataFrame:
    """Add whether each number agrees with its own record, and the number as constraint where it does."""
    zeros = np.zeros(frame.height, dtype=np.int64)
    own_date = frame[f"{birth_date}.value"].to_numpy() if birth_date else zeros
    own_sex = frame[f"{sex}.whole"].to_numpy() if sex else zeros.astype(np.uint8)
    agrees = numbers.agreement(frame[f"{number}.born"].to_numpy(), frame[f"{number}.sex"].to_numpy(), own_date, own_sex)
    whole: Keys = frame[f"{number}.whole"].to_numpy()
    certified = np.where((agrees == 1) & (whole != 0), whole, np.uint64(0))
    return frame.with_columns(pl.Series(f"{number}.agrees", agrees), pl.Series(f"{number}.certified", certified))
