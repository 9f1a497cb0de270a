"""`python -m benchmarks.year`: a year of daily loads; the ids persons keep, judged by `benchmarks.year_check` from truth and event log.

A county's records arrive over the year: half are there on day 0, the others come day by day, known ones are corrected, and a steward answers some of
the open cases by the truth.  Every day is one incremental update; every change of a record's person id is one line of the event log.  At the end
everything is matched anew and must give the same persons.  The figures go to `benchmarks/results/year.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import numpy as np
import polars as pl
from pypinyin import lazy_pinyin

from benchmarks import people, year_check
from hub import settings
from matching import JUDGEMENTS, Model, fit, match
from matching.index import Update, build, update
from matching.standardise import standardise
from warehouse.identity import candidate_id

RESULTS = Path(__file__).parent / "results" / "year.json"
CORRECTED = ("phone", "address", "name", "birth_date", "id_number", "employer_name")
ANSWERED = 3
"""Open cases a steward answers a day."""


def main() -> int:
    """Run the year, judge it, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    folder = settings.REPO / "var" / "benchmarks" / "year"
    found = run(folder, asked.people, asked.days, asked.seed)
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if found["violations"] or not found["equal_to_full"] else 0


def run(folder: Path, count: int, days: int, seed: int) -> dict[str, Any]:
    """Live through the days, write log and truth into the folder, and let the checker judge them."""
    started = perf_counter()
    records, truth = people.people(count, seed)
    folder.mkdir(parents=True, exist_ok=True)
    log, spoken = folder / "events.jsonl", folder / "truth.jsonl"
    with log.open("w", encoding="utf-8") as events, spoken.open("w", encoding="utf-8") as said:
        year = Year(records, dict(truth.iter_rows()), np.random.default_rng(seed), events, said)
        for day in range(days + 1):
            year.live(day, days)
    lived = perf_counter() - started
    full = match(year.now, year.model, year.judgements).records
    whole = dict(zip(full["record_id"], map(candidate_id, full["cluster_id"]), strict=True))
    return {
        "people": count,
        "records": len(year.ids),
        "days": days,
        "seconds": round(lived, 1),
        "seconds_a_day": round(lived / max(days, 1), 3),
        "corrections": year.corrections,
        "judgements": year.judgements.height,
        "equal_to_full": whole == year.ids,
        **year_check.check(log, spoken),
    }


@dataclass
class Year:
    """The state of the world: what has arrived, what was judged, and whose each record is."""

    records: pl.DataFrame
    truth: dict[str, int]
    chance: np.random.Generator
    events: TextIO
    said: TextIO
    ids: dict[str, str] = field(default_factory=dict)
    judgements: pl.DataFrame = field(default_factory=lambda: JUDGEMENTS)
    corrections: int = 0
    arrived: int = 0

    def __post_init__(self) -> None:
        order = self.chance.permutation(self.records.height)
        self.records = self.records[order].with_columns(founding=pl.int_range(pl.len(), dtype=pl.Int64))
        self.now = self.records.clear()
        self.cases = pl.DataFrame()
        self.model: Model
        self.last: Update

    def live(self, day: int, days: int) -> None:
        """Let one day's load come, match it, and note what changed."""
        until = self.records.height // 2 + self.records.height * day // (2 * max(days, 1))
        new = self.records[self.arrived : until]
        corrected, rejudged = (self._corrected(), self._judged()) if day else (new.clear(), [])
        changed = pl.concat([new, corrected])
        self.arrived = until
        self.now = pl.concat([self.now.filter(~pl.col("record_id").is_in(corrected["record_id"].implode())), changed])
        self._say(day, changed, rejudged)
        if day == 0:
            self.model = fit(self.now, key=b"of the year")
            self.last = build(self.now, self.model)
        else:
            self.last = update(self.last.index, standardise(changed, self.model), [], self.model, self.judgements, rejudged)
        self.cases = self.last.result.cases
        for record, cluster in self.last.result.records.select("record_id", "cluster_id").iter_rows():
            self._place(day, record, candidate_id(cluster))

    def _corrected(self) -> pl.DataFrame:
        """Known records with one field as another record has it, as corrections and new errors are."""
        count = max(1, self.now.height // 2000)
        rows, donors = (self.now[self.chance.choice(self.now.height, count, replace=False)] for _ in range(2))
        self.corrections += count
        which = pl.Series(self.chance.integers(0, len(CORRECTED), count))
        columns = [pl.when(which == at).then(donors[name]).otherwise(pl.col(name)).alias(name) for at, name in enumerate(CORRECTED)]
        return rows.with_columns(columns)

    def _judged(self) -> list[str]:
        """Answer some of yesterday's cases by the truth; gives the records."""
        some = self.cases.head(ANSWERED).select("left_id", "right_id")
        verdicts = ["same" if self.truth[left] == self.truth[right] else "different" for left, right in some.iter_rows()]
        fresh = some.with_columns(verdict=pl.Series(verdicts, dtype=pl.String))
        self.judgements = pl.concat([self.judgements, fresh]).unique(["left_id", "right_id"], keep="last", maintain_order=True)
        return [*fresh["left_id"], *fresh["right_id"]]

    def _place(self, day: int, record: str, person: str) -> None:
        before = self.ids.get(record)
        if before != person:
            self.ids[record] = person
            print(json.dumps({"day": day, "record": record, "own": candidate_id(record), "from": before, "to": person}), file=self.events)

    def _say(self, day: int, changed: pl.DataFrame, rejudged: list[str]) -> None:
        """Note for the checker which records changed or were judged, who they are, and by what others resemble them."""
        ids = changed["record_id"].to_list()
        line = {
            "day": day,
            "changed": {record: self.truth[record] for record in ids},
            "looks": dict(zip(ids, map(looks, changed.iter_rows(named=True)), strict=True)),
            "judged": sorted(self.truth[record] for record in rejudged),
        }
        print(json.dumps(line), file=self.said)


def looks(record: dict[str, str | None]) -> list[str]:
    """Give hashes of what makes two records alike: the sounds of the name, surname with birth date, phone, address, number."""
    name, born = record["name"] or "", record["birth_date"] or ""
    found = {"sounds": "".join(sorted(lazy_pinyin(name))), "born": name[:1] + born if born else ""}
    found |= {column: record[column] or "" for column in ("phone", "address", "id_number")}
    return [hashlib.blake2b(f"{what}/{value}".encode(), digest_size=6).hexdigest() for what, value in found.items() if value]


if __name__ == "__main__":
    sys.exit(main())
