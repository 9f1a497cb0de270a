"""The truth, kept apart: which row speaks of whom, what was planted, and every value that must never leak."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from county.export import flat
from county.layout import KEYS, PERSON_KEYS, PERSON_STREAMS, PERSONAL
from county.lives import County

PERSON = {
    "source": pl.Utf8, "stream": pl.Utf8, "part": pl.Utf8, "key": pl.Utf8, "personal": pl.Boolean, "person": pl.Int64, "record": pl.Int64,
    "from_day": pl.Int64, "to_day": pl.Int64, "faulty": pl.Boolean,
}  # fmt: skip


def key_text(columns: tuple[str, ...]) -> pl.Expr:
    """Write key columns as a JSON array of texts, absent ones as null."""
    parts = [
        pl.when(pl.col(c).cast(pl.Utf8).fill_null("") == "").then(pl.lit("null")).otherwise(pl.concat_str(pl.lit('"'), pl.col(c).cast(pl.Utf8), pl.lit('"')))
        for c in columns
    ]
    return pl.concat_str(pl.lit("["), pl.concat_str(parts, separator=", "), pl.lit("]"))


def persons_of(source: str, tables: dict[str, pl.DataFrame], day: int = 0) -> pl.DataFrame:
    """Say of every person row of a source who it is: one row a person record, faulty copies marked."""
    frames = []
    for stream, table in tables.items():
        if source != "civil_affairs" and stream != PERSON_STREAMS.get(source, "lines"):
            continue
        keys = PERSON_KEYS.get((source, stream), KEYS[source][stream])
        parts = [("man", "_person", "_record"), ("woman", "_person_woman", "_record_woman")] if stream == "marriages" else [("", "_person", "_record")]
        for part, person, record in parts:
            frames.append(table.filter(~_out_of_scope(table)).select(
                pl.lit(source).alias("source"), pl.lit(stream).alias("stream"), pl.lit(part).alias("part"), key_text(keys).alias("key"),
                pl.lit((source, stream) in PERSONAL).alias("personal"), pl.col(person).alias("person"), pl.col(record).alias("record"),
                pl.lit(day, dtype=pl.Int64).alias("from_day"), pl.lit(None, dtype=pl.Int64).alias("to_day"), (pl.col("_fault") != "").alias("faulty"),
            ))  # fmt: skip
    found = pl.concat(frames)
    return found.filter(~pl.col("faulty")).unique(["stream", "part", "key"], maintain_order=True) if source == "tax" else found


def _out_of_scope(table: pl.DataFrame) -> pl.Expr:
    return (pl.col("vali_flag") == "0") if "vali_flag" in table.columns else pl.lit(False)


def records_frame(records: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Give the flat frame of the records that stand on the systems' books, with their keys."""
    keys = persons.filter(~pl.col("faulty")).select("record", "key")
    return flat(records.join(keys, on="record", how="inner", maintain_order="left"))


def secrets(county: County, records: pl.DataFrame, tables: dict[str, dict[str, pl.DataFrame]]) -> pl.DataFrame:
    """Gather every number, telephone, name, address and account of the county, for those who search for leaks."""
    people = county.people
    accounts = [
        tables["pension"]["ac61"]["aae010"],
        tables["pension"]["ac01"]["aae010"],
        tables["work_injury"]["payments"]["银行账号"],
        tables["unemployment"]["benefits"]["ZH"],
    ]
    kinds = {
        "id_number": [people["number"], people["second_number"], records["w_number"]],
        "phone": [people["phone"], people["old_phone"], records["w_phone"]],
        "name": [people["name"], people["former_name"], records["w_name"]],
        "address": [people["address"], people["old_address"], records["w_address"]],
        "account": accounts,
    }
    return _listed(kinds, [])


def _listed(kinds: dict[str, list[pl.Series]], known: list[pl.DataFrame]) -> pl.DataFrame:
    frames = [*known, *(pl.DataFrame({"kind": kind, "value": pl.concat([s.cast(pl.Utf8).alias("value") for s in series])}) for kind, series in kinds.items())]
    return pl.concat(frames).filter(pl.col("value").fill_null("").str.len_chars() > 1).unique(maintain_order=True)


def more_secrets(known: pl.DataFrame, county: County, tables: dict[str, dict[str, pl.DataFrame]]) -> pl.DataFrame:
    """Add the values that came since."""
    persons, insured, register = tables["pension"]["ac01"], tables["medical"]["psn_info_b"], tables["police"]["register"]
    kinds = {
        "id_number": [county.people["number"], persons["aac002"], insured["certno"], register["公民身份号码"], tables["tax"]["lines"]["证件号码"]],
        "phone": [county.people["phone"], persons["aae005"], insured["tel"]],
        "name": [county.people["name"], persons["aac003"], insured["psn_name"], tables["tax"]["lines"]["姓名"]],
        "address": [county.people["address"], persons["aae006"], insured["addr"]],
        "account": [tables["work_injury"]["payments"]["银行账号"]],
    }
    return _listed(kinds, [known])


def save(county_dir: Path, name: str, frame: pl.DataFrame) -> None:
    """Write one list of the truth."""
    folder = county_dir / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / f"{name}.parquet")


def read(county_dir: Path, name: str) -> pl.DataFrame:
    """Read one list of the truth."""
    return pl.read_parquet(county_dir / "truth" / f"{name}.parquet")


def save_counts(county_dir: Path, tables: dict[str, dict[str, pl.DataFrame]]) -> None:
    """Count rows, clean rows and faulty ones of every stream."""
    counts = {
        source: {
            stream: {"rows": t.height, "faulty": int((t["_fault"] != "").sum()), "out_of_scope": t.filter(_out_of_scope(t)).height}
            for stream, t in streams.items()
        }
        for source, streams in tables.items()
    }
    (county_dir / "truth" / "counts.json").write_text(json.dumps(counts, indent=1), encoding="utf-8")
