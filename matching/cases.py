"""What a steward should look at: doubtful pairs of clusters, one person with two numbers (一人多号), two persons with one (重号), weak bridges."""

from __future__ import annotations

import numpy as np
import polars as pl

from matching.bridges import bridges
from matching.cluster import Persons, unlike
from matching.comparisons import KINDS
from matching.estimate import MEMBERS, evidence_names
from matching.model import Model
from matching.people import size_class, span
from matching.score import probability, weigh
from matching.spec import Spec
from matching.types import Encoded, Flags, Floats, Rows, Scored, Small

POSSIBLE, TWO_NUMBERS, SHARED_NUMBER, CONTRADICTION, BRIDGE = "possible", "two_numbers", "shared_number", "contradiction", "bridge"
_SHARED = 0.02
"""Probability from which a number that contradicts one of its records is listed although nothing else ties the two together."""
_HOME = {"phone": "equal_family", "address": "same_house"}
"""Kind of comparison -> least level at which two records are of one home."""
_TWO_NUMBERS = 0.98
"""Probability, by everything but the number, from which two persons with a number each are listed as perhaps one."""


def find_cases(encoded: Encoded, scored: Scored, persons: Persons, founders: Rows, same: tuple[Rows, Rows], model: Model) -> pl.DataFrame:
    """List the doubtful pairs of clusters, strongest first; each is shown by its most telling pair of records."""
    links, spec = persons.links, model.spec
    chance = probability(persons.net)
    number = np.zeros(len(links.a), dtype=np.uint8)
    for slot, comparison in enumerate(spec.comparisons):
        if spec.teacher in comparison.columns:
            number = links.codes[:, slot]
    kind = KINDS["citizen_number"]
    proven = number >= kind.code("equal")
    same_number = proven | (number == kind.code("suspect"))
    shared = same_number & (unlike(links.codes, spec) | (chance < spec.rules.possible)) & (proven | _at_home(links.codes, spec) | (chance >= _SHARED))
    possible = persons.allowed & ~shared & (chance >= spec.rules.possible)
    apart = _without_number(persons, model)
    two = ~persons.allowed & _two_numbers(persons) & (probability(apart) >= _TWO_NUMBERS)
    rows = [(POSSIBLE, possible, persons.net), (SHARED_NUMBER, shared, persons.net), (TWO_NUMBERS, two, apart)]
    frames = [_frame(encoded, scored, persons, founders, name, flags, weight) for name, flags, weight in rows]
    frames += [_contradictions(encoded, persons, founders, same), _bridges(encoded, scored, persons, founders, same, model)]
    return pl.concat(frames).sort("weight", "left_id", "right_id", descending=[True, False, False])


def _at_home(codes: Small, spec: Spec) -> Flags:
    """Say which links share a telephone or a house: a number that contradicts its record is then likely a relative's."""
    shared = np.zeros(len(codes), dtype=bool)
    for slot, comparison in enumerate(spec.comparisons):
        if comparison.kind in _HOME:
            shared |= codes[:, slot] >= KINDS[comparison.kind].code(_HOME[comparison.kind])
    return shared


def _two_numbers(persons: Persons) -> Flags:
    """Links between clusters that different numbers bind."""
    a, b = persons.number[persons.links.a], persons.number[persons.links.b]
    return np.asarray((a != 0) & (b != 0) & (a != b))


def _without_number(persons: Persons, model: Model) -> Floats:
    """Weight of the links by everything but the number and the birth date (two numbers of different dates bring the dates with them)."""
    names = [c.name for c in model.spec.comparisons]
    evidence = evidence_names(model.spec)
    sizes = np.bincount(persons.labels) if len(persons.labels) else np.zeros(0, dtype=np.int64)
    members = size_class(np.maximum(sizes[persons.links.a], sizes[persons.links.b]) if len(persons.links.a) else persons.links.a)
    codes = np.column_stack([persons.links.codes[:, [names.index(n) for n in evidence]], members])
    for slot, comparison in enumerate(c for c in model.spec.comparisons if c.name in evidence):
        if comparison.kind == "birth_date":
            codes[:, slot] = np.where(codes[:, slot] >= KINDS["birth_date"].code("near"), codes[:, slot], 0)
    return weigh(codes, (*evidence, MEMBERS), model.weights)


def _frame(encoded: Encoded, scored: Scored, persons: Persons, founders: Rows, name: str, flags: Flags, weight: Floats) -> pl.DataFrame:
    a, b = persons.links.a[flags], persons.links.b[flags]
    left, right = _telling(scored, persons.labels, a, b, founders)
    return _case_rows(encoded, name, (left, right), (founders[a], founders[b]), weight[flags])


def _contradictions(encoded: Encoded, persons: Persons, founders: Rows, same: tuple[Rows, Rows]) -> pl.DataFrame:
    """Pairs judged the same that other judgements keep apart."""
    apart = persons.labels[same[0]] != persons.labels[same[1]]
    left, right = same[0][apart], same[1][apart]
    clusters = (founders[persons.labels[left]], founders[persons.labels[right]])
    return _case_rows(encoded, CONTRADICTION, (left, right), clusters, np.zeros(len(left)))


def _bridges(encoded: Encoded, scored: Scored, persons: Persons, founders: Rows, same: tuple[Rows, Rows], model: Model) -> pl.DataFrame:
    """Weak pairs that alone hold one person together: both of its sides are one cluster."""
    left, right, weight = bridges(scored, persons.labels, same, model)
    own = founders[persons.labels[left]] if len(left) else left
    return _case_rows(encoded, BRIDGE, (left, right), (own, own), weight)


def _case_rows(encoded: Encoded, name: str, records: tuple[Rows, Rows], clusters: tuple[Rows, Rows], weight: Floats) -> pl.DataFrame:
    ids = encoded.ids
    columns = {"left_id": records[0], "right_id": records[1], "left_cluster": clusters[0], "right_cluster": clusters[1]}
    return pl.DataFrame(
        {"case_type": pl.Series([name] * len(weight), dtype=pl.String)}
        | {column: ids.gather(rows.astype(np.int64)) for column, rows in columns.items()}
        | {"weight": weight, "probability": probability(weight)}
    )


def _telling(scored: Scored, labels: Rows, a: Rows, b: Rows, founders: Rows) -> tuple[Rows, Rows]:
    """The candidate pair of highest weight between each two clusters (their founders where no pass reached a pair)."""
    left, right = scored.pairs.left, scored.pairs.right
    x, y = labels[left], labels[right]
    packed = (np.minimum(x, y) << 32) | np.maximum(x, y)
    wanted = (a << 32) | b
    cased = np.zeros(span(labels), dtype=bool)
    cased[a], cased[b] = True, True
    rows = np.flatnonzero(cased[x] & cased[y])
    rows = rows[np.isin(packed[rows], wanted)]
    order = rows[np.lexsort((right[rows], left[rows], -scored.weight[rows], packed[rows]))]
    keys = packed[order]
    slot = np.searchsorted(keys, wanted)
    found = slot < len(keys)
    found[found] = keys[slot[found]] == wanted[found]
    pick = order[slot[found]]
    out_left, out_right = founders[a].copy() if len(a) else a, founders[b].copy() if len(a) else b
    flip = labels[left[pick]] != a[found]
    out_left[found] = np.where(flip, right[pick], left[pick])
    out_right[found] = np.where(flip, left[pick], right[pick])
    return out_left, out_right
