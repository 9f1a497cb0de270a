"""What a page of loads draws: numbers over the last batches of a source, taken from their ledgers and from what the gate observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expectations.stops import DRIFT, stability_index
from warehouse.loads import Load


@dataclass(frozen=True)
class Trend:
    """One line over the batches: label and value of each (None where it was not observed), and a limit if there is one."""

    name: str
    points: tuple[tuple[str, float | None], ...]
    limit: float | None = None

    @property
    def last(self) -> float | None:
        """The latest value."""
        return self.points[-1][1] if self.points else None

    @property
    def usual(self) -> tuple[float, float] | None:
        """Least and most of the batches before the latest."""
        known = [value for _, value in self.points[:-1] if value is not None]
        return (min(known), max(known)) if known else None

    @property
    def over(self) -> bool:
        """Whether the latest is above the limit."""
        return self.limit is not None and self.last is not None and self.last > self.limit


@dataclass(frozen=True)
class Shift:
    """How far the codes of one field moved between the last two batches (population stability index)."""

    entity: str
    field: str
    index: float

    @property
    def drifted(self) -> bool:
        """Whether the gate would stop for it."""
        return self.index > DRIFT


def label(load: Load) -> str:
    """Name a batch on an axis: the day of its data, else of its extraction."""
    return (load.interval_start or load.started_at).strftime("%m-%d")


def rows(batches: Sequence[Load]) -> Trend:
    """Rows extracted."""
    return Trend("rows", tuple((label(one), _extracted(one)) for one in batches))


def quarantined(batches: Sequence[Load], limit: float) -> Trend:
    """Share of rows that went to quarantine."""
    return Trend("quarantined", tuple((label(one), _share(_metric(one, "quarantined"), _extracted(one))) for one in batches), limit)


def ended(batches: Sequence[Load], limit: float) -> Trend:
    """Share of rows gone: keys ended against rows extracted; of a stopped batch what its stop observed."""
    return Trend("ended", tuple((label(one), _share(_ended(one), _extracted(one))) for one in batches), limit)


def empties(batches: Sequence[Load], most: int = 6) -> list[Trend]:
    """Shares of empty values, those that moved most first."""
    names = {(entity, field) for one in batches for entity, rates in ((one.metrics or {}).get("null_rates") or {}).items() for field in rates}
    found = [Trend(f"{entity}.{field}", tuple((label(one), _rate(one, entity, field)) for one in batches)) for entity, field in sorted(names)]
    return sorted(found, key=_moved, reverse=True)[:most]


def shifts(batches: Sequence[Load], most: int = 8) -> list[Shift]:
    """How the codes moved between the last two batches that were observed, the largest shift first."""
    observed = [one.metrics for one in batches if one.metrics]
    if len(observed) < 2:
        return []
    before, now = observed[-2], observed[-1]
    pairs = [(entity, field, counts) for entity, fields in (now.get("codes") or {}).items() for field, counts in fields.items()]
    found = [Shift(entity, field, stability_index(((before.get("codes") or {}).get(entity) or {}).get(field, {}), counts)) for entity, field, counts in pairs]
    return sorted(found, key=lambda one: -one.index)[:most]


def unmapped(load: Load | None) -> dict[str, list[str]]:
    """Columns the latest batch had that its file neither maps nor leaves out: stream -> names."""
    found: dict[str, list[str]] = ((load.metrics or {}).get("unmapped") or {}) if load else {}
    return {stream: columns for stream, columns in found.items() if columns}


def _moved(trend: Trend) -> float:
    usual = trend.usual
    return 0.0 if usual is None or trend.last is None else max(trend.last - usual[1], usual[0] - trend.last, (usual[1] - usual[0]) / 10)


def _rate(load: Load, entity: str, field: str) -> float | None:
    rate: Any = (((load.metrics or {}).get("null_rates") or {}).get(entity) or {}).get(field)
    return None if rate is None else float(rate)


def _metric(load: Load, name: str) -> float | None:
    value: Any = (load.metrics or {}).get(name)
    return None if value is None else float(value)


def _extracted(load: Load) -> float | None:
    if load.extracted is not None:
        return float(load.extracted)
    counted: dict[str, int] | None = (load.metrics or {}).get("rows")
    return None if counted is None else float(sum(counted.values()))


def _ended(load: Load) -> float | None:
    if load.ended is not None:
        return float(load.ended)
    stops = [stop["observed"] for stop in load.stops or [] if stop["code"] == "endings_too_many"]
    return float(sum(stops)) if stops else None


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
