"""Kinds of likeness a steward knows by name: a household, twins, a relative's number, one person with two numbers, namesakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matching.comparisons import KINDS
from matching.spec import Spec


@dataclass(frozen=True)
class Kind:
    """A recognised kind, in Chinese and English."""

    name: str
    zh: str
    en: str


class _Said:
    """Levels of a pair by kind of comparison, asked by the names of levels."""

    def __init__(self, spec: Spec, levels: Mapping[str, int]) -> None:
        self.found: dict[str, str] = {}
        for comparison in spec.comparisons:
            code = levels.get(comparison.name, 0)
            key = comparison.name if comparison.kind == "code" else comparison.kind
            self.found[key] = KINDS[comparison.kind].levels[code - 1].name if code else ""

    def says(self, kind: str, *levels: str) -> bool:
        """Whether a comparison stands at one of these levels."""
        return self.found.get(kind, "") in levels

    @property
    def same_number(self) -> bool:
        return self.says("citizen_number", "suspect", "equal", "certified")

    @property
    def two_numbers(self) -> bool:
        return self.says("citizen_number", "two_certified", "two_unproven")

    @property
    def same_name(self) -> bool:
        return self.found.get("han_name", "").startswith(("equal", "same_sound", "lookalike", "unreadable"))

    @property
    def same_home(self) -> bool:
        shared = self.says("phone", "equal", "equal_family") or self.says("household", "equal", "equal_common")
        return shared or self.says("address", "same_house", "equal", "similar")


_KINDS: tuple[tuple[Kind, Callable[[_Said], bool]], ...] = (
    (
        Kind(
            "relatives_number",
            "同一号码用于姓名不同的人：可能误填了亲属的号码，或为重号",
            "one number on two different names: a relative's number, or one given out twice",
        ),
        lambda said: said.same_number and said.says("han_name", "unrelated", "one_shared", "same_surname"),
    ),
    (
        Kind("two_numbers", "姓名一致而各有一个有效号码：可能为一人多号", "one name, two valid numbers: perhaps one person with two numbers"),
        lambda said: said.two_numbers and said.same_name and (said.says("birth_date", "equal") or said.same_home),
    ),
    (
        Kind("twins", "同姓、同日出生、同一家庭而名不同：可能为双胞胎", "one surname, one birth date, one home, another given name: perhaps twins"),
        lambda said: said.says("han_name", "same_surname", "one_differs") and said.says("birth_date", "equal") and said.same_home and not said.same_number,
    ),
    (
        Kind("household", "同住或共用电话的两个人：一户人", "two people of one household, who share a home or a telephone"),
        lambda said: said.same_home and not said.same_name and not said.same_number and not said.says("birth_date", "equal", "transformed", ""),
    ),
    (
        Kind(
            "namesakes",
            "姓名和出生日期相同，其余均不一致：可能为同名同日生的两个人",
            "one name and birth date, nothing else agrees: perhaps namesakes born on one day",
        ),
        lambda said: (
            said.same_name
            and said.says("birth_date", "equal")
            and not said.same_number
            and not said.same_home
            and (said.says("phone", "differs") or said.says("address", "differs") or said.two_numbers)
            and not said.says("employer", "equal", "equal_large", "similar")
        ),
    ),
)


def kinds(spec: Spec, levels: Mapping[str, int]) -> list[Kind]:
    """Name the kinds a pair with these levels is of; none for files whose model compares no Chinese names."""
    if not any(comparison.kind == "han_name" for comparison in spec.comparisons):
        return []
    said = _Said(spec, levels)
    return [kind for kind, holds in _KINDS if holds(said)]
