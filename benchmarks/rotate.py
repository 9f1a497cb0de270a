"""`python -m benchmarks.rotate`: `hub keys rotate` on 550,000 records while readers read, killed in the middle and gone on with.

On a server of its own with generated records, each with its seal and blind index, kept under `var/rotate`.  A run is
killed once a random share of the records stands under the new key; a kill before the first page or after the last is a
failure of the benchmark.  No read may fail or find another answer, every record opens afterwards, and `hub keys retire`
removes the old keys.  The figures go to `benchmarks/results/rotate.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from time import perf_counter
from typing import Any

from hub import crypto, settings
from hub.keyring import keyring
from warehouse import migrate, reseal, server
from warehouse.db import connect
from warehouse.records import seal_context

RESULTS = Path(__file__).parent / "results" / "rotate.json"
HUB = Path(sys.executable).with_name("hub")
COLUMNS = "source, source_key, name, area_code, sealed, id_number_blind, derived, hash, sequence, batch_id, row_number, first_sequence, first_row"
PART = 50_000
SHARE = "select avg((substring(sealed from 2 for 4) = %s)::int)::float from core.person_record"
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


def under(key: int) -> float:
    """Give the share of the records that stands under a key."""
    with connect() as connection:
        [(share,)] = connection.execute(SHARE, [key.to_bytes(4, "big")]).fetchall()
    return float(share)


def active() -> int:
    """Give the key that seals."""
    return keyring().active("seal").id


def killed(old: int, share: float) -> float:
    """Start `hub keys rotate`, kill it once it wrote something and this share is under the new key; give the share it left there."""
    before = 0.0 if active() == old else under(active())
    process = subprocess.Popen([HUB, "keys", "rotate"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and (active() == old or under(active()) < max(share, before + 1e-9)):
        time.sleep(random.SystemRandom().uniform(0.1, 0.5))
    ended = process.poll()
    process.send_signal(signal.SIGKILL)
    process.wait()
    return 1.0 if ended is not None else under(active())


def opened(count: int) -> int:
    """Open every record and count those that tell what they were made of."""
    right, after = 0, ""
    while True:
        with connect() as connection:
            rows = connection.execute("select source_key, sealed from core.person_record where source_key > %s order by 1 limit 50000", [after]).fetchall()
        if not rows:
            return right
        texts = crypto.unseal([sealed for _, sealed in rows], seal_context("person_record", "register", [key for key, _ in rows]))
        right += sum(json.loads(text or "{}").get("id_number") == number(int(key[1:])) for (key, _), text in zip(rows, texts, strict=True))
        after = rows[-1][0]


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=550_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    for variable in ("DATABASE_URL", "HUB_KEYS", "HUB_STORE", "HUB_KEK"):
        os.environ.pop(variable, None)
    home = settings.REPO / "var" / "rotate"
    os.environ["HUB_HOME"] = str(home)
    try:
        found = _measure(asked.records, asked.kills)
    finally:
        server.down(home / "pg")
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    middle = all(0 < share < 1 for share in found["killed_at_share"])
    return 0 if middle and found["opened"] == asked.records and not (found["failed_reads"] or found["left_under_old_keys"]) else 1


def _measure(count: int, kills: int) -> dict[str, Any]:
    migrate.upgrade()
    with connect() as connection:
        [(there,)] = connection.execute("select count(*) from core.person_record").fetchall()
    if there != count:
        with connect() as connection:
            connection.execute("truncate core.person_record")
        fill(count)
    old, seal, done = {key.id for key in keyring().keys if key.purpose in reseal.ROTATED}, active(), threading.Event()
    readers = [Reader(count, done) for _ in range(2)]
    for reader in readers:
        reader.start()
    started, chance = perf_counter(), random.SystemRandom()
    moments = [killed(seal, share) for share in sorted(chance.uniform(0.05, 0.9) for _ in range(kills))]
    subprocess.run([HUB, "keys", "rotate"], stdout=subprocess.DEVNULL, check=True)
    seconds = perf_counter() - started
    left = sum(rows for key, rows in reseal.in_use().items() if key in old)
    subprocess.run([HUB, "keys", "retire"], stdout=subprocess.DEVNULL, check=True)
    time.sleep(2)  # readers go on under the new keys alone
    done.set()
    for reader in readers:
        reader.join()
    return {
        "records": count, "killed_at_share": [round(share, 3) for share in moments], "seconds": round(seconds, 1),
        "retired": len(old - {key.id for key in keyring().keys}), "reads": sum(one.reads for one in readers),
        "failed_reads": sum(one.failures for one in readers), "slowest_read_seconds": round(max(one.slowest for one in readers), 2),
        "left_under_old_keys": left, "opened": opened(count),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
