"""What a verdict would do: each kind of conflict found where it is and nowhere else, sums that add up, one golden record after."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hub.errors import ConfigError
from hub.pipeline import consequence
from hub.pipeline.rules import rules
from mappings.canonical import CODES
from tests.hub.pipeline.lives import Life, contributed, died, enrolled, filed, life, load, number, paid, write
from warehouse.db import connect

Facts = tuple[dict[str, str], ...]
KINDS: dict[str, tuple[Facts, Facts, dict[str, str], dict[str, str]]] = {
    # code -> facts of one side, of the other, changes of one person, of the other
    "two_valid_numbers": ((), (), {"number": number("330106", "1950-01-01", 886), "born": "1950-01-01"},
                          {"number": number("330106", "1950-01-01", 888), "born": "1950-01-01"}),
    "sex_of_numbers": ((), (), {"sex": "男", "number": number("330106", "1950-01-01", 887), "born": "1950-01-01"},
                       {"sex": "女", "number": number("330106", "1950-01-01", 888), "born": "1950-01-01"}),
    "birth_years_apart": ((), (), {"number": "", "born": "1960-01-01"}, {"number": "", "born": "1971-01-01"}),
    "two_deaths": ((died("2020-01-05"),), (died("2021-06-05"),), {}, {}),
    "dead_and_alive": ((died("2020-01-05"),), (enrolled("310", "2015-01-01"),), {}, {}),
    "paid_after_death": ((died("2020-01-05"),), (paid("pension", "2020-04"),), {}, {}),
    "contributed_after_death": ((died("2020-01-05"),), (contributed("110", "2020-04"),), {}, {}),
    "double_pension": ((paid("pension", "2021-01"),), (paid("pension", "2021-01", "170", "168"),), {}, {}),
    "double_benefit": ((paid("injury", "2021-01", "410"),), (paid("injury", "2021-01", "410"),), {}, {}),
    "pension_and_unemployment": ((paid("pension", "2021-01"),), (paid("unemployment", "2021-01", "210"),), {}, {}),
    "work_and_unemployment": ((contributed("110", "2021-01"),), (paid("unemployment", "2021-01", "210"),), {}, {}),
    "paid_and_drawing": ((contributed("110", "2021-01"),), (paid("pension", "2021-01"),), {}, {}),
    "double_contribution": ((contributed("110", "2021-01"),), (contributed("110", "2021-01"),), {}, {}),
    "two_areas": ((enrolled("310", "2015-01-01"),), (enrolled("310", "2016-01-01", area="330201"),), {}, {}),
    "overlapping_enrolment": ((enrolled("310", "2015-01-01", "2019-01-01"),), (enrolled("310", "2016-01-01", "2019-01-01"),), {}, {}),
    "employee_and_resident": ((enrolled("110", "2015-01-01", "2019-01-01"),), (enrolled("170", "2016-01-01", "2019-01-01"),), {}, {}),
    "stays_overlap": ((paid("medical", "2021-01", "310", since="2021-01-02", until="2021-01-09"),),
                      (paid("medical", "2021-01", "310", since="2021-01-08", until="2021-01-12"),), {}, {}),
    "maternity_and_male": ((paid("maternity", "2021-01", "510"),), (), {}, {"sex": "男"}),
    "pension_too_young": ((paid("pension", "2000-01"),), (), {}, {"number": "", "born": "1970-01-01"}),
    "enrolled_too_young": ((enrolled("110", "1980-01-01", "1990-01-01"),), (), {}, {"number": "", "born": "1970-01-01"}),
    "relief_and_wage": ((paid("relief", "2021-01", ""),), (contributed("410", "2021-01"),), {}, {}),
    "two_files": ((filed("registration", "2001-01-01"),), (filed("registration", "2002-01-01"),), {}, {}),
}  # fmt: skip
IN_VERDICTS = {"judged_different", "joins_judged_apart", "two_pins"}
"""Kinds that rest on what people decided: in test_verdicts.py."""


def people(code: str, at: int) -> tuple[Life, Life]:
    left, right, of_left, of_right = KINDS[code]
    plain = {"number": "", "born": ""}
    one, other = {**plain, "sex": "女", **of_left}, {**plain, "sex": "女", **of_right}
    return life(600 + 2 * at, f"{code}-l", *left, **one), life(601 + 2 * at, f"{code}-r", *right, **other)


@pytest.fixture
def lives(warehouse: str, home: Path) -> Path:
    write(home, "office", [one for at, code in enumerate(KINDS) for one in people(code, at)])
    load(home, "office")
    return home


def test_every_kind_is_found_and_no_other(lives: Path) -> None:
    with connect() as connection:
        for code in KINDS:
            told = consequence.preview_pair(connection, ("office", f"{code}-l"), ("office", f"{code}-r"))
            expected = {code} | ({"two_valid_numbers"} if code == "sex_of_numbers" else set())
            assert {conflict.code for conflict in told.conflicts} == expected, code
            assert (code in told.blocking) == (rules().conflicts[code].level == "second")
    assert KINDS.keys() | IN_VERDICTS == rules().conflicts.keys()


def test_what_comes_together_adds_up(warehouse: str, home: Path) -> None:
    write(home, "office", [
        life(1, "a", enrolled("110", "2000-01-01"), contributed("110", "2021-01"), contributed("110", "2021-02"), filed("audit", "2001-01-01"), number=""),
        life(2, "b", contributed("110", "2021-03"), paid("medical", "2021-03", "310", "12.50"), number=""),
    ])  # fmt: skip
    load(home, "office")
    with connect() as connection:
        told = consequence.preview_pair(connection, ("office", "a"), ("office", "b"))
        [after] = told.people
        facts = {(fact.entity, fact.code): (fact.counts, fact.count, fact.amount) for fact in after.facts}
        assert facts == {
            ("archive_item", "audit"): ((1, 0), 1, None),
            ("benefit", "medical"): ((0, 1), 1, Decimal("12.50")),
            ("contribution", "110"): ((2, 1), 3, Decimal("900.00")),
            ("enrolment", "110"): ((1, 0), 1, None),
        }
        assert {(sample.side, sample.entity) for sample in after.samples} >= {(0, "contribution"), (1, "benefit")}
        assert all(sample.batch_id and sample.row_number for sample in after.samples)
        assert told.redirects == ((after.sides[1].person_id, after.person_id),)
        assert all("*" in value.value for value in after.golden if value.field in ("name", "phone", "birth_date"))
        assert after.golden[0].others, "the other name is told"
        assert told.token == consequence.preview_pair(connection, ("office", "b"), ("office", "a")).token
        with pytest.raises(ConfigError, match="two or more"):
            consequence.preview_merge(connection, [after.person_id])
        with pytest.raises(ConfigError, match="nobody's yet"):
            consequence.preview_pair(connection, ("office", "a"), ("office", "z"))


def test_every_word_of_the_rules_is_whole_and_told_in_the_docs() -> None:
    told = rules()
    assert len(told.conflicts) >= 15
    assert all(kind.zh and kind.en and kind.rule and kind.level in ("second", "hint") for kind in told.conflicts.values())
    assert all(one.acts for one in told.reasons.values())
    text = (Path(__file__).parents[3] / "docs" / "conflicts.md").read_text(encoding="utf-8")
    rows = [
        f"| `{kind.code}` | {kind.zh} · {kind.en} | {'**second**' if kind.level == 'second' else 'hint'} | {kind.rule} |" for kind in told.conflicts.values()
    ]
    assert "\n".join(rows) in text
    assert set(CODES["hub.benefit"]) >= {"pension", "medical", "maternity", "unemployment", "relief", "funeral"}
