"""Figures of an answer as bars, and the lineage of a column as a drawing: numbers only, the templates write the SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.source import Source
from warehouse import dictionary
from warehouse.answers import Answered

MOST = 40
"""Bars of a chart; the table below has every row."""
ROW, WIDE = 22, 300


@dataclass(frozen=True)
class Bar:
    """One category with its figure, and the bar's length out of a hundred."""

    label: str
    value: Decimal
    length: float


def bars(found: Answered) -> list[Bar]:
    """Add up an answer by its chart's category, in the order of the categories."""
    category, measure = found.answer.chart
    columns = found.result.columns
    sums: dict[str, Decimal] = {}
    for row in found.result.rows:
        label = _label(row[columns.index(category)])
        amount = Decimal(1) if measure == "count" else Decimal(row[columns.index(measure)] or 0)
        sums[label] = sums.get(label, Decimal(0)) + amount
    most = max(sums.values(), default=Decimal(0))
    return [Bar(label, value, float(100 * value / most) if most else 0.0) for label, value in sorted(sums.items())][-MOST:]


def _label(value: Any) -> str:
    return "–" if value is None else str(value)


@dataclass(frozen=True)
class Node:
    """A box of the drawing: its text and place."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    """The lineage of one column: what it is, the canonical fields it rests on, the departments' columns they come from."""

    nodes: tuple[Node, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    wide: int
    high: int


def lineage(column: dictionary.Column, sources: Sequence[Source]) -> Drawing:
    """Lay out mart column ← canonical fields ← source columns, left to right from the source."""
    nodes, lines, y = [], [], 0
    middle = []
    for origin in column.origins:
        start = y
        for each in dictionary.source_columns(origin, sources):
            nodes.append(Node(f"{each.source}.{each.stream}: {', '.join(each.columns) or each.function}", 0, y))
            lines.append((WIDE - 20, y + ROW // 2, WIDE, start + ROW // 2))
            y += ROW
        y = max(y, start + ROW)
        middle.append(Node(origin.name, WIDE, start))
        y += ROW // 3
    nodes += middle
    lines += [(2 * WIDE - 70, node.y + ROW // 2, 2 * WIDE - 50, ROW // 2) for node in middle]
    nodes.append(Node(f"mart.{column.relation}.{column.name}", 2 * WIDE - 50, 0))
    return Drawing(tuple(nodes), tuple(lines), 3 * WIDE - 60, max(y, ROW) + 4)
