"""`python -m benchmarks.leaks`: after `make demo`, people work at the desk, then everything the installation holds is searched for the county.

Searched are a dump of every database, the data folder with its WAL, landing, staging and matching index, Airflow's folder, the console's and
every other log, for each whole number and phone of the county's truth in eight disguises; compressed files are opened.  What was read and
found goes to `benchmarks/results/leaks.json`; anything found is a failure.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections import Counter
from pathlib import Path
from time import process_time

from hub import settings
from hub.pipeline import index_store, placing
from matching.index import build
from tests import test_leaks
from tests.leaks import PACKED, Found, Hit, scan
from tests.warehouse.people import forget
from warehouse import identity, migrate, server
from warehouse.db import connect

SEARCHED = ("airflow", "console", "pg", "store")
"""Folders of an installation that are the hub's, beside its logs and the dumps."""
RESULTS = Path(__file__).parent / "results" / "leaks.json"


def main() -> int:
    """Work, dump, search, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    place, name = settings.load(), f"leaks-{secrets.token_hex(4)}"
    migrate.upgrade()
    with connect() as connection:
        index_store.save("leaks", build(identity.person_records(connection), placing.current_model(connection)).index)
    people = test_leaks.met()
    try:
        test_leaks.at_the_desk(place.home, people, name)
    finally:
        forget(name)
    test_leaks.dumped(place.home)
    server.down(place.database)
    values, started = test_leaks.values(place.home), process_time()
    tops = sorted(path for path in place.home.iterdir() if path.name in SEARCHED or path.suffix in (".log", ".sql"))
    parts = {top.name: scan([top], values) for top in tops}
    hits = [hit for part in parts.values() for hit in part.hits]
    whole = Found(hits, sum(part.size for part in parts.values()), sum(part.expected for part in parts.values()))
    found = {
        "values": len(values), "looked_up": len(people), "cpu_seconds": round(process_time() - started, 1),
        "bytes": {name: part.size for name, part in parts.items()}, "leaks": len(whole.leaks),
        "by_chance": dict(Counter(map(_chance, (hit for hit in whole.hits if hit not in whole.leaks)))),
        "expected_in_packed_decimal": round(whole.expected, 2), "met_in_packed_decimal": len({hit.value for hit in whole.hits if hit.disguise == PACKED}),
    }  # fmt: skip
    for hit in whole.leaks:
        print(f"{hit.place}: byte {hit.offset}: {hit.disguise}", file=sys.stderr)
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if whole.leaks else 0


def _chance(hit: Hit) -> str:
    return f"{hit.disguise} in {hit.within}" if hit.within else hit.disguise


if __name__ == "__main__":
    sys.exit(main())
