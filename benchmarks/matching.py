"""`make benchmark`: the engine and Splink 5 side by side on the same files in one run, each in a process of its own.

F1 by pairs of records (ours at its own threshold, Splink's at the best one the truth can find, and at its customary 0.95), CPU-seconds of the
whole process and its preparation, wall time, peak memory, candidate pairs and the share of true pairs among them.  `benchmarks/results/matching.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks import people, quality
from hub import settings

RESULTS = Path(__file__).parent / "results" / "matching.json"
PEERS = Path(__file__).parent / "peers"
COUNTIES = (20_000, 36_000, 200_000, 365_000)
"""People; about 2.8 records each."""
WEIGHTS = (-6, -4, -2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24)
"""Bits at which Splink's clusters are judged."""
CPU_BAR, MEMORY_BAR = 0.5, 2 << 30
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class File:
    """One file: rows (with `record_id`), the person of each row, our model, and the name of Splink's."""

    name: str
    rows: pl.DataFrame
    truth: Labels
    model: str
    peer: str


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=list(COUNTIES))
    parser.add_argument("--data", type=Path, default=quality.DATA, help="folder of the public sets")
    parser.add_argument("--only", nargs="*", help="names of sets: county, febrl3, …")
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    kept = {row["set"]: row for row in json.loads(RESULTS.read_text(encoding="utf-8"))["sets"]} if RESULTS.is_file() else {}
    for file in files(asked.people, asked.data, asked.only):
        kept[file.name] = measure(file)
        print(_line(file.name, kept[file.name]), flush=True)
        if not asked.no_result:
            rows = sorted(kept.values(), key=lambda row: (not row["set"].startswith("county"), row["records"], row["set"]))
            RESULTS.write_text(json.dumps({"sets": rows, "growth": growth(kept), "missed": misses(kept)}, indent=1) + "\n", encoding="utf-8")
    print(growth(kept))
    missed = misses(kept)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def files(counts: list[int], data: Path, only: list[str] | None) -> Any:
    """Give the files one after the other; all of them unless some are named."""
    for count in counts if not only or "county" in only else []:
        rows, truth = people.people(count, 1)
        yield File(f"county {count}", rows, truth["person"].to_numpy(), "person", "person")
    for case in quality.cases(0, [], data):
        if not only or case.name in only:
            rows = case.rows.with_columns(record_id=pl.col(case.id_column).cast(pl.String), founding=pl.int_range(pl.len(), dtype=pl.Int64))
            persons = rows["record_id"].replace_strict(case.truth).cast(pl.Categorical).to_physical().cast(pl.Int64).to_numpy()
            yield File(case.name, rows, persons, str(case.model), case.name)


def measure(file: File) -> dict[str, Any]:
    """Run both tools on a file and judge them."""
    folder = settings.REPO / "var" / "benchmarks" / "matching" / file.name.replace(" ", "-")
    for tool in ("engine", "splink"):
        (folder / tool).mkdir(parents=True, exist_ok=True)
    path = folder / "records.parquet"
    file.rows.write_parquet(path)
    ours = _run([sys.executable, "-m", "benchmarks.peers.engine", file.model, str(path), str(folder / "engine")])
    theirs = _splink(file, path, folder)
    true = _true_pairs(file.truth)
    return {
        "set": file.name,
        "records": file.rows.height,
        "engine": ours | _found(file, folder / "engine", true),
        "splink": theirs | _found(file, folder / "splink", true) | _best(file, folder / "splink"),
    }


def _splink(file: File, path: Path, folder: Path) -> dict[str, Any]:
    prepared, preparation = folder / "prepared.parquet", {"cpu_seconds": 0.0, "seconds": 0.0, "peak_bytes": 0}
    if file.peer == "person":
        preparation = _run([sys.executable, "-m", "benchmarks.peers.prepare", str(path), str(prepared)])
    else:
        file.rows.with_columns(unique_id=pl.int_range(pl.len(), dtype=pl.Int64)).write_parquet(prepared)
    python = settings.REPO / "var" / "peers" / "bin" / "python"
    run = _run([str(python), str(PEERS / "splink_run.py"), file.peer, str(prepared), str(folder / "splink")])
    totals = {name: run[name] + preparation[name] for name in ("cpu_seconds", "seconds")}
    return {**run, **totals, "peak_bytes": max(run["peak_bytes"], preparation["peak_bytes"]), "preparation_cpu_seconds": preparation["cpu_seconds"]}


def _run(command: list[str]) -> dict[str, Any]:
    """Run a tool; what it says of itself (its own CPU-seconds and peak, nothing before or after)."""
    started = time.time()
    kept = {"PYTHONPYCACHEPREFIX": str(settings.REPO / "var" / "benchmarks" / "bytecode"), "STARTED": str(started)}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | kept
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=settings.REPO, env=environment)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in said.items()}


def _found(file: File, folder: Path, true: Labels) -> dict[str, Any]:
    """Judge the clusters and the candidate pairs of a tool."""
    clusters = pl.read_parquet(folder / "clusters.parquet")
    key = "record_id" if "record_id" in clusters.columns else "unique_id"
    order = file.rows.select("record_id").with_row_index("unique_id").with_columns(pl.col("unique_id").cast(pl.Int64))
    placed = order.join(clusters, on=key, how="left", maintain_order="left")["cluster_id"]
    labels = placed.cast(pl.String).cast(pl.Categorical).to_physical().cast(pl.Int64).to_numpy()
    pairs = pl.read_parquet(folder / "pairs.parquet", columns=["a", "b"])
    reached = np.sort(_packed(pairs["a"].to_numpy(), pairs["b"].to_numpy()))
    if (folder / "stand_ins.parquet").is_file():
        stands = pl.read_parquet(folder / "stand_ins.parquet")["stand_in"].to_numpy()
        a, b = stands[true >> 32], stands[true & 0xFFFFFFFF]
        met = (a == b) | _among(_packed(a, b), reached)
    else:
        met = _among(true, reached)
    return {**score(labels, file.truth), "candidate_pairs": len(reached), "pair_recall": round(float(met.mean()), 5)}


def _best(file: File, folder: Path) -> dict[str, Any]:
    """Find the threshold at which a tool's connected components agree best with the truth."""
    pairs = pl.read_parquet(folder / "pairs.parquet")
    a, b, weight = (pairs[name].to_numpy() for name in ("a", "b", "weight"))
    found = []
    for least in WEIGHTS:
        kept = weight >= least
        graph = coo_matrix((np.ones(int(kept.sum()), dtype=np.int8), (a[kept], b[kept])), shape=(file.rows.height,) * 2)
        found.append((score(connected_components(graph, directed=False)[1].astype(np.int64), file.truth), least))
    best, least = max(found, key=lambda one: one[0]["f1"])
    return {"best": {**best, "weight": least}}


def score(labels: Labels, truth: Labels) -> dict[str, float]:
    """Compare two partitions of the same rows by the pairs they join."""
    both = _pairs(labels * (int(truth.max(initial=0)) + 1) + truth)
    joined, real = _pairs(labels), _pairs(truth)
    return {"precision": round(both / max(joined, 1), 5), "recall": round(both / max(real, 1), 5), "f1": round(2 * both / max(joined + real, 1), 5)}


def _pairs(groups: Labels) -> int:
    counts = np.unique(groups, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _true_pairs(truth: Labels) -> Labels:
    """All pairs of rows of one person, packed, smaller row first."""
    order = np.argsort(truth, kind="stable")
    parts = []
    for step in range(1, int(np.bincount(np.unique(truth, return_inverse=True)[1]).max(initial=1))):
        same = truth[order[step:]] == truth[order[:-step]]
        parts.append(_packed(order[:-step][same], order[step:][same]))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _packed(a: NDArray[Any], b: NDArray[Any]) -> Labels:
    return np.asarray((np.minimum(a, b).astype(np.int64) << 32) | np.maximum(a, b).astype(np.int64))


def _among(wanted: Labels, known: Labels) -> NDArray[np.bool_]:
    if len(known) == 0:
        return np.zeros(len(wanted), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, wanted), len(known) - 1)] == wanted)


def misses(kept: dict[str, Any]) -> list[str]:
    """Say which bars were missed, on the largest county and in quality everywhere."""
    lines = [f"{name}: F1 {row['engine']['f1']} below Splink's best {row['splink']['best']['f1']}" for name, row in kept.items() if _worse(row)]
    largest = max((name for name in kept if name.startswith("county")), key=lambda name: kept[name]["records"], default=None)
    if largest is None or kept[largest]["records"] < 1_000_000:
        return lines
    ours, theirs = kept[largest]["engine"], kept[largest]["splink"]
    bars = (
        ("CPU-seconds above half of Splink's", ours["cpu_seconds"] > CPU_BAR * theirs["cpu_seconds"]),
        ("fewer candidate pairs than Splink", ours["candidate_pairs"] < theirs["candidate_pairs"]),
        ("lower pair recall than Splink", ours["pair_recall"] < theirs["pair_recall"]),
        ("peak memory above 2 GiB", ours["peak_bytes"] > MEMORY_BAR),
    )
    return [*lines, *(f"{largest}: {what}" for what, bad in bars if bad)]


def _worse(row: dict[str, Any]) -> bool:
    return bool(row["engine"]["f1"] < row["splink"]["best"]["f1"])


def growth(kept: dict[str, Any]) -> str:
    """Say how cost grows from the county of 100,000 records to that of a million."""
    rows = sorted((row for name, row in kept.items() if name.startswith("county")), key=lambda row: row["records"])
    if len(rows) < 2:
        return "growth: needs two counties"
    small, large = min(rows, key=lambda row: abs(row["records"] - 100_000)), rows[-1]
    times = {what: large["engine"][what] / small["engine"][what] for what in ("cpu_seconds", "candidate_pairs", "peak_bytes")}
    told = ", ".join(f"{what.replace('_', ' ')} × {value:.1f}" for what, value in times.items())
    return f"growth {small['records']:,} → {large['records']:,} records (× {large['records'] / small['records']:.1f}): {told}"


def _line(name: str, row: dict[str, Any]) -> str:
    ours, theirs = row["engine"], row["splink"]
    parts = [f"{name} ({row['records']:,})"]
    for tool, one, f1 in (("engine", ours, ours["f1"]), ("Splink", theirs, theirs["best"]["f1"])):
        cost = f"CPU {one['cpu_seconds']:.1f} s, wall {one['seconds']:.1f} s, {one['peak_bytes'] / (1 << 30):.2f} GiB"
        parts.append(f"{tool} F1 {f1:.4f}, {cost}, {one['candidate_pairs']:,} pairs (recall {one['pair_recall']:.4f})")
    return " | ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
