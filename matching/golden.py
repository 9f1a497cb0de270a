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
PART = 200_000
"""Records looked at together: each becomes a row per field."""


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
    parts = -(-len(records) // PART)
    if parts > 1:
        split = records.with_columns(part=pl.col("person_id").hash() % parts).partition_by("part", include_key=False)
        return pl.concat([_golden(part, trust, pins, fields) for part in split]).sort("person_id")
    return _golden(records, trust, pins, fields)


def _golden(records: pl.DataFrame, trust: Trust, pins: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    people = records.group_by("person_id").agg(records=pl.len().cast(pl.Int32)).sort("person_id")
    chosen = _survivors(records, trust, pins, fields)
    wide = chosen.pivot(on="field", index="person_id", values=["value", *ORIGIN])
    absent = [name for name in fields if f"value_{name}" not in wide.columns]
    empty = [pl.lit(None, pl.String).alias(f"value_{name}") for name in absent]
    empty += [pl.lit(None, chosen.schema[part]).alias(f"{part}_{name}") for name in absent for part in ORIGIN]
    joined = people.join(wide.with_columns(empty), on="person_id", how="left", maintain_order="left")
    provenance = [
        pl.when(pl.col(f"value_{name}").is_not_null()).then(pl.struct(pl.col(f"{part}_{name}").alias(part) for part in ORIGIN)).alias(name) for name in fields
    ]
    return joined.select("person_id", *(pl.col(f"value_{name}").alias(name) for name in fields), pl.struct(provenance).alias("provenance"), "records")


def _survivors(records: pl.DataFrame, trust: Trust, pins: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """Choose a value of every field for every person that has one: person_id, field, value and where it came from."""
    kind = pl.Enum(fields)
    records = records.with_columns(person=pl.col("person_id").rank("dense"))  # numbers sort in a tenth of the time of texts
    index = ["person_id", "person", "founding", *ORIGIN, "updated_on", "ended"]
    if "id_number" in fields:
        records, index = records.with_columns(sound_number=_sound_number(records)), [*index, "sound_number"]
    weights = [(source, name, weight) for name in fields for source, weight in trust.of(name).items()]
    trusted = pl.DataFrame(weights, schema={"source": pl.String, "field": kind, "trust": pl.Int64}, orient="row")
    whole = pl.when(pl.col("field").is_in(["birth_date", "death_date"])).then(pl.col("value").str.len_chars() == 10).otherwise(pl.lit(True))
    sound = pl.when(pl.col("field") == "id_number").then("sound_number").otherwise(whole) if "id_number" in fields else whole
    own = pins.lazy().filter(pl.col("field").is_in(list(fields))).select("source", "source_key", pl.col("field").cast(kind), "pin_id")
    ranked = (
        records.select(*index, *fields)
        .unpivot(on=list(fields), index=index, variable_name="field", value_name="value")
        .lazy()
        .filter(pl.col("value").is_not_null())
        .with_columns(pl.col("field").cast(kind))
        .join(trusted.lazy(), on=["source", "field"], how="left")
        .join(own, on=["source", "source_key", "field"], how="left")
        .with_columns(
            pl.col("pin_id", "trust").fill_null(0), standing=~pl.col("ended"), sound=sound,
            agreeing=pl.len().over("person", "field", "value"), recent=pl.col("updated_on").fill_null(""),
        )
    )  # fmt: skip
    order = ["person", "field", "pin_id", "standing", "sound", "trust", "agreeing", "recent", "founding", "source", "source_key"]
    descending = [False, False, True, True, True, True, True, True, False, False, False]
    first = ranked.sort(order, descending=descending).unique(["person", "field"], keep="first", maintain_order=True)
    return first.select("person_id", "field", "value", *ORIGIN).collect()


def _sound_number(records: pl.DataFrame) -> pl.Series:
    """Say which numbers pass their check: of two, the whole one can be told."""
    return valid_ids(records["id_number"]).fill_null(False)
