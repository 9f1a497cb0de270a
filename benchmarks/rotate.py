"""`python -m benchmarks.rotate`: `hub keys rotate` on 550,000 records while readers read, killed at random moments and gone on with.

On a server of its own with generated records, each with its seal and blind index.  No read may fail or find another
answer, everything opens afterwards and the old keys go.  The figures go to `benchmarks/results/rotate.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from time import perf_counter
from typing import Any

from hub import crypto
from hub.keyring import add_keys, keyring
from warehouse import migrate, reseal, server
from warehouse.db import connect
from warehouse.records import seal_context

RESULTS = Path(__file__).parent / "results" / "rotate.json"
ROTATE = "from warehouse.reseal import reseal; reseal()"
COLUMNS = "source, source_key, name, area_code, sealed, id_number_blind, derived, hash, sequence, batch_id, row_number, first_sequence, first_row"
PART = 50_000
FIND = "select source_key, sealed from core.person_record where id_number_blind = any(%s)"


def number(at: int) -> str:
    """Give the made-up number of a record."""
    return f"330106{19000101 + at % 900000:08d}{at % 10000:04d}-{at}"


def fill(count: int) -> None:
    """Write records as a load does: sealed, with a blind index."""
    with connect() as connection:
        for first in range(0, count, PART):
            keys = [f"r{at}" for at in range(first, min(first + PART, count))]
            numbers = [number(at) for at in range(first, min(first + PART, count))]
            texts = [json.dumps({"id_number": one, "phone": f"139{at:08d}", "address": f"文三路{at}号"}) for at, one in enumerate(numbers, first)]
            contexts = seal_context("person_record", "register", keys)
            sealed, blinds = crypto.seal(texts, contexts), crypto.blind(numbers, "id_number")
            with connection.cursor().copy(f"copy core.person_record ({COLUMNS}) from stdin") as copy:
                for at, row in enumerate(zip(keys, sealed, blinds, strict=True), first):
                    copy.write_row(("register", row[0], "王", "330106", row[1], row[2], False, b"h", 1, "register-000001", at + 1, 1, at + 1))


class Reader(threading.Thread):
    """Finds a person by number and opens the record, again and again."""

    def __init__(self, count: int, done: threading.Event) -> None:
        super().__init__()
        self.count, self.done = count, done
        self.reads, self.failures, self.slowest = 0, 0, 0.0

    def run(self) -> None:
        """Read until told to stop."""
        choose = random.Random(self.ident)
        while not self.done.is_set():
            at, started = choose.randrange(self.count), perf_counter()
            try:
                with connect() as connection:
                    [(key, sealed)] = connection.execute(FIND, [crypto.blinds(number(at), "id_number")]).fetchall()
                opened = crypto.unseal([sealed], seal_context("person_record", "register", [key]))[0]
                self.failures += json.loads(opened or "{}").get("id_number") != number(at)
            except Exception:
                self.failures += 1
            self.reads += 1
            self.slowest = max(self.slowest, perf_counter() - started)


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=550_000)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for variable in ("DATABASE_URL", "HUB_KEYS", "HUB_STORE"):
            os.environ.pop(variable, None)
        os.environ["HUB_HOME"] = home
        try:
            found = _measure(asked.records, asked.kills)
        finally:
            server.remove(Path(home) / "pg")
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if found["failed_reads"] or found["left_under_old_keys"] else 0


def _measure(count: int, kills: int) -> dict[str, Any]:
    migrate.upgrade()
    fill(count)
    old, done = {key.id for key in keyring().keys if key.purpose in reseal.ROTATED}, threading.Event()
    readers = [Reader(count, done) for _ in range(2)]
    for reader in readers:
        reader.start()
    started, chance = perf_counter(), random.SystemRandom()
    add_keys(reseal.ROTATED)
    moments = []
    for _ in range(kills):
        moments.append(round(chance.uniform(1.0, 8.0), 1))
        process = subprocess.Popen([sys.executable, "-c", ROTATE])
        time.sleep(moments[-1])
        process.send_signal(signal.SIGKILL)
        process.wait()
    written = reseal.reseal()
    seconds = perf_counter() - started
    left = sum(rows for key, rows in reseal.in_use().items() if key in old)
    retired = reseal.retire_old()
    time.sleep(1)  # readers go on under the new keys alone
    done.set()
    for reader in readers:
        reader.join()
    return {
        "records": count, "killed_after_seconds": moments, "written_by_the_last": sum(written.values()), "seconds": round(seconds, 1), "retired": len(retired),
        "reads": sum(one.reads for one in readers), "failed_reads": sum(one.failures for one in readers),
        "slowest_read_seconds": round(max(one.slowest for one in readers), 2), "left_under_old_keys": left,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
