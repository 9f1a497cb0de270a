"""Incremental matching equals matching everything, after any sequence of loads, corrections, deletions and judgements."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from hub.errors import FatalError
from matching import JUDGEMENTS, Model, fit, match
from matching.index import Update, build, update
from matching.standardise import standardise

COLUMNS = ("name", "birth_date", "id_number", "phone", "address", "sex_code")


@dataclass
class World:
    """What a caller keeps: the live records, the judgements, and the placements and cases the updates gave."""

    pool: pl.DataFrame
    model: Model
    chance: random.Random
    live: dict[str, dict[str, Any]] = field(default_factory=dict)
    judged: dict[tuple[str, str], str] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: list[dict[str, Any]] = field(default_factory=list)

    @property
    def judgements(self) -> pl.DataFrame:
        rows = [(a, b, verdict) for (a, b), verdict in self.judged.items()]
        return pl.DataFrame(rows, schema=JUDGEMENTS.schema, orient="row")

    def step(self, last: Update, waiting: list[str]) -> Update:
        rows = {row["record_id"]: row for row in self.pool.to_dicts()}
        new = [waiting.pop() for _ in range(min(len(waiting), self.chance.randint(1, 250)))]
        known = sorted(self.live)
        corrected = self.chance.sample(known, min(len(known), self.chance.randint(0, 20)))
        removed = self.chance.sample([r for r in known if r not in corrected], min(max(0, len(known) - len(corrected)), self.chance.randint(0, 20)))
        changed = [rows[record] for record in new] + [self._corrected(record, list(rows.values())) for record in corrected]
        for row in changed:
            self.live[row["record_id"]] = row
        for record in removed:
            del self.live[record]
        rejudged = self._judge()
        found = update(last.index, standardise(pl.DataFrame(changed, schema=self.pool.schema), self.model), removed, self.model, self.judgements, rejudged)
        self._keep(found)
        return found

    def _corrected(self, record: str, donors: list[dict[str, Any]]) -> dict[str, Any]:
        column = self.chance.choice(COLUMNS)
        return {**self.live[record], column: self.chance.choice([None, self.chance.choice(donors)[column]])}

    def _judge(self) -> list[str]:
        touched: list[str] = []
        for _ in range(self.chance.randint(0, 8) if len(self.live) > 2 else 0):
            if self.judged and self.chance.random() < 0.4:
                pair = self.chance.choice(sorted(self.judged))
                del self.judged[pair]
            else:
                a, b = self.chance.sample(sorted(self.live), 2)
                namesakes = [r for r in sorted(self.live) if r != a and self.live[r]["name"] == self.live[a]["name"]]
                pair = (a, self.chance.choice(namesakes) if namesakes and self.chance.random() < 0.7 else b)
                self.judged[pair] = self.chance.choice(["same", "different", "unsure"])
            touched += pair
        return touched

    def _keep(self, found: Update) -> None:
        touched = set(found.touched)
        stays = set(self.live) - touched
        self.places = {r: p for r, p in self.places.items() if r in stays} | {p["record_id"]: p for p in found.result.records.to_dicts()}
        self.cases = [c for c in self.cases if c["left_id"] in stays and c["right_id"] in stays] + found.result.cases.to_dicts()

    def check(self) -> None:
        everything = list(self.live.values())
        self.chance.shuffle(everything)
        full = match(pl.DataFrame(everything, schema=self.pool.schema), self.model, self.judgements)
        kept = pl.DataFrame(list(self.places.values()), schema=full.records.schema)
        assert_frame_equal(kept.sort("record_id"), full.records.sort("record_id"), check_exact=True)
        order = ["case_type", "left_id", "right_id"]
        assert_frame_equal(pl.DataFrame(self.cases, schema=full.cases.schema).sort(order), full.cases.sort(order), check_exact=True)


@pytest.mark.parametrize("seed", range(3))
def test_incremental_equals_full(people: pl.DataFrame, model: Model, seed: int) -> None:
    some = people["person"].unique().sort().sample(350, seed=seed)
    pool = people.filter(pl.col("person").is_in(some.implode())).drop("person")
    world = World(pool, model, random.Random(seed))
    waiting = pool["record_id"].to_list()
    world.chance.shuffle(waiting)
    last = build(pool.clear(), model)
    for _ in range(5):
        last = world.step(last, waiting)
        world.check()
    assert any(case["case_type"] for case in world.cases) or not world.judged


def test_a_batch_touches_only_its_components(records: pl.DataFrame, model: Model) -> None:
    known = build(records, model)
    changed = records.head(5).with_columns(pl.lit("13900001234").alias("phone"))
    assert len(update(known.index, standardise(changed, model), [], model).touched) < 200


def test_nothing_changed_touches_nothing(records: pl.DataFrame, model: Model) -> None:
    known = build(records.head(500), model)
    assert len(update(known.index, standardise(records.clear(), model), [], model).touched) == 0


def test_an_index_belongs_to_its_model(records: pl.DataFrame, model: Model) -> None:
    known = build(records.head(100), model)
    other = fit(records.head(1000), key=b"another")
    with pytest.raises(FatalError, match="made with model"):
        update(known.index, standardise(records.head(1), other), [], other)
