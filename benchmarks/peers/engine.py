"""`python -m benchmarks.peers.engine MODEL IN OUT`: our engine in a process of its own, from the file to the clusters.

Prints one JSON line: CPU-seconds, peak memory and seconds per step up to the clusters; what is written afterwards for the judge is not counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

import polars as pl

from benchmarks import memory
from matching.blocking import stand_ins
from matching.engine import JUDGEMENTS, match_compared
from matching.fit import fit_encoded
from matching.hashing import seed_of
from matching.spec import load_spec
from matching.standardise import encode


def main() -> None:
    """Read, fit, match, write."""
    spec = load_spec(None if sys.argv[1] == "person" else Path(sys.argv[1]))
    out = Path(sys.argv[3])
    clock = [("start", time.perf_counter())]
    encoded = encode(pl.read_parquet(sys.argv[2]), spec, seed_of(b""))
    clock.append(("read and standardise", time.perf_counter()))
    fitted = fit_encoded(encoded, spec, b"")
    clock.append(("fit", time.perf_counter()))
    result = match_compared(fitted.encoded, fitted.pairs, fitted.levels, JUDGEMENTS, fitted.model, clock)
    result.records.select("record_id", "cluster_id").write_parquet(out / "clusters.parquet")
    said = {
        "cpu_seconds": memory.cpu_seconds(),
        "peak_bytes": memory.peak(),
        "seconds": time.time() - float(os.environ["STARTED"]),
        "steps": {name: round(after - before, 2) for (_, before), (name, after) in pairwise(clock)},
        "cases": result.cases.height,
        "model": fitted.model.version,
    }
    print(json.dumps(said), flush=True)
    pl.DataFrame({"a": fitted.pairs.left, "b": fitted.pairs.right}).write_parquet(out / "pairs.parquet")
    pl.DataFrame({"stand_in": stand_ins(fitted.encoded)[0]}).write_parquet(out / "stand_ins.parquet")


if __name__ == "__main__":
    main()
