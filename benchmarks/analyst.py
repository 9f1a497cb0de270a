"""`python -m benchmarks.analyst`: after `make demo`, everything an analyst of every area reaches, read and searched for the county's people.

The county's truth names every number, phone and name; the analyst is a login role of this run.  What was read and found
goes to `benchmarks/results/analyst.json`; anything found is a failure.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from pathlib import Path
from time import perf_counter

import polars as pl

from hub import settings
from tests.warehouse.enumeration import everything, people_in, reachable
from warehouse import grants, migrate, server
from warehouse.db import connect

RESULTS = Path(__file__).parent / "results" / "analyst.json"
WHOLE = r"^(1[0-9]{10}|[1-9][0-9]{14}|[1-9][0-9]{16}[0-9X])$"


def main() -> int:
    """Read, search, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    place = settings.load()
    truth = pl.read_parquet(place.county / "truth" / "secrets.parquet")
    values = truth.filter(pl.col("kind").is_in(["id_number", "phone"]), pl.col("value").str.contains(WHOLE))["value"].unique().to_list()
    names = [name for name in truth.filter(pl.col("kind") == "name")["value"].unique().to_list() if len(name) > 1]
    migrate.upgrade()
    role, password = f"look_{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    with connect() as connection:
        grants.add_analyst(connection, role, password, None, None, "benchmark")
    started = perf_counter()
    try:
        url = server.database_url().replace("//" + server.database_url().partition("//")[2].partition("@")[0], f"//{role}:{password}")
        relations, texts = reachable(url), list(everything(url))
        with connect() as connection:
            employers = [row[0] for row in connection.execute("select distinct name from core.employer_record where name is not null")]
        hits, by_chance = people_in(texts, values, names, employers), people_in(employers, [], names)
    finally:
        with connect() as connection:
            grants.drop_analyst(connection, role)
    with connect() as connection:
        counts = "select (select count(*) from identity.golden), (select count(*) from mart.contribution), (select count(*) from mart.enrolment)"
        [(persons, contributions, enrolments)] = connection.execute(counts).fetchall()
    found = {
        "persons": persons, "contributions": contributions, "enrolments": enrolments, "relations": len(relations), "texts": len(texts),
        "characters": sum(map(len, texts)), "numbers_and_phones": len(values), "names": len(names), "seconds": round(perf_counter() - started, 1),
        "found": len(hits), "in_names_of_employers": len(by_chance), "where": sorted(set(hits))[:20],
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
