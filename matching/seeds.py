"""First cores: judgements, then records with an equal number and kindred names."""

from __future__ import annotations

import numba
import numpy as np
import polars as pl

from matching.comparisons import KINDS
from matching.model import Model
from matching.people import Bans, span
from matching.spec import Spec
from matching.types import Encoded, Flags, Levels, Pairs, Rows

_KINDRED = {"certified": "same_given", "equal": "lookalike", "suspect": "lookalike"}
"""Level of the number -> least level of the name with which an equal number makes one person."""


def seed_flags(levels: Levels, spec: Spec) -> Flags:
    """Say which pairs are one person by their number and names alone."""
    teaching = [c for c in spec.comparisons if spec.teacher in c.columns]
    naming = [c for c in spec.comparisons if c.kind == "han_name"]
    flags = np.zeros(len(levels.codes), dtype=bool)
    if teaching and naming:
        number, name = levels.column(teaching[0].name), levels.column(naming[0].name)
        for level, kin in _KINDRED.items():
            flags |= (number == KINDS["citizen_number"].code(level)) & (name >= KINDS["han_name"].code(kin))
    return flags


def start(encoded: Encoded, pairs: Pairs, levels: Levels, judgements: pl.DataFrame, model: Model, sure: Flags | None = None) -> tuple[Rows, Bans]:
    """Give the first clusters (a label per row) and what must never be joined; `sure` are further pairs to begin with."""
    same, different = judged(encoded, judgements, "same"), judged(encoded, judgements, "different")
    n = len(encoded)
    number = binding_numbers(encoded, pairs, levels, model.spec)
    labels = _unite(np.arange(n), same[0], same[1], np.zeros(n, dtype=np.uint64), different[0], different[1])
    bans = Bans(_united_numbers(number, labels), different[0], different[1])
    seeds = np.flatnonzero(seed_flags(levels, model.spec) | (False if sure is None else sure))
    order = np.lexsort((pairs.right[seeds], pairs.left[seeds]))
    return _unite(labels, pairs.left[seeds][order], pairs.right[seeds][order], bans.number, different[0], different[1]), bans


def same_number(levels: Levels, spec: Spec) -> Flags:
    """Say which pairs have an equal valid number."""
    flags = np.zeros(len(levels.codes), dtype=bool)
    for comparison in spec.comparisons:
        if comparison.kind == "citizen_number":
            number, kind = levels.column(comparison.name), KINDS["citizen_number"]
            flags |= (number >= kind.code("equal")) | (number == kind.code("suspect"))
    return flags


def binding_numbers(encoded: Encoded, pairs: Pairs, levels: Levels, spec: Spec) -> np.ndarray:
    """Give the number that binds every record (0 none): records of different numbers are never joined.

    A self-consistent number binds.  A valid one that no birth date of its record can confirm binds too, unless a record with another name
    holds the same number and none with a kindred name does: then it is likely a relative's.
    """
    if spec.teacher is None:
        return np.zeros(len(encoded), dtype=np.uint64)
    whole, agrees = encoded.part(f"{spec.teacher}.whole"), encoded.part(f"{spec.teacher}.agrees")
    same = same_number(levels, spec)
    kindred = seed_flags(levels, spec)
    contested, confirmed = np.zeros(len(encoded), dtype=bool), np.zeros(len(encoded), dtype=bool)
    for side in (pairs.left, pairs.right):
        contested[side[same & ~kindred]] = True
        confirmed[side[same & kindred]] = True
    unproven = (agrees == 0) & (whole != 0) & (~contested | confirmed)
    return np.where(unproven | (agrees == 1), whole, np.uint64(0)).astype(np.uint64)


def judged(encoded: Encoded, judgements: pl.DataFrame, verdict: str) -> tuple[Rows, Rows]:
    """Rows of the pairs with this verdict, both of whose records are here, in a fixed order."""
    if judgements.height == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = encoded.frame.select("record_id").with_row_index("row")
    wanted = judgements.filter(pl.col("verdict") == verdict).select("left_id", "right_id").sort("left_id", "right_id")
    found = wanted.join(rows, left_on="left_id", right_on="record_id").join(rows, left_on="right_id", right_on="record_id", suffix="_right")
    found = found.sort("left_id", "right_id")
    return found["row"].to_numpy().astype(np.int64), found["row_right"].to_numpy().astype(np.int64)


def _united_numbers(number: np.ndarray, labels: Rows) -> np.ndarray:
    """Give one group to all numbers that judgements put into one cluster."""
    holders = np.flatnonzero(number)
    if len(holders) == 0:
        return number
    values, code = np.unique(number[holders], return_inverse=True)
    slot = np.full(span(labels), -1, dtype=np.int64)
    slot[labels[holders[::-1]]] = code[::-1]
    none = np.zeros(0, dtype=np.int64)
    group = _unite(np.arange(len(values)), code, slot[labels[holders]], np.zeros(len(values), dtype=np.uint64), none, none)
    out = number.copy()
    out[holders] = values[group[code]]
    return out


@numba.njit(cache=True)
def _unite(labels, left, right, number, ban_left, ban_right):  # type: ignore[no-untyped-def]
    """Union in the given order; a union that would put two numbers or a banned pair together is refused.  Labels are smallest rows."""
    n = len(labels)
    parent = np.empty(n, np.int64)
    first = np.full(n, -1, np.int64)
    for i in range(n):
        if first[labels[i]] < 0:
            first[labels[i]] = i
        parent[i] = first[labels[i]]
    held = np.zeros(n, np.uint64)
    for i in range(n):
        if number[i] != 0:
            held[parent[i]] = number[i]
    banned = np.zeros(n, np.bool_)
    for k in range(len(ban_left)):
        banned[parent[ban_left[k]]] = True
        banned[parent[ban_right[k]]] = True
    for k in range(len(left)):
        a, b = left[k], right[k]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a == b or (held[a] != 0 and held[b] != 0 and held[a] != held[b]):
            continue
        if b < a:
            a, b = b, a
        if banned[a] and banned[b]:
            clash = False
            for q in range(len(ban_left)):
                x, y = ban_left[q], ban_right[q]
                while parent[x] != x:
                    x = parent[x]
                while parent[y] != y:
                    y = parent[y]
                if (x == a and y == b) or (x == b and y == a):
                    clash = True
                    break
            if clash:
                continue
        parent[b] = a
        held[a] = max(held[a], held[b])
        banned[a] = banned[a] or banned[b]
    for i in range(n):
        a = i
        while parent[a] != a:
            a = parent[a]
        labels[i] = a
    return labels
