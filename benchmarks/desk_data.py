"""The warehouse of `benchmarks.desk`: a county of a million people whose records stand as persons, and cases among them; written once, by COPY.

The records are those of the synthetic county with its planted errors.  They are placed by the truth, except that the records of some
people stand as two persons with an open case; each case is compared and weighed by a fitted model, as a run of matching does it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl

import county
from hub import crypto, settings
from hub.errors import StoppedError
from hub.pipeline import queue, run_source
from hub.pipeline.golden import golden_rows
from hub.pipeline.increment import PERSON
from hub.pipeline.pairs import pair_rows
from hub.pipeline.placing import current_model, model_key
from mappings.load import load_named
from matching import fit
from matching.compare import compare
from matching.score import score
from matching.standardise import standardise
from matching.types import Pairs
from warehouse import identity, migrate, models
from warehouse.copy import copy_in
from warehouse.db import Connection, connect
from warehouse.records import seal_context

SLICE = 200_000
PART = 100_000
"""People whose golden records are computed at a time."""
SAMPLE = 20_000
"""People whose records the model is fitted on."""
REFUSED = 20_000
PERSONAL = ("id_number", "phone", "address", "household_no")
OPEN = ("name", "former_name", "sex_code", "birth_date", "area_code", "employer_name")
HERE = Path(__file__).parent
OFFICE = """\
source: office
department: {{zh: 办事处, en: Office}}
steward: office@county.example
schedule: "0 2 * * *"
connector: {{type: delimited, path: "{path}"}}
extract: {{mode: snapshot}}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields: {{name: {{name: 姓名}}, id_number: {{id_number: 证件号码}}, birth_date: {{date: 出生日期, formats: [y-m-d]}}, area_code: 地区}}
expectations: {{max_quarantine: 1.0}}
examples:
  - stream: person
    given: {{编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: null, 地区: null}}
    expect: {{person_record: {{name: 王芳}}}}
"""


def prepare(home: Path, people: int, cases: int, seed: int = 1) -> None:
    """Write everything into a warehouse, step by step; called again it goes on with the step it was cut off in."""
    for source in sorted((settings.REPO / "mappings" / "sources").glob("*.yml")):
        shutil.copy(source, home / "sources" / source.name)
    migrate.upgrade()
    made, placed = home / "records.parquet", home / "placed.parquet"
    if not made.is_file():
        _records(people, seed).write_parquet(made.with_suffix(".new"))
        made.with_suffix(".new").rename(made)
    records = pl.read_parquet(made)
    _step(home, "records", lambda connection: _write_records(connection, records))
    halves = _halves(records, cases)
    if not placed.is_file():
        _placed(records, halves).write_parquet(placed)
    _step(home, "model", lambda connection: _write_model(connection, records))
    places = pl.read_parquet(placed)
    _step(home, "places", lambda connection: _write_places(connection, places))
    _step(home, "golden records", lambda connection: _write_golden(connection, records, places))
    _step(home, "facts", lambda connection: connection.execute((HERE / "desk_facts.sql").read_text(encoding="utf-8")))
    _step(home, "cases", lambda connection: _write_cases(connection, records, halves))
    _step(home, "queue", _write_queue)
    _step(home, "refused rows", lambda _: _refuse(home))
    _step(home, "statistics", lambda _: _analyze())


def _step(home: Path, name: str, work: Callable[[Connection], object]) -> None:
    """Do a step in one transaction unless it was done before; say how long it took."""
    mark = home / f"{name.replace(' ', '_')}.done"
    if mark.is_file():
        return
    started = perf_counter()
    with connect() as connection:
        work(connection)
    mark.touch()
    print(f"{name}: {perf_counter() - started:.0f} s", flush=True)


def _analyze() -> None:
    with connect(autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _records(people: int, seed: int) -> pl.DataFrame:
    """The county's person records in the shape `identity.person_records` gives, with `person`, the truth."""
    flat = county.person_records(people, seed).filter(pl.col("person").is_not_null())
    rows = flat.with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64), number=pl.int_range(pl.len()).over("source") + 1)
    empty = ("employer_code", "death_date", "updated_on", "status_code", "ethnic_code", "account")
    return rows.select(
        "person", "founding", "source", *OPEN, *PERSONAL, source_key=pl.concat_str(pl.lit("k"), "number"), row_number="number",
        first_sequence=pl.lit(1), first_row="number", ended=pl.lit(False),
        record_id=pl.concat_str("source", pl.lit("/k"), "number"), batch_id=pl.concat_str("source", pl.lit("-000001")),
    ).with_columns(pl.lit(None, pl.String).alias(name) for name in empty)  # fmt: skip


@contextmanager
def _bare(connection: Connection, *tables: str) -> Iterator[None]:
    """Fill tables without their indexes, which are made again afterwards: minutes instead of an hour."""
    found = connection.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index where indrelid = any(%s::regclass[]) and not indisprimary", [list(tables)]
    ).fetchall()
    for name, _ in found:
        connection.execute(f"drop index {name}")
    yield
    connection.execute("set local maintenance_work_mem = '1GB'")
    for _, definition in found:
        connection.execute(definition)


def _write_records(connection: Connection, records: pl.DataFrame) -> None:
    connection.execute(
        "insert into ops.batch (batch_id, source, sequence, kind, state, published_at) select s || '-000001', s, 1, 'run', 'published', now() "
        "from unnest(%s::text[]) s",
        [records["source"].unique().to_list()],
    )
    with _bare(connection, "core.person_record"):
        for piece in records.iter_slices(SLICE):
            texts = [json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) for row in piece.select(PERSONAL).iter_rows(named=True)]
            contexts = [seal_context(PERSON, source, [key])[0] for source, key in piece.select("source", "source_key").iter_rows()]
            rows = piece.select("source", "source_key", *OPEN, "batch_id", "row_number", "first_sequence", "first_row").with_columns(
                pl.Series("sealed", crypto.seal([None if text == "{}" else text for text in texts], contexts), pl.Binary),
                pl.Series("id_number_blind", crypto.blind(piece["id_number"].to_list(), "id_number"), pl.Binary),
                pl.Series("phone_blind", crypto.blind(piece["phone"].to_list(), "phone"), pl.Binary),
                derived=pl.lit(False), hash=pl.lit(b"\0"), sequence=pl.lit(1),
            )  # fmt: skip
            copy_in(connection, ("core", "person_record"), rows)


def _halves(records: pl.DataFrame, cases: int) -> pl.DataFrame:
    """People whose records become two persons, those whose records differ in number first: `person`, `left`, `right` (record ids), `cut` (founding)."""
    people = (
        records.group_by("person")
        .agg(pl.col("record_id", "founding", "id_number").sort_by("founding"), pl.len().alias("size"))
        .filter(pl.col("size") >= 2)
        .with_columns(at=pl.col("size") // 2)
        .with_columns(
            left=pl.col("record_id").list.first(), right=pl.col("record_id").list.get(pl.col("at")), cut=pl.col("founding").list.get(pl.col("at")),
            same=(pl.col("id_number").list.first() == pl.col("id_number").list.get(pl.col("at"))).fill_null(False),
        )
    )  # fmt: skip
    return people.sort("same", "person").head(cases).select("person", "left", "right", "cut")


def _placed(records: pl.DataFrame, halves: pl.DataFrame) -> pl.DataFrame:
    """Whose each record is: of the oldest record of its person, or of its half of one."""
    candidates = pl.Series("candidate_id", [identity.candidate_id(record) for record in records["record_id"]], pl.String)
    parts = records.select("source", "source_key", "person", "founding", candidates).join(halves.select("person", "cut"), on="person", how="left")
    parts = parts.with_columns(half=(pl.col("founding") >= pl.col("cut")).fill_null(False))
    return parts.with_columns(entity_id=pl.col("candidate_id").sort_by("founding").first().over("person", "half"))


def _write_model(connection: Connection, records: pl.DataFrame) -> None:
    model = fit(records.filter(pl.col("person") < SAMPLE).drop("person"), key=model_key())
    models.add(connection, model.to_json(), state="approved", effect=None, author="hub", reason="benchmark")


def _write_places(connection: Connection, placed: pl.DataFrame) -> None:
    version = _version(connection)
    with _bare(connection, "identity.crosswalk"):
        rows = placed.select("source", "source_key", "candidate_id", "entity_id", entity=pl.lit(PERSON), grade=pl.lit("certain"), model_version=pl.lit(version))
        copy_in(connection, ("identity", "crosswalk"), rows)


def _version(connection: Connection) -> int:
    known = models.current(connection)
    assert known is not None  # noqa: S101 - the step before wrote it
    return known[0]


def _write_golden(connection: Connection, records: pl.DataFrame, placed: pl.DataFrame) -> None:
    whose = placed.select("source", "source_key", "entity_id")
    with _bare(connection, "identity.golden"):
        for piece in records.with_columns(part=pl.col("person") // PART).partition_by("part"):
            copy_in(connection, ("identity", "golden"), identity.sealed_golden(golden_rows(piece, whose)))


def _write_cases(connection: Connection, records: pl.DataFrame, halves: pl.DataFrame) -> None:
    version, model = _version(connection), current_model(connection)
    sides = pl.concat([halves["left"], halves["right"]])
    wanted = records.filter(pl.col("record_id").is_in(sides.implode())).drop("founding", "person").with_row_index("founding")
    wanted = wanted.with_columns(pl.col("founding").cast(pl.Int64))
    row = dict(wanted.select("record_id", "founding").iter_rows())
    ends = [sorted((row[left], row[right])) for left, right in halves.select("left", "right").iter_rows()]
    left, right = (np.array(side, dtype=np.int64) for side in zip(*ends, strict=True))
    pairs = Pairs(left, right, np.ones(len(left), dtype=np.uint64))
    scored = score(pairs, compare(standardise(wanted, model), pairs, model.spec), model)
    said = pl.DataFrame({"left_id": wanted["record_id"].gather(left), "right_id": wanted["record_id"].gather(right)})
    compared = said.hstack(pl.DataFrame({name: scored.levels.codes[:, slot] for slot, name in enumerate(scored.levels.names)}))
    numbers = [wanted["id_number"].gather(side) for side in (left, right)]
    two = ((numbers[0].str.len_chars() == 18) & (numbers[1].str.len_chars() == 18) & (numbers[0] != numbers[1])).fill_null(False)
    kinds = pl.Series("case_type", np.where(two.to_numpy(), "two_numbers", "possible"))
    doubtful = said.with_columns(kinds, weight=pl.Series(scored.weight), probability=pl.Series(scored.probability))
    copy_in(connection, ("identity", "pair"), pair_rows(doubtful, version, PERSON, compared))


def _write_queue(connection: Connection) -> None:
    queue.fill(connection)
    connection.execute("update identity.waiting set since = now() - interval '1 hour' * (hashtext(case_id) & 511)")


def _refuse(home: Path) -> None:
    """Load an office whose rows are refused for four reasons; a second day stops at the gate."""
    path = home / "office.csv"
    bad = ("1980／1/ 2", "约1980年", "19801302", "1980-02-30")
    lines = [f"B{n},赵{chr(0x4E00 + n % 5000)},3301061980010100{n % 10}X,{bad[n % 4]},529002" for n in range(REFUSED)]
    good = [f"G{n},钱{chr(0x4E00 + n % 5000)},,{1950 + n % 50}-01-0{1 + n % 9},529002" for n in range(2_000)]
    path.write_text("\n".join(["编号,姓名,证件号码,出生日期,地区", *lines, *good, ""]), encoding="utf-8")
    (home / "sources" / "office.yml").write_text(OFFICE.format(path=path), encoding="utf-8")
    run_source(load_named(home / "sources", "office"))
    path.write_text("\n".join(["编号,姓名,证件号码,出生日期,地区", *lines[:900], ""]), encoding="utf-8")
    try:
        run_source(load_named(home / "sources", "office"))
    except StoppedError:
        pass
    else:
        raise AssertionError("two thousand endings have to stop the batch")


@dataclass(frozen=True)
class Asked:
    """What stewards type: names, their pinyin, identity numbers; and persons they look at."""

    names: tuple[str, ...]
    pinyin: tuple[str, ...]
    numbers: tuple[str, ...]
    persons: tuple[str, ...]


def asked_for(home: Path, count: int = 2_000) -> Asked:
    """Give what is asked for: of records chosen at random, always the same."""
    records = pl.read_parquet(home / "records.parquet", columns=["name", "id_number"]).sample(count, seed=7)
    names = [name for name in records["name"].drop_nulls() if 2 <= len(name) <= 4]
    with connect() as connection:
        persons = connection.execute("select person_id from identity.golden tablesample system (0.5) limit %s", [count]).fetchall()
    pinyin = tuple(text for text in (queue.keys_of(name)[0] for name in names[:400]) if text)
    numbers = tuple(number for number in records["id_number"].drop_nulls() if number[:17].isdigit())
    return Asked(tuple(names), pinyin, numbers, tuple(person for (person,) in persons))


def environment(home: Path, url: str) -> None:
    """Name the benchmark's installation in the environment, for this process and the servers it starts."""
    (home / "sources").mkdir(parents=True, exist_ok=True)
    os.environ |= {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": url}
    for variable in ("HUB_KEYS", "HUB_STORE"):
        os.environ.pop(variable, None)
