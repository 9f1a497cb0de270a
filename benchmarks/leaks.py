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
from pathlib import Path
from time import process_time

from hub import settings
from hub.pipeline import index_store, placing
from matching.index import build
from tests import test_leaks
from tests.leaks import Needles, contents
from tests.warehouse.people import forget
from warehouse import identity, migrate, server
from warehouse.db import connect

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
    values = test_leaks.values(place.home)
    needles, started = Needles(values), process_time()
    folders: dict[str, dict[str, int]] = {}
    for top in sorted(path for path in place.home.iterdir() if path.name not in test_leaks.THEIRS):
        read = folders[top.name] = {"files": 0, "bytes": 0, "found": 0}
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_file() and not file.is_symlink():
                read["files"] += 1
                for where, data in contents(file):
                    read["bytes"] += len(data)
                    read["found"] += sum(1 for _ in needles.scan(data, where))
    found = {
        "values": len(values), "looked_up": len(people), "cpu_seconds": round(process_time() - started, 1),
        "found": sum(one["found"] for one in folders.values()), "searched": folders,
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if found["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
