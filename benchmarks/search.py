"""`python -m benchmarks.search`: searches among a million persons under row-level security, timed in the database, and what it costs.

A million generated golden records with a source record each, and a queue of fifty thousand cases, on a server of its own; a steward
of one of two areas asks.  Each search of console, desk and API is explained and must use an index on every large table; an exact search
by number takes under 20 ms.  The figures go to `benchmarks/results/search.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from psycopg import sql

from warehouse import migrate, server
from warehouse.accounts_sessions import Grant, Session
from warehouse.accounts_sight import acting
from warehouse.db import Connection, connect, query

RESULTS = Path(__file__).parent / "results" / "search.json"
NUMBER_BAR = 20.0
FILL = """
insert into core.person_record (source, source_key, name, birth_date, sex_code, area_code, id_number_blind, phone_blind, derived, hash, sequence, batch_id,
        row_number, first_sequence, first_row)
    select 'register', 'r' || n, '王' || chr(20000 + n % 9000) || chr(20000 + n * 7 % 8000), '1980-01-01', '1',
        case when n % 2 = 0 then '330106' else '330201' end,
        decode(md5('id' || n), 'hex'), decode(md5('ph' || n), 'hex'), false, decode(md5('h' || n), 'hex'), 1, 'register-000001', n, 1, n
    from generate_series(1, {count}) n;
insert into identity.crosswalk (entity, source, source_key, candidate_id, entity_id, grade, model_version)
    select 'person_record', 'register', 'r' || n, 'p' || n, 'p' || n, 'certain', 1 from generate_series(1, {count}) n;
insert into identity.golden (person_id, name, sex_code, birth_date, area_code, id_number_blind, provenance, records, hash)
    select 'p' || row_number, name, sex_code, birth_date, area_code, id_number_blind, '{{}}', 1, hash from core.person_record;
insert into identity.name_key (name, pinyin, initials)
    select name, 'wang' || translate(md5(name), '0123456789', 'ghijklmnop'), 'w' || translate(substr(md5(name || 'x'), 1, 2), '0123456789', 'ghijklmnop')
    from core.person_record group by name;
insert into identity.pair (case_id, entity, left_source, left_key, right_source, right_key, kind, weight, probability, levels, model_version)
    select 'c' || lpad(n::text, 16, 'a'), 'person_record', 'register', 'r' || n, 'register', 'r' || n + 2, 'possible', 1, 0.5, '{{"name": 3}}', 1
    from generate_series(1, {count} / 20) n;
insert into identity.waiting (case_id, entity, kind, weight, value, money, areas, lines, sources)
    select case_id, entity, kind, weight, right(case_id, 1)::int, 0,
        array[case when right(case_id, 1)::int % 2 = 0 then '330106' else '330201' end], '{{110}}', '{{register}}' from identity.pair;
analyze"""
LARGE = ("golden", "person_record", "crosswalk", "name_key", "pair")
"""Tables no search reads from end to end; the queue itself is small beside them, and counting it reads it."""
WAITING: dict[str, Any] = {
    "kind": None, "state": None, "source": None, "area": None, "line": None, "days": None, "money": False, "whose": "all", "cases": None, "value": None,
    "after": None, "account": "li", "limit": 51, "senior": False, "passed": [], "overdue": 5,
}  # fmt: skip
NOBODY: dict[str, Any] = {"blind": None, "name": None, "limit": 20, "person_id": None, "sources": ["register"], "keys": ["r4"], "case_id": "none", "kind": None}


def searches(count: int, name: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give each search the console makes: its query and values."""
    blind, case = bytes.fromhex(md5(f"id{count // 2}")), "c" + "4".rjust(16, "a")
    typed = "wang" + md5(name).translate(str.maketrans("0123456789", "ghijklmnop"))
    return {
        "by number": ("identity.find", {**NOBODY, "blind": blind}),
        "by number, nobody": ("identity.find", {**NOBODY, "blind": b"\0" * 16}),
        "by name": ("identity.find", {**NOBODY, "name": name}),
        "a person": ("identity.person", {**NOBODY, "person_id": f"p{count // 2}"}),
        "records of a person": ("identity.records_of", {**NOBODY, "person_id": f"p{count // 2}"}),
        "where records belong": ("account.areas", NOBODY),
        "records out of sight": ("account.held", NOBODY),
        "somebody at a counter": ("person.candidates", {"numbers": [blind], "phones": [], "name": name, "birth_date": "1980-01-01", "limit": 41}),
        "desk: number": ("search.by_number", {"blind": blind, "limit": 50}),
        "desk: phone": ("search.by_phone", {"blind": bytes.fromhex(md5(f"ph{count // 2}")), "limit": 50}),
        "desk: name": ("search.by_name", {"text": name, "limit": 50}),
        "desk: beginning of a name": ("search.by_name_beginning", {"text": name[:2], "limit": 50}),
        "desk: pinyin": ("search.by_pinyin", {"text": typed, "limit": 50}),
        "desk: beginning of pinyin": ("search.by_pinyin_beginning", {"text": typed[:8], "limit": 50}),
        "desk: initials": ("search.by_initials", {"text": "wgh", "limit": 50}),
        "desk: number at the source": ("search.by_key", {"text": f"r{count // 2}", "limit": 50}),
        "desk: its beginning": ("search.by_key_beginning", {"text": f"r{count // 2}"[:-2], "limit": 50}),
        "queue: a page": ("waiting.page", WAITING),
        "queue: a later page": ("waiting.page", {**WAITING, "value": 5, "after": "c"}),
        "queue: filtered": ("waiting.page", {**WAITING, "source": "register", "line": "110", "area": "3301"}),
        "queue: one case": ("waiting.page", {**WAITING, "cases": [case]}),
        "queue: claim next": ("waiting.free", WAITING),
        "queue: mine": ("waiting.mine", WAITING),
        "queue: counts": ("waiting.counts", WAITING),
        "queue: cases of records": ("waiting.of_records", {"sources": ["register"], "keys": ["r4"]}),
        "queue: cases of persons": ("waiting.of_persons", {"persons": ["p4"]}),
        "a case": ("identity.cases", {**NOBODY, "case_id": case}),
        "cases by id": ("identity.cases_page", {**NOBODY, "after": case}),
        "cases of a person": ("person.waiting", {"sources": ["register"], "keys": ["r4"], "limit": 50}),
    }


def md5(text: str) -> str:
    """Give what `md5` of the server gives, as the generated rows have it."""
    import hashlib  # the only place that asks for it

    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def plan(connection: Connection, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Explain one search as it ran."""
    [[found]] = connection.execute(sql.SQL("explain (analyze, format json) ") + query(name), values).fetchall()
    explained: dict[str, Any] = found[0]
    return explained


def scans(node: dict[str, Any]) -> set[str]:
    """Name the large tables a plan reads from end to end."""
    own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE else set()
    return own.union(*(scans(inner) for inner in node.get("Plans", [])))


def measure(connection: Connection, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Give the median milliseconds of planning and running, and tables read whole."""
    plans = [plan(connection, name, values) for _ in range(9)]
    took = statistics.median(one["Planning Time"] + one["Execution Time"] for one in plans)
    return {"milliseconds": round(took, 2), "rows": plans[-1]["Plan"]["Actual Rows"], "read_whole": sorted(scans(plans[-1]["Plan"]))}


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    steward = Session("li", True, False, True, "zh", True, (Grant("steward", ["330106"], None),))
    with tempfile.TemporaryDirectory() as home:
        for variable in ("DATABASE_URL", "HUB_KEYS", "HUB_STORE"):
            os.environ.pop(variable, None)
        os.environ["HUB_HOME"] = home
        try:
            migrate.upgrade()
            with connect(autocommit=True) as connection:
                for statement in FILL.format(count=asked.persons).split(";"):
                    connection.execute(statement.encode())
                [(name,)] = connection.execute("select name from identity.golden where person_id = %s", [f"p{asked.persons // 2}"]).fetchall()
            found: dict[str, Any] = {"persons": asked.persons, "steward": {}, "owner": {}}
            for what, (statement, values) in searches(asked.persons, name).items():
                with acting(steward) as connection:
                    found["steward"][what] = measure(connection, statement, values)
                with connect() as connection:
                    found["owner"][what] = measure(connection, statement, values)
        finally:
            server.remove(Path(home) / "pg")
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    slow = found["steward"]["by number"]["milliseconds"] > NUMBER_BAR
    return 1 if slow or any(one["read_whole"] for one in found["steward"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
