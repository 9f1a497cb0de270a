"""`python -m benchmarks.peers.prepare IN OUT`: Chinese person records made ready for Splink by our own normaliser.

What Splink cannot do by itself is done here: names in simplified characters without notes, their sound, near sound and sorted characters as keys,
the characters one by one (DuckDB's string distances count bytes), numbers upgraded to 18 characters, dates, phones, and addresses in parts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import polars as pl

from benchmarks import memory
from mappings.numbers import upgrade
from matching.standardise import TYPES

SEED = 1
PARTS = {
    "name": ("han_name", ("text", "pinyin", "near", "sorted", "surname", "given", "length")),
    "birth_date": ("date", ("value", "year", "month", "monthday")),
    "sex_code": ("sex", ("whole",)),
    "phone": ("phone", ("first",)),
    "address": ("address", ("whole", "house", "place", "town")),
    "employer_name": ("employer", ("whole",)),
}


def prepare(records: pl.DataFrame) -> pl.DataFrame:
    """Give the columns Splink's model of persons reads; null where absent."""
    frame = records.select(unique_id=pl.int_range(pl.len(), dtype=pl.Int64))
    for column, (kind, parts) in PARTS.items():
        frame = frame.hstack(_spread(records[column], kind, parts, column))
    name = pl.col("name_text")
    short = pl.col("name_length") <= 4
    characters = [pl.when(short).then(name.str.slice(at, 1).replace("", None)).alias(f"name_c{at + 1}") for at in range(4)]
    number = _numbers(records["id_number"])
    born = pl.when(pl.col("birth_date_monthday") != 0).then(pl.col("birth_date_value").cast(pl.String))
    frame = frame.with_columns(*characters, number.alias("number"), born.alias("born"), area=records["area_code"])
    return frame.with_columns(number_tail=pl.col("number").str.slice(10), number_head=pl.col("number").str.slice(0, 14))


def _spread(values: pl.Series, kind: str, parts: tuple[str, ...], column: str) -> pl.DataFrame:
    unique = values.unique().alias("value")
    made = TYPES[kind](unique, SEED)
    known = pl.DataFrame([unique, *(pl.Series(f"{column}_{part}", made[part]) for part in parts)])
    spread = pl.DataFrame({"value": values}).join(known, on="value", how="left", nulls_equal=True, maintain_order="left").drop("value")
    numeric = [name for name, dtype in spread.schema.items() if dtype.is_numeric()]
    return spread.with_columns(pl.when(pl.col(name) != 0).then(pl.col(name)).alias(name) for name in numeric)


def _numbers(values: pl.Series) -> pl.Series:
    unique = values.drop_nulls().unique()
    plain = unique.str.normalize("NFKC").str.replace_all(r"[\s\-]", "").str.to_uppercase()
    texts = [upgrade(text) or text for text in plain.to_list()]
    known = pl.DataFrame({"value": unique, "number": pl.Series(texts, dtype=pl.String)}).with_columns(
        number=pl.when(pl.col("number").str.len_chars() >= 8).then("number")
    )
    return pl.DataFrame({"value": values}).join(known, on="value", how="left", maintain_order="left")["number"]


def main() -> None:
    """Read, prepare, write."""
    source, target = map(Path, sys.argv[1:3])
    prepare(pl.read_parquet(source)).write_parquet(target)
    said = {"cpu_seconds": memory.cpu_seconds(), "peak_bytes": memory.peak(), "seconds": time.time() - float(os.environ["STARTED"])}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
