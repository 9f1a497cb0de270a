"""Let days pass: each deterministic from (people, seed, day), done in the systems first, then in state and truth, the note last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import polars as pl

from county import findings, happenings, newcomers, office, systems, truth
from county.build import Tables, note, save_state, stage, state_folder, write_note
from county.day import Day
from county.layout import KEYS
from county.lives import County
from county.systems import civil_affairs, files, medical, pension
from county.tables import DAY0


def advance(county_dir: Path, days: int) -> None:
    """Let `days` days pass: rows change, come and go in the systems, and the truth follows.

    A day that was broken off is done again from its morning, with the same rows.  Raises ConfigError where no county is.
    """
    county_dir = Path(os.path.abspath(county_dir))
    at = note(county_dir)
    uris = systems.start(county_dir)
    county, tables, roll = load_state(county_dir, at["day"])
    for number in range(at["day"] + 1, at["day"] + days + 1):
        day = pass_day(number, at["people"], at["seed"], county, tables, roll, _faults_before(county_dir, number))
        _tell_systems(county_dir, uris, day)
        _tell_truth(county_dir, day)
        county, tables, roll = day.county, day.tables, day.roll
        save_state(county_dir, county, tables, roll, number)
        write_note(county_dir, {**at, "day": number})
        shutil.rmtree(state_folder(county_dir, number - 1), ignore_errors=True)


def pass_day(number: int, people: int, seed: int, county: County, tables: Tables, roll: pl.DataFrame, faults: pl.DataFrame) -> Day:
    """Let one day pass in memory: what is true, what is booked and what is spoilt, from how it stood the evening before."""
    date, rng = DAY0 + np.timedelta64(number, "D"), stage(seed, people, f"day {number}")
    now = {source: dict(streams) for source, streams in tables.items()}
    day = Day(number, date, rng, county.people, county.employers, roll, now, faults, people / 20000)
    happenings.live_a_day(day)
    newcomers.new_records(day)
    office.work_a_day(day)
    return day


def load_state(county_dir: Path, day: int) -> tuple[County, Tables, pl.DataFrame]:
    """Read people, employers, every table and the tax bureau's roll as they stand."""
    folder = state_folder(county_dir, day)
    county = County(pl.read_parquet(folder / "people.parquet"), pl.read_parquet(folder / "employers.parquet"))
    tables = {source: {stream: pl.read_parquet(folder / f"{source}.{stream}.parquet") for stream in streams} for source, streams in KEYS.items()}
    return county, tables, pl.read_parquet(folder / "roll.parquet")


def _faults_before(county_dir: Path, number: int) -> pl.DataFrame:
    """Read the faults as they were this morning, whatever a broken-off attempt at the day wrote."""
    listed = truth.read(county_dir, "faults").filter(pl.col("day") < number)
    return listed.with_columns(pl.when(pl.col("repaired_day") < number).then(pl.col("repaired_day")).alias("repaired_day"))


def _tell_systems(county_dir: Path, uris: dict[str, str], day: Day) -> None:
    for source, change in (("pension", pension.change), ("medical", medical.change)):
        touched = {stream: frame.filter(pl.col("_touched") == day.number) for stream, frame in day.tables[source].items()}
        gone = {stream: pl.concat(frames)[KEYS[source][stream][0]] for (s, stream), frames in day.gone.items() if s == source}
        change(uris[source], {stream: frame for stream, frame in touched.items() if frame.height}, gone)
    for source in systems.FILES:
        files.write(county_dir, source, day.tables[source], day.date)
    civil_affairs.write(county_dir, day.tables["civil_affairs"])


def _tell_truth(county_dir: Path, day: Day) -> None:
    """Add new person rows, end those deleted or rekeyed, and bring faults, findings, secrets and events up to date."""
    persons = truth.read(county_dir, "person").filter(pl.col("from_day") < day.number).with_columns(
        pl.when(pl.col("to_day") >= day.number).then(None).otherwise(pl.col("to_day")).alias("to_day")
    )  # fmt: skip
    now = pl.concat([truth.persons_of(source, streams, day.number) for source, streams in day.tables.items()])
    same = ["source", "stream", "part", "key", "person"]
    living = persons.filter(pl.col("to_day").is_null())
    fresh = now.join(living, on=same, how="anti", nulls_equal=True, maintain_order="left").with_columns(pl.lit(value=False).alias("faulty"))
    ended = (
        living.filter(pl.col("source") != "tax")
        .join(now, on=same, how="anti", nulls_equal=True, maintain_order="left")
        .select(*same, pl.lit(day.number, dtype=pl.Int64).alias("ended"))
    )
    persons = (
        persons.join(ended, on=same, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.coalesce("to_day", "ended").alias("to_day"))
        .drop("ended")
    )
    truth.save(county_dir, "person", pl.concat([persons, fresh.select(persons.columns)]))
    truth.save(county_dir, "faults", day.faults)
    truth.save(county_dir, "people", day.people)
    truth.save(county_dir, "findings", findings.again(truth.read(county_dir, "findings"), day.county, day.tables["pension"]))
    events = truth.read(county_dir, "events").filter(pl.col("day") < day.number)
    truth.save(county_dir, "events", pl.concat([events, *day.events]))
    truth.save(county_dir, "secrets", truth.more_secrets(truth.read(county_dir, "secrets"), day.county, day.tables))
    truth.save_counts(county_dir, day.tables)
