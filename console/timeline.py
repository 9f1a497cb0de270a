"""The picture of a life across insurances: where its bars lie, in the coordinates of the drawing; figures of the same stand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.pipeline.biography import Biography, Months

LEFT, RIGHT, TOP, ROW = 150.0, 1345.0, 24.0, 36.0
NARROW = 64.0
"""Below this width a bar's words stand beside it."""


@dataclass(frozen=True)
class Bar:
    """One run of time: where, what it is (enrolled, contributed, paid, gap), months and yuan."""

    what: str
    x: float
    width: float
    months: int
    amount: Decimal | None
    kind: str | None

    @property
    def wide(self) -> bool:
        """Whether words fit into it."""
        return self.width >= NARROW


@dataclass(frozen=True)
class Point:
    """One day: a death, or an item of the archive."""

    x: float
    kind: str
    title: str | None


@dataclass(frozen=True)
class Line:
    """One insurance line (or the archive): its bars and points, and the same in figures."""

    code: str
    y: float
    bars: tuple[Bar, ...]
    points: tuple[Point, ...]
    since: date | None
    until: date | None
    months: int
    contributed: Decimal
    paid_months: int
    paid: Decimal


@dataclass(frozen=True)
class Timeline:
    """All lines, the years under them, and the size of the drawing."""

    lines: tuple[Line, ...]
    years: tuple[tuple[float, int], ...]
    height: float


def timeline(life: Biography, today: date) -> Timeline | None:
    """Lay out a life; None where nothing of it has a date."""
    spans = [*life.contributions, *life.benefits]
    days = [day for one in life.enrolments for day in (one.since, one.until) if day]
    days += [day for one in spans for day in (one.since, one.until)] + [day for one in life.items if (day := _day(one.on))]
    if not days:
        return None
    first, last = min(days).year, max(min(max(days), today).year, today.year)
    scale = _Scale(date(first, 1, 1), date(last, 12, 31))
    codes = sorted({*(one.line for one in life.enrolments), *(one.line for one in spans)})
    lines = [_line(code, at, life, scale, today) for at, code in enumerate(codes)]
    if life.items:
        lines.append(_archive(len(codes), life, scale))
    step = max(1, -(-(last - first + 1) // 9))
    years = tuple((scale.x(date(year, 1, 1)), year) for year in range(first, last + 1, step))
    return Timeline(tuple(lines), years, TOP + ROW * len(lines) + 8)


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date

    def x(self, day: date) -> float:
        """Place a day, held within the picture."""
        day = min(max(day, self.first), self.last)
        return LEFT + (RIGHT - LEFT) * (day - self.first).days / max((self.last - self.first).days, 1)


def _line(code: str, at: int, life: Biography, scale: _Scale, today: date) -> Line:
    enrolments = [one for one in life.enrolments if one.line == code and one.since]
    contributions = [one for one in life.contributions if one.line == code]
    benefits = [one for one in life.benefits if one.line == code]
    bars = [_bar("enrolled", one.since or today, one.until or today, scale) for one in enrolments]
    bars += [_bar("contributed", one.since, _month_end(one.until), scale, one) for one in contributions]
    bars += [_bar("gap", _month_end(before), after, scale) for before, after in _gaps(contributions)]
    bars += [_bar("paid", one.since, _month_end(one.until), scale, one) for one in benefits]
    runs = [*contributions, *benefits]
    starts = [one.since for one in enrolments if one.since] + [one.since for one in runs]
    ends = [one.until for one in enrolments] + [one.until for one in runs]
    known = [end for end in ends if end is not None]
    return Line(
        code, TOP + ROW * at, tuple(bars), (), min(starts, default=None), None if None in ends else max(known, default=None),
        sum(one.months for one in contributions), sum((one.amount for one in contributions), Decimal(0)),
        sum(one.months for one in benefits), sum((one.amount for one in benefits), Decimal(0)),
    )  # fmt: skip


def _archive(at: int, life: Biography, scale: _Scale) -> Line:
    points = tuple(Point(scale.x(day), one.kind, one.title) for one in life.items if (day := _day(one.on)))
    days = [day for one in life.items if (day := _day(one.on))]
    return Line("archive", TOP + ROW * at, (), points, min(days, default=None), max(days, default=None), 0, Decimal(0), 0, Decimal(0))


def _bar(what: str, since: date, until: date, scale: _Scale, run: Months | None = None) -> Bar:
    x, end = scale.x(since), scale.x(until)
    return Bar(what, round(x, 1), round(max(end - x, 3.0), 1), run.months if run else 0, run.amount if run else None, run.kind if run else None)


def _gaps(runs: list[Months]) -> list[tuple[date, date]]:
    """Times between the runs of one line, whichever source they are of."""
    found, until = [], None
    for one in sorted(runs, key=lambda run: run.since):
        if until is not None and (one.since - until).days > 62:
            found.append((until, one.since))
        until = max(until or one.until, one.until)
    return found


def _month_end(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _day(text: str | None) -> date | None:
    """Read a day known to its year, month or day."""
    if not text:
        return None
    parts = [int(part) for part in text[:10].split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 7, parts[2] if len(parts) > 2 else 1)
