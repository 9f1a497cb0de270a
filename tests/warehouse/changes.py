"""What happens to a county's warehouse between two reports: judgements, days at the pension centre, an employer placed late."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hub.pipeline import cases, mart, verdicts
from hub.pipeline.plans import By
from warehouse.db import connect


def change_identity(merges: int, splits: int) -> None:
    with connect() as connection:
        [rows] = connection.execute(
            "select array_agg(record) from (select min(source || '/' || source_key) as record from identity.crosswalk where entity = 'person_record'"
            " group by entity_id order by entity_id limit %s) r", [2 * merges]).fetchall()  # fmt: skip
        pairs = connection.execute(
            "select min(source || '/' || source_key), max(source || '/' || source_key) from identity.crosswalk where entity = 'person_record'"
            " group by entity_id having count(*) = 2 order by entity_id desc limit %s", [splits]).fetchall()  # fmt: skip
    judge([*zip(rows[0][::2], rows[0][1::2], strict=True)], "same")
    judge(pairs, "different")


def judge(pairs: list[tuple[str, str]], verdict: cases.Verdict) -> None:
    for left, right in pairs:
        named = [(source, key) for source, _, key in (record.partition("/") for record in (left, right))]
        done = verdicts.decide_records(named[0], named[1], verdict, By("li", "papers_agree"))
        if done.proposal_id is not None:
            verdicts.approve(done.proposal_id, "he")


def change_books(home: Path, day: int) -> None:
    """Let a day pass at the pension centre: a contribution corrected, lines withdrawn, a pensioner paid again, a person enrolled elsewhere."""
    lines = pl.read_csv(home / "pension.ac43.csv", infer_schema=False)
    changed = pl.when(pl.int_range(pl.len()) == 100 + day).then(pl.lit("77.70")).otherwise(pl.col("aae022")).alias("aae022")
    other = (
        pl.when((pl.col("aae003") == "202509") & (pl.col("aaz223").str.tail(1) == str(day))).then(pl.lit("3333.00")).otherwise(pl.col("aae180")).alias("aae180")
    )
    lines.with_columns(changed, other).tail(-2).write_csv(home / "pension.ac43.csv")
    paid = pl.read_csv(home / "pension.ac61.csv", infer_schema=False)
    again = paid.filter(pl.col("aae002") == "202510").head(5).with_columns(aaz220=pl.lit(f"99000{day}") + pl.col("aaz220").str.tail(6), aae002=pl.lit("202511"))
    dead = (
        paid.filter(pl.col("aac001").is_in(_dead())).head(2).with_columns(aaz220=pl.lit(f"98000{day}") + pl.col("aaz220").str.tail(6), aae002=pl.lit("202512"))
    )
    pl.concat([paid, again, dead]).write_csv(home / "pension.ac61.csv")
    enrolled = pl.read_csv(home / "pension.ac02.csv", infer_schema=False)
    moved = pl.when(pl.int_range(pl.len()) == 50 + day).then(pl.lit("529081")).otherwise(pl.col("aab301")).alias("aab301")
    enrolled.with_columns(moved).write_csv(home / "pension.ac02.csv")


def _dead() -> list[str]:
    with connect() as connection:
        return [row[0] for row in connection.execute(
            "select distinct r.source_key from star.benefit_year b join star.record r on r.entity_no = b.person_no where b.after_death <> 0"
            " and r.source = 'pension' and r.entity = 'person_record' and r.known_to = 'infinity' and b.known_to = 'infinity'")]  # fmt: skip


def forget_and_place_an_employer() -> None:
    """An employer's records are placed only after its lines were shown."""
    one = """(select min(entity_id) from identity.crosswalk c join core.contribution l on l.source = c.source and l.employer_key = c.source_key
        where c.entity = 'employer_record')"""
    with connect() as connection:
        connection.execute(f"create table ops.aside as select c.* from identity.crosswalk c where entity = 'employer_record' and entity_id = {one}")  # type: ignore[call-overload]
        connection.execute("insert into identity.crosswalk_history select a.*, now() from ops.aside a")
        connection.execute("delete from identity.crosswalk c using ops.aside a where c.candidate_id = a.candidate_id")
    gone = mart.refresh()
    with connect() as connection:
        connection.execute("insert into identity.crosswalk select (jsonb_populate_record(a, jsonb_build_object('recorded_at', now()))).* from ops.aside a")
        connection.execute("drop table ops.aside")
    back = mart.refresh()
    assert gone["contribution"] == back["contribution"] > 0
