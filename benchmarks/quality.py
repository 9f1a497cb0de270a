"""`python -m benchmarks.quality`: how well `hub dedupe` finds persons at its default thresholds, chosen without labels.

Runs the tool as a user would on the synthetic county (several seeds) and on the public sets, and lets `benchmarks.scorer`, which shares no code
with the engine, judge the files it wrote.  Prints one table and keeps the figures in `benchmarks/results/quality.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

import county
from benchmarks import scorer
from matching.dedupe import dedupe

RESULTS = Path(__file__).parent / "results" / "quality.json"
MODELS = Path(__file__).parent / "models"
DATA = Path("../shared/benchmarks/data")
BARS = {"county": 0.993, "historical_50k": 0.94, "fake_1000": 0.96, "febrl3": 0.999, "febrl4": 0.999}
"""Least F1 of certain links."""
MEAN_BAR, PRECISION_BAR, RECALL_BAR, POSSIBLE_BAR = 0.995, 0.9995, 0.99, 0.5
"""Of the county seeds: mean F1; precision and recall of certain links; possible pairs per 100 records."""


@dataclass(frozen=True)
class Case:
    """One file to be judged: its rows as text, the column of the record ids, the truth by record, and the model (None: Chinese persons)."""

    name: str
    rows: pl.DataFrame
    id_column: str
    truth: dict[str, str]
    model: Path | None = None


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public sets")
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    kept = {row["set"]: row for row in json.loads(RESULTS.read_text(encoding="utf-8"))["sets"]} if RESULTS.is_file() else {}
    measured = []
    for case in cases(asked.people, asked.seeds if not asked.only or "county" in asked.only else [], asked.data):
        if not asked.only or case.name in asked.only or case.name.split()[0] in asked.only:
            kept[case.name] = measure(case)
            measured.append(kept[case.name])
            print(_line(kept[case.name]), flush=True)
            if not asked.no_result:
                RESULTS.write_text(json.dumps({"sets": list(kept.values()), "missed": misses(list(kept.values()))}, indent=1) + "\n", encoding="utf-8")
    missed = misses(measured)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def cases(people: int, seeds: list[int], data: Path) -> Iterator[Case]:
    """Give the files: the county by seed, then the public sets."""
    for seed in seeds:
        rows = county.person_records(people, seed)
        truth = dict(zip(rows["record_id"], rows["person"].cast(pl.String), strict=True))
        yield Case(f"county {people} seed {seed}", rows.drop("person", "key", "stream", "part"), "record_id", truth)
    yield _public("historical_50k", pl.read_parquet(data / "historical_50k.parquet"))
    yield _public("fake_1000", pl.read_csv(data / "fake_1000.csv", infer_schema=False))
    yield _febrl("febrl3", data / "febrl3.csv")
    yield _febrl("febrl4", data / "febrl4a.csv", data / "febrl4b.csv")


def _public(name: str, rows: pl.DataFrame) -> Case:
    truth = dict(zip(rows["unique_id"].cast(pl.String), rows["cluster"].cast(pl.String), strict=True))
    return Case(name, rows.drop("cluster"), "unique_id", truth, MODELS / f"{name}.yml")


def _febrl(name: str, *parts: Path) -> Case:
    rows = pl.concat([pl.read_csv(part, infer_schema=False) for part in parts])
    rows = rows.rename(str.strip).with_columns(pl.all().str.strip_chars())
    truth = {record: record.split("-")[1] for record in rows["rec_id"]}
    return Case(name, rows, "rec_id", truth, MODELS / "febrl.yml")


def measure(case: Case) -> dict[str, Any]:
    """Run the tool on a file and judge what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "persons.csv", Path(folder) / "out"
        case.rows.write_csv(path)
        started = perf_counter()
        dedupe(path, out, case.model, id_column=case.id_column)
        seconds = perf_counter() - started
        clusters = pl.read_csv(out / "clusters.csv", infer_schema=False)
        doubtful = pl.read_csv(out / "cases.csv", infer_schema=False)
    found = dict(zip(clusters["record_id"], clusters["cluster_id"], strict=True))
    score = scorer.pairwise(found, case.truth)
    after = scorer.reviewed(found, case.truth, doubtful.select("left_id", "right_id").iter_rows())
    return {
        "set": case.name,
        "records": len(found),
        "precision": round(score.precision, 5),
        "recall": round(score.recall, 5),
        "f1": round(score.f1, 5),
        "b3": round(scorer.b_cubed(found, case.truth), 5),
        "wrong_pairs": score.found - score.both,
        "missed_pairs": score.true - score.both,
        "cases_per_100": round(100 * doubtful.height / max(len(found), 1), 3),
        "f1_reviewed": round(after.f1, 5),
        "two_numbers_in_a_cluster": _numbers_apart(case.rows, case.id_column, found),
        "seconds": round(seconds, 1),
    }


def _numbers_apart(rows: pl.DataFrame, id_column: str, found: dict[str, str]) -> int:
    if "id_number" not in rows.columns:
        return 0
    columns = rows.select(pl.col(id_column).cast(pl.String), "id_number", "birth_date", "sex_code")
    return scorer.numbers_apart(found, {record: (number, born, sex) for record, number, born, sex in columns.iter_rows()})


def misses(found: list[dict[str, Any]]) -> list[str]:
    """Say which bars were missed."""
    counties = [row for row in found if row["set"].startswith("county")]
    lines = [f"{row['set']}: F1 {row['f1']}, wanted {bar}" for row in found if row["f1"] < (bar := BARS[row["set"].split()[0]])]
    lines += [f"{row['set']}: {row['two_numbers_in_a_cluster']} clusters of two sound numbers" for row in found if row["two_numbers_in_a_cluster"]]
    for row in counties:
        wanted = (
            ("precision", row["precision"] >= PRECISION_BAR),
            ("recall", row["recall"] >= RECALL_BAR),
            ("cases_per_100", row["cases_per_100"] <= POSSIBLE_BAR),
        )
        lines += [f"{row['set']}: {name} {row[name]}" for name, good in wanted if not good]
    mean = sum(row["f1"] for row in counties) / max(len(counties), 1)
    return lines + ([f"county: mean F1 {mean:.5f}, wanted {MEAN_BAR}"] if counties and mean < MEAN_BAR else [])


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['set']:<24}{row['records']:>8,}  P {row['precision']:.5f}  R {row['recall']:.5f}  F1 {row['f1']:.5f}  B3 {row['b3']:.4f}"
        f"  wrong {row['wrong_pairs']:>6}  missed {row['missed_pairs']:>6}  cases/100 {row['cases_per_100']:.2f}  reviewed {row['f1_reviewed']:.5f}"
        f"  two numbers {row['two_numbers_in_a_cluster']}  {row['seconds']:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
