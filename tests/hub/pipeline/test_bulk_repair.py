"""A thousand refused rows of one pattern: tried, proposed, approved by a second person, replayed; the ledger balances, nothing of their history is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import ConfigError, ConfigErrors, RefusedError
from hub.pipeline import bulk_repair, replay, replay_quarantine, run_source
from hub.pipeline.repair_steps import Step, correction, read_steps
from mappings.load import load_named
from mappings.source import Source
from tests.warehouse.people import actions
from warehouse import ledger, refused, repair_plans
from warehouse.db import Connection, connect
from warehouse.fingerprint import fingerprint
from warehouse.refused import Pattern

YAML = """\
source: levy
department: {{zh: 税务局, en: Tax}}
steward: levy@county.example
connector: {{type: delimited, path: "{home}/levy.csv"}}
extract: {{mode: snapshot}}
streams:
  - stream: person
    key: [编号]
    ignore: [备注]
    records: [{{entity: person_record, fields: {{name: {{name: 姓名}}, id_number: {{id_number: 证件号码}}, birth_date: {{date: 出生日期, formats: [y-m-d]}}}}}}]
expectations: {{max_quarantine: 1.0}}
examples: [{{stream: person, given: {{编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: null, 备注: null}}, expect: {{person_record: {{name: 王芳}}}}}}]
"""
BAD, HOPELESS, GOOD = 1000, 12, 50
STEPS = [{"do": "half_width", "column": "出生日期"}, {"do": "no_spaces", "column": "出生日期"}, {"do": "date", "column": "出生日期", "old": "d/m/y"}]


@pytest.fixture
def source(warehouse: str, home: Path) -> Source:
    """A source whose first batch brought 1,012 rows with dates in another form, twelve of which are no dates at all."""
    (home / "sources" / "levy.yml").write_text(YAML.format(home=home), encoding="utf-8")
    lines = [f"B{n},人{n},,{1 + n % 28:02d}／{1 + n % 12:02d}/ {1950 + n % 50},x" for n in range(BAD)]
    lines += [f"H{n},人{n},,约{n}年,x" for n in range(HOPELESS)] + [f"G{n},好{n},,1960-01-02,x" for n in range(GOOD)]
    (home / "levy.csv").write_text("编号,姓名,证件号码,出生日期,备注\n" + "\n".join(lines) + "\n", encoding="utf-8")
    run_source(found := load_named(home / "sources", "levy"))
    return found


@pytest.fixture
def owner(source: Source) -> Iterator[Connection]:
    """What the command line sees with: every area."""
    with connect() as connection:
        connection.autocommit = True
        yield connection


def the_pattern() -> Pattern:
    with connect() as connection:
        [one] = refused.patterns(connection, "levy")
    return one


def test_a_thousand_rows_are_repaired_in_bulk_and_load(source: Source, owner: Connection) -> None:
    which = the_pattern()
    assert (which.rows, which.reasons, which.corrected) == (BAD + HOPELESS, ["person_record.birth_date:date_unreadable"], 0)
    plan = bulk_repair.propose(which, STEPS, "li", "税务来函：日月年", owner)
    assert (plan.passing, plan.failing, plan.alone, plan.decision) == (BAD, HOPELESS, False, None)
    with pytest.raises(RefusedError, match="second person"):
        bulk_repair.decide(plan.plan_id, "approve", "li", owner)
    assert replay_quarantine(source, corrected=True) == []  # nothing is corrected before the second person says so
    assert bulk_repair.decide(plan.plan_id, "approve", "zhao", owner).decided_by == "zhao"
    with pytest.raises(ConfigError, match="decided before"):
        bulk_repair.decide(plan.plan_id, "approve", "zhao", owner)
    [outcome] = replay_quarantine(source, corrected=True)
    assert outcome.loaded.ledger["person"] == {"extracted": BAD, "accepted": BAD, "quarantined": 0, "unchanged": 0, "superseded": 0, "out_of_scope": 0}
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        assert connection.execute("select count(*) from core.person_record").fetchone() == (BAD + GOOD,)
        assert connection.execute("select birth_date from core.person_record where source_key = 'B27'").fetchone() == ("1977-04-28",)
        assert connection.execute("select count(*), count(distinct author), min(plan_id) from ops.repair").fetchone() == (BAD, 1, plan.plan_id)
        assert repair_plans.progress(connection, plan.plan_id).states == {"replayed": BAD}
        [waiting] = refused.patterns(connection, "levy")
        assert (waiting.rows, waiting.corrected) == (HOPELESS, 0)
        [(batch, row)] = connection.execute("select batch_id, row_number from ops.quarantine where row_key = 'B27'").fetchall()
        detail = refused.detail(connection, batch, row)
        [opened] = refused.open_all(connection, [(batch, row)])
        proof = refused.proof(connection, detail)
    assert (opened.original["出生日期"], opened.raw["出生日期"]) == ("28／04/ 1977", "1977-04-28")
    assert [(one.author, one.columns, one.plan_id) for one in detail.history] == [("li", ["出生日期"], plan.plan_id)]
    assert proof is not None
    assert (proof.batch_state, proof.row_state, proof.records) == ("published", "accepted", (("person_record", "B27"),))
    assert [line.accepted for line in proof.lines] == [BAD]
    assert {("li", "repair.propose"), ("zhao", "repair.approve")} <= set(actions())
    with connect() as connection:
        before = fingerprint(connection)["all"]
    assert len(list(replay(source))) == 2  # the batch whose rows were repaired, and their own: once more from the files, to the same end
    with connect() as connection:
        assert fingerprint(connection)["all"] == before
        assert connection.execute("select count(*) from ops.repair").fetchone() == (BAD,)


def test_few_rows_need_nobody_else_and_a_sample_tells_before_anything_is_written(source: Source, owner: Connection) -> None:
    which = the_pattern()
    with connect() as connection:
        assert bulk_repair.columns_of(connection, which) == ["编号", "姓名", "证件号码", "出生日期", "备注"]
        rows = [(row.batch_id, row.row_number) for row in refused.sample(connection, which, 7, 20)]
        shown = bulk_repair.try_steps(connection, which, read_steps(STEPS, ["出生日期"]), rows)
        assert [(one.row.batch_id, one.row.row_number) for one in shown] == rows
        assert all(one.tried.passes == one.row.original["编号"].startswith("B") for one in shown)  # type: ignore[union-attr]
        assert connection.execute("select count(*) from ops.repair").fetchone() == (0,)
    plan = bulk_repair.propose(which, [{"do": "replace", "column": "出生日期", "old": "约7年", "new": "1957-07-07"}], "li", "电话核实", owner)
    assert (plan.passing, plan.failing, plan.alone, plan.decision) == (1, BAD + HOPELESS - 1, True, "approve")
    [outcome] = replay_quarantine(source, corrected=True)
    assert outcome.loaded.ledger["person"]["accepted"] == 1
    with pytest.raises(ConfigError, match="at least one row that passes"):
        bulk_repair.propose(the_pattern(), [{"do": "upper", "column": "出生日期"}], "li", "x", owner)


def test_every_doing() -> None:
    row = {"a": "１４１１８１　x", "b": " 4 2", "c": "1/2/1980", "d": "141181800101001", "e": None}
    steps = [Step("half_width", "a"), Step("no_spaces", "a"), Step("upper", "a"), Step("replace_part", "b", " ", ""), Step("pad", "b", new="5")]
    steps += [Step("date", "c", "d/m/y"), Step("number_18", "d"), Step("copy", "e", "a"), Step("clear", "a"), Step("upper", "e")]
    assert correction(steps, row) == {"a": None, "b": "00042", "c": "1980-02-01", "d": "141181198001010019", "e": "141181X"}
    assert correction([Step("half_width", "a"), Step("number_18", "b"), Step("month", "b", "ym")], {"a": "㐀·𠮷", "b": "14118119800101001"}) == {}
    assert correction([Step("set", "a", new="1"), Step("replace", "b", "2", "3")], {"a": "1", "b": "22"}) == {}


def test_what_is_no_step_is_named_all_at_once() -> None:
    with pytest.raises(ConfigErrors) as caught:
        read_steps(
            [{"do": "guess", "column": "a"}, {"do": "set", "column": "z"}, {"do": "date", "column": "a", "old": "x"}, {"do": "pad", "column": "a"}], ["a"]
        )
    assert [line.split(":")[0] for line in caught.value.problems] == ["step 1", "step 2", "step 2", "step 3", "step 4"]
