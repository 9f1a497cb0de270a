"""An act as judgements on pairs: the verdict itself, rows that keep a person whole as shown, and earlier ones it takes back.

Without the rows that hold, a verdict on two records would only bind these two: a number they carry could pull one of them out of its person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.pipeline.conflicts import Record, Side
from hub.pipeline.preview import Preview
from warehouse.acts import Row


@dataclass(frozen=True)
class Rows:
    """What an act writes."""

    cores: tuple[tuple[Record, Record, str], ...]
    holds: tuple[tuple[Record, Record], ...]
    retract: tuple[Row, ...]


def planned(plan: Mapping[str, Any], told: Preview, pair: tuple[Record, Record] | None, standing: Sequence[Row]) -> Rows:
    """Give the rows of an act.

    plan: its kind and verdict; told: who would be whom; pair: the two records of a verdict; standing: judgements in force among all records.
    """
    verdict = plan.get("verdict", "same")
    if plan["kind"] == "bulk" and verdict == "different":
        return Rows(tuple((_record(left), _record(right), verdict) for left, right in plan["pairs"]), (), ())
    if pair is not None and verdict != "same":
        return Rows(((*pair, verdict),), (), _against_parting(told, pair, standing) if verdict == "different" else ())
    cores: list[tuple[Record, Record, str]] = []
    holds: list[tuple[Record, Record]] = []
    pairs = [pair] if plan["kind"] != "bulk" else [(_record(left), _record(right)) for left, right in plan["pairs"]]
    anchors = [[_anchor(side, pairs[at if len(pairs) > 1 else 0]) for side in person.sides] for at, person in enumerate(told.people)]
    for person, heads in zip(told.people, anchors, strict=True):
        cores += [(heads[0], head, "same") for head in heads[1:]]
        for side, head in zip(person.sides, heads, strict=True):
            holds += [(head, record) for record in _held(side, head, standing)]
    if plan["kind"] in ("split", "move"):
        cores.append((anchors[0][0], anchors[1][0], "different"))
    if not cores and pair is not None:
        cores.append((*pair, "same"))  # one person already: said again, on the key values of now
    return Rows(tuple(cores), tuple(holds), _contradicted(told, standing))


def _record(named: Sequence[str]) -> Record:
    source, key = named
    return source, key


def _anchor(side: Side, pair: tuple[Record, Record] | None) -> Record:
    """The record that stands for a side: that of the case, else its oldest."""
    return next((record for record in pair or () if record in side.records), side.records[0])


def _held(side: Side, head: Record, standing: Sequence[Row]) -> list[Record]:
    """Records of a side to hold to its head: not those another act holds to another head, or undoing that act would part nothing."""
    group = {record: record for record in side.records}

    def root(record: Record) -> Record:
        while group[record] != record:
            record = group[record]
        return record

    for row in standing:
        if row.holds and row.left in group and row.right in group:
            group[root(row.left)] = root(row.right)
    sizes: dict[Record, int] = {}
    for record in side.records:
        sizes[root(record)] = sizes.get(root(record), 0) + 1
    cored = {record for row in standing if not row.holds and row.verdict == "same" for record in (row.left, row.right)}
    own = root(head)
    return [record for record in side.records if record != head and (root(record) == own or (sizes[root(record)] == 1 and record not in cored))]


def _contradicted(told: Preview, standing: Sequence[Row]) -> tuple[Row, ...]:
    """Judgements that say otherwise than the act: apart in one person, or together across two."""
    person = {record: at for at, one in enumerate(told.people) for record in one.records}
    return tuple(
        row
        for row in standing
        if (row.verdict == "different" and person[row.left] == person[row.right]) or (row.verdict == "same" and person[row.left] != person[row.right])
    )


def _against_parting(told: Preview, pair: tuple[Record, Record], standing: Sequence[Row]) -> tuple[Row, ...]:
    """What would hold two records together that are judged different: the pair itself, and, within one person, what merely holds either."""
    within = any(len(one.sides) == 1 for one in told.people)
    ends = set(pair)
    return tuple(
        row for row in standing if row.verdict == "same" and ({row.left, row.right} == ends or (within and row.holds and bool({row.left, row.right} & ends)))
    )
