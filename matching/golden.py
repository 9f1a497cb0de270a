"""The golden record of each person: survivorship per field, every value with the record it came from.

A field's value is chosen among the person's records by, in this order: a steward's pin, soundness (a citizen number that passes its
check, a date known to the day), trust of the source for that field, how many of the person's records agree, recency,
and age of the record.  A value the source has ended still counts, after every one that stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from mappings.numbers import valid_ids

FIELDS = ("name", "sex_code", "birth_date", "ethnic_code", "area_code", "death_date", "id_number", "phone", "address")
ORIGIN = ("source", "source_key", "batch_id", "row_number")


@dataclass(frozen=True)
class Trust:
    """How far each source is believed: source -> weight, and source -> field -> weight where it differs."""

    sources: Mapping[str, int]
    fields: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of(self, name: str) -> dict[str, int]:
        """Weights of all sources for one field."""
        return {source: self.fields.get(source, {}).get(name, weight) for source, weight in self.sources.items()}


PINS = pl.DataFrame(schema={"source": pl.String, "source_key": pl.String, "field": pl.String, "pin_id": pl.Int64})
"""No pin: the shape of the frame `golden_records` takes; the person a pinned record belongs to takes the field from it, by the latest pin."""


def golden_records(records: pl.DataFrame, trust: Trust, pins: pl.DataFrame = PINS, fields: Sequence[str] = FIELDS) -> pl.DataFrame:
    """Give one row per person_id: the surviving value of each field, `provenance` (struct per field), `records` (their number).

    records: person_id, founding, source, source_key, batch_id, row_number, updated_on, ended and the fields.
    """
    people = records.lazy().group_by("person_id").agg(records=pl.len().cast(pl.Int32)).sort("person_id")
    for name in fields:
        people = people.join(_survivor(records, name, trust.of(name), pins), on="person_id", how="left", maintain_order="left")
    provenance = pl.struct(pl.col(f"{name}_from").alias(name) for name in fields).alias("provenance")
    return people.select("person_id", *fields, provenance, "records").collect()


def _survivor(records: pl.DataFrame, name: str, trust: Mapping[str, int], pins: pl.DataFrame) -> pl.LazyFrame:
    """Choose the value of one field for every person that has one."""
    present = records.filter(pl.col(name).is_not_null())
    own = pins.lazy().filter(pl.col("field") == name).select("source", "source_key", "pin_id")
    ranked = (
        present.lazy()
        .with_columns(sound=_sound(present, name))
        .join(own, on=["source", "source_key"], how="left", maintain_order="left")
        .select(
            "person_id",
            name,
            "sound",
            pl.struct(ORIGIN).alias(f"{name}_from"),
            pinned=pl.col("pin_id").fill_null(0),
            trust=pl.col("source").replace_strict(trust, default=0, return_dtype=pl.Int64),
            agreeing=pl.len().over("person_id", name),
            standing=~pl.col("ended"),
            recent=pl.col("updated_on").fill_null(""),
            founding="founding",
        )
    )
    order = ["person_id", "pinned", "standing", "sound", "trust", "agreeing", "recent", "founding"]
    ranked = ranked.sort(order, descending=[False, True, True, True, True, True, True, False])
    return ranked.unique("person_id", keep="first", maintain_order=True).select("person_id", name, f"{name}_from")


def _sound(present: pl.DataFrame, name: str) -> pl.Series:
    """Say which values are whole: two of them, a number that passes its check and a date known to the day, can be told."""
    if name == "id_number":
        return valid_ids(present[name]).fill_null(False)
    if name in ("birth_date", "death_date"):
        return present[name].str.len_chars() == 10
    return pl.Series([True], dtype=pl.Boolean).new_from_index(0, len(present))
