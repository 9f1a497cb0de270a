"""What verdicts rest on, read once from `verdicts.yml`: reasons, conflicts, and when a second person is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from hub.errors import ConfigError

FILE = Path(__file__).with_name("verdicts.yml")
Level = Literal["second", "hint"]


@dataclass(frozen=True)
class ConflictKind:
    """One kind of conflict: `second` blocks until a second person approves, `hint` is shown."""

    code: str
    level: Level
    zh: str
    en: str
    rule: str


@dataclass(frozen=True)
class Reason:
    """One reason a steward may give, and the verdicts and acts it explains."""

    code: str
    zh: str
    en: str
    acts: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """The whole file."""

    conflicts: Mapping[str, ConflictKind]
    reasons: Mapping[str, Reason]
    policy: Mapping[str, tuple[str, str]]
    """Why a second person is needed where it is no conflict: code -> Chinese, English."""
    second_fields: frozenset[str]
    second_acts: frozenset[str]
    bulk_bound: float
    confidence: float
    audit_share: float
    audit_least: int
    audit_most: int
    pace_break: int
    pace_long: int
    pace_fast_count: int
    pace_fast_seconds: float
    """When a run of verdicts is called long or fast: minutes that end it, minutes, verdicts, median seconds."""
    pension_age: int
    work_age: int
    years_apart: int

    def reason(self, code: str, act: str) -> Reason:
        """Give the reason of that code for that verdict or act; ConfigError where it explains something else."""
        found = self.reasons.get(code)
        if found is None or act not in found.acts:
            known = ", ".join(sorted(one.code for one in self.reasons.values() if act in one.acts))
            raise ConfigError(f"reason {code!r}: not one for {act}; expected one of {known}")
        return found


@cache
def rules() -> Rules:
    """Read the file."""
    text = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Rules(
        conflicts={code: ConflictKind(code, kind["level"], kind["zh"], kind["en"], kind["rule"]) for code, kind in text["conflicts"].items()},
        reasons={code: Reason(code, one["zh"], one["en"], frozenset(one["for"])) for code, one in text["reasons"].items()},
        policy={code: (words["zh"], words["en"]) for code, words in text["policy"].items()},
        second_fields=frozenset(text["second_person"]["fields"]),
        second_acts=frozenset(text["second_person"]["acts"]),
        bulk_bound=text["bulk"]["bound"],
        confidence=text["bulk"]["confidence"],
        audit_share=text["audit"]["share"],
        audit_least=text["audit"]["least"],
        audit_most=text["audit"]["most"],
        pace_break=text["pace"]["break"],
        pace_long=text["pace"]["long"],
        pace_fast_count=text["pace"]["fast_count"],
        pace_fast_seconds=text["pace"]["fast_seconds"],
        pension_age=text["ages"]["pension"],
        work_age=text["ages"]["work"],
        years_apart=text["ages"]["apart"],
    )
