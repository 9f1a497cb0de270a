"""What the gate keeps of a batch for the next one to be held against: counts and shares, no value of a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from mappings.canonical import CODE_FORMS, CODES, ENTITIES

OTHER = "other"
"""What stands for a code no list knows: a misplaced column may hold anything."""


@dataclass
class Tally:
    """Records, empty values and codes of one entity, counted part by part."""

    entity: str
    records: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, part: pl.DataFrame) -> None:
        """Count one part."""
        self.records += part.height
        fields = [each for each in ENTITIES[self.entity].fields if each.name in part.columns]
        for each in fields:
            self.nulls[each.name] += part[each.name].null_count()
            if each.code_system:
                counted = part[each.name].drop_nulls().value_counts()
                counts = self.codes.setdefault(each.name, Counter())
                for code, count in counted.iter_rows():
                    counts[_listed(code, each.code_system)] += count

    @property
    def null_rates(self) -> dict[str, float]:
        """Share of empty values by field."""
        return {name: round(nulls / self.records, 6) for name, nulls in self.nulls.items()} if self.records else {}


def observed(rows: dict[str, int], tallies: list[Tally], quarantined: int, reasons: pl.DataFrame, rules: int, seconds: float) -> dict[str, Any]:
    """Put the counts of a batch together as plain JSON."""
    by_code = reasons.group_by("severity", "entity", "field", "code").len().sort("severity", "entity", "field", "code")
    return {
        "rows": rows,
        "records": {tally.entity: tally.records for tally in tallies},
        "null_rates": {tally.entity: tally.null_rates for tally in tallies},
        "codes": {tally.entity: {name: dict(counts) for name, counts in tally.codes.items()} for tally in tallies},
        "quarantined": quarantined,
        "reasons": [{"reason": f"{entity}.{name}:{code}", "severity": severity, "rows": count} for severity, entity, name, code, count in by_code.iter_rows()],
        "rules": rules,
        "seconds": round(seconds, 3),
    }


def _listed(code: str, system: str) -> str:
    if system in CODES:
        return code if code in CODES[system] else OTHER
    return code[:6] if system in CODE_FORMS and code.isascii() and code.isdigit() and len(code) in (2, 6, 9, 12) else OTHER
