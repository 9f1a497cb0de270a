"""Build the county: people, records, books, faults, truth, systems; the same people and seed give the same bytes of data."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl

from county import errors, faults, findings, lives, people, records, systems, truth
from county.books import BOOKS, tax
from county.facts import Book
from county.lives import County
from county.systems import civil_affairs, files, medical, pension
from county.tables import DAY0
from hub.errors import ConfigError

Progress = Callable[[str, int], None]
"""Told what is being done, and rows (0: not counted)."""

Tables = dict[str, dict[str, pl.DataFrame]]
"""Source -> stream -> table."""

NOTE = "county.json"
LEAST = 200


def stage(seed: int, count: int, name: str) -> np.random.Generator:
    """Give the random stream of one stage of the building, so that a change in one stage leaves the others alone."""
    return np.random.default_rng([seed, count, *name.encode()])


def inhabit(count: int, seed: int) -> tuple[County, pl.DataFrame]:
    """Make the people and their records as the eight systems wrote them, without building a system."""
    county = lives.live(people.populate(count, stage(seed, count, "people")), stage(seed, count, "lives"))
    known = records.register(county, errors.rates()["double_registration"], stage(seed, count, "records"))
    return county, errors.write(known, county, stage(seed, count, "errors"))


def write_books(county: County, written: pl.DataFrame, seed: int) -> tuple[Tables, pl.DataFrame]:
    """Write every department's tables with their planted faults; give the tables and the list of faults."""
    tables: Tables = {}
    planted = []
    for source, book in BOOKS.items():
        own = Book(county, written.filter(pl.col("source") == source), stage(seed, county.people.height, source))
        tables[source], listed = faults.plant(book(own), source, county.people.height, stage(seed, county.people.height, f"{source} faults"))
        planted.append(listed)
    return tables, pl.concat(planted)


def build(county_dir: Path, count: int, seed: int, progress: Progress | None = None) -> None:
    """Build a county of `count` people and start its systems; one of the same people and seed that is there stays as it is.

    Raises ConfigError when another county stands in the folder or `count` is under 200.
    """
    county_dir = Path(os.path.abspath(county_dir))
    if (county_dir / NOTE).is_file():
        there = note(county_dir)
        if (there["people"], there["seed"]) != (count, seed):
            raise ConfigError(f"{county_dir.name}: holds a county of {there['people']} people, seed {there['seed']}; ask for that one or delete it")
        systems.start(county_dir)
        return
    if count < LEAST:
        raise ConfigError(f"--people {count}: a county needs at least {LEAST}; give a larger number")
    tell = progress or (lambda what, rows: None)
    _clear(county_dir)
    try:
        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(systems.start, county_dir)  # servers are made while people are
            tables = _make(county_dir, count, seed, tell)
            tell("database servers", 0)
            uris = started.result()
        tell("loading the databases", 0)
        pension.load(uris["pension"], tables["pension"])
        medical.load(uris["medical"], tables["medical"])
    except BaseException:
        systems.stop(county_dir)
        raise
    write_note(county_dir, {"people": count, "seed": seed, "day": 0})


def _make(county_dir: Path, count: int, seed: int, tell: Progress) -> Tables:
    """Make people, books, truth and files, and keep the state of day 0."""
    tell("people", count)
    county, written = inhabit(count, seed)
    tell("books", written.height)
    tables, planted = write_books(county, written, seed)
    tell("truth", 0)
    _write_truth(county_dir, county, written, tables, planted)
    tell("files", 0)
    for source in systems.FILES:
        files.write(county_dir, source, tables[source], DAY0)
    civil_affairs.write(county_dir, tables["civil_affairs"])
    save_state(county_dir, county, tables, tax.payers(written.filter(pl.col("source") == "tax")), 0)
    return tables


def _clear(county_dir: Path) -> None:
    """Remove what a broken-off building left."""
    systems.remove(county_dir)
    for name in ("state", "truth", "civil_affairs", "medical", "pension", *systems.FILES):
        shutil.rmtree(county_dir / name, ignore_errors=True)
    county_dir.mkdir(parents=True, exist_ok=True)


def _write_truth(county_dir: Path, county: County, written: pl.DataFrame, tables: Tables, planted: pl.DataFrame) -> None:
    persons = pl.concat([truth.persons_of(source, tables[source]) for source in BOOKS])
    lists = {
        "person": persons,
        "person_records": truth.records_frame(written, persons),
        "faults": planted,
        "findings": findings.findings(county, written, tables["pension"]),
        "people": county.people,
        "secrets": truth.secrets(county, written, tables),
        "events": pl.DataFrame(schema={"day": pl.Int64, "source": pl.Utf8, "stream": pl.Utf8, "key": pl.Utf8, "event": pl.Utf8}),
    }
    for name, frame in lists.items():
        truth.save(county_dir, name, frame)
    truth.save_counts(county_dir, tables)


def save_state(county_dir: Path, county: County, tables: Tables, roll: pl.DataFrame, day: int) -> None:
    """Keep people, employers, every table and the tax bureau's roll as they stand, for the days to come."""
    folder = state_folder(county_dir, day)
    folder.mkdir(parents=True, exist_ok=True)
    county.people.write_parquet(folder / "people.parquet")
    county.employers.write_parquet(folder / "employers.parquet")
    roll.write_parquet(folder / "roll.parquet")
    for source, streams in tables.items():
        for stream, frame in streams.items():
            frame.write_parquet(folder / f"{source}.{stream}.parquet")


def state_folder(county_dir: Path, day: int) -> Path:
    """Give the folder of the state at the end of a day; the note says which day counts, so a state half written never does."""
    return county_dir / "state" / str(day)


def note(county_dir: Path) -> dict[str, int]:
    """Read the county's note: people, seed, day."""
    path = county_dir / NOTE
    if not path.is_file():
        raise ConfigError(f"{county_dir.name}: no county here; build one with `hub county --people N --seed S`")
    read: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    return read


def write_note(county_dir: Path, values: dict[str, int]) -> None:
    """Write the county's note; it comes last, so a county with a note is whole."""
    new = county_dir / f"{NOTE}.new"
    new.write_text(json.dumps(values), encoding="utf-8")
    new.replace(county_dir / NOTE)


KINDS = {
    "pension": "PostgreSQL", "medical": "MariaDB or SQLite", "work_injury": ".xlsx", "unemployment": ".dbf", "tax": "CSV, one file a day",
    "civil_affairs": "HTTP, JSON",
    "police": "fixed width", "archive_room": ".xlsx",
}  # fmt: skip
"""What kind of system each source is."""


def status(county_dir: Path) -> list[tuple[str, str, int]]:
    """Say of each source its kind and how many rows it holds now; ConfigError where no county is."""
    note(county_dir)
    counts = json.loads((county_dir / "truth" / "counts.json").read_text(encoding="utf-8"))
    return [(source, kind, sum(stream["rows"] for stream in counts[source].values())) for source, kind in KINDS.items()]


def remove(county_dir: Path) -> None:
    """Stop the systems and delete the county with all it holds."""
    county_dir = Path(os.path.abspath(county_dir))
    systems.remove(county_dir)
    shutil.rmtree(county_dir, ignore_errors=True)
