"""Fifth step: pairs become persons, strongest first, under constraints that are never crossed.

Equal numbers on kindred names make the first cores; then clusters that are each other's best partner are joined round by round, compared as
whole persons and with what the next best partner takes away.  Everything is a function of the component a record belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numba
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from matching.blocks import distinct
from matching.comparisons import KINDS
from matching.model import Model
from matching.people import Bans, Members, averaged, cross, pooled, size_class, span
from matching.score import model_weight, probability
from matching.spec import Spec
from matching.types import Encoded, Flags, Floats, Keys, Pairs, Rows, Small

_NEVER = -99.0
_PATIENCE = 16
"""Rounds after which a cluster takes all that want it at once, so that thousands of records of one person do not take thousands of rounds."""


@dataclass(frozen=True)
class Links:
    """Pairs of clusters a < b that may be one person, each compared over all its members."""

    a: Rows
    b: Rows
    codes: Small
    weight: Floats
    """Bits for being one person, rivals not considered."""

    def where(self, keep: Flags) -> Links:
        """Keep some."""
        return Links(self.a[keep], self.b[keep], self.codes[keep], self.weight[keep])


@dataclass(frozen=True)
class Persons:
    """The end of clustering: cluster of every row, what is left between clusters, and the weight each row was joined with."""

    labels: Rows
    links: Links
    net: Floats
    """Weight of the links after rivals."""
    allowed: Flags
    number: Keys
    """Per cluster: the number that binds it, 0 for none."""
    joined: Floats
    """Per row: weight (after rivals) of the join that placed it; NaN where it was never joined."""


def agglomerate(encoded: Encoded, pairs: Pairs, labels: Rows, joined: Floats, bans: Bans, model: Model) -> Persons:
    """Join clusters that are each other's best partner, round by round, until nothing certain is left."""
    labels = _compact(labels)
    links = _link(encoded, pairs, labels, model)
    for turn in count():
        allowed = bans.allowed(labels, links.a, links.b)
        net = _after_rivals(links, allowed, bans.of_clusters(labels) != 0, span(labels), model)
        sure = allowed & ~unlike(links.codes, model.spec) & (probability(net) >= model.certain)
        chosen = _mutual(links, np.where(sure, net, _NEVER), bans.free(labels) if turn >= _PATIENCE else None)
        if not chosen.any():
            break
        joined = _note(joined, labels, links.where(chosen), net[chosen])
        labels, links = _join(encoded, labels, links, chosen, model)
    return Persons(labels, links, net, allowed, bans.of_clusters(labels), joined)


def unlike(codes: Small, spec: Spec) -> Flags:
    """Say where an equal number stands against names that have nothing in common: two persons or one, never certain (重号, a relative's number)."""
    kinds = {c.kind: codes[:, slot] for slot, c in enumerate(spec.comparisons)}
    if "citizen_number" not in kinds or "han_name" not in kinds:
        return np.zeros(len(codes), dtype=bool)
    equal = kinds["citizen_number"] >= KINDS["citizen_number"].code("equal")
    return np.asarray((equal | (kinds["citizen_number"] == KINDS["citizen_number"].code("suspect"))) & (kinds["han_name"] == 1))


def _link(encoded: Encoded, pairs: Pairs, labels: Rows, model: Model) -> Links:
    """Compare all cluster pairs that some candidate pair reaches."""
    a, b = labels[pairs.left], labels[pairs.right]
    keep = a != b
    packed = distinct((np.minimum(a, b)[keep] << 32) | np.maximum(a, b)[keep])
    return _compared(encoded, packed >> 32, packed & 0xFFFFFFFF, labels, model)


def _compared(encoded: Encoded, a: Rows, b: Rows, labels: Rows, model: Model) -> Links:
    members = Members.of(labels)
    rows_a, rows_b, starts = cross(members, a, members, b)
    if model.spec.rules.method == "linkage":
        codes, weight = averaged(encoded, rows_a, rows_b, starts, model)
        return Links(a, b, codes, weight)
    codes = pooled(encoded, rows_a, rows_b, starts, model.spec)
    largest = np.maximum(members.size[a], members.size[b]) if len(a) else a
    names = tuple(c.name for c in model.spec.comparisons)
    return Links(a, b, codes, model_weight(codes, names, size_class(largest), model))


def _after_rivals(links: Links, allowed: Flags, numbered: Flags, clusters: int, model: Model) -> Floats:
    """Take from every link what the best rival of the side that has no number of its own takes: log2(1 + 2^rival)."""
    if len(links.a) == 0 or model.spec.rules.method == "linkage":
        return links.weight
    weight = np.where(allowed, links.weight, _NEVER)
    x = np.concatenate([links.a, links.b])
    y = np.concatenate([links.b, links.a])
    order = np.lexsort((y, x))
    x, y, w = x[order], y[order], np.concatenate([weight, weight])[order]
    start = np.searchsorted(x, np.arange(clusters + 1))
    rival = np.empty(len(x))
    rival[order] = _rivals(start, y, w)
    rival_a, rival_b = rival[: len(links.a)], rival[len(links.a) :]
    rival_a = np.where(numbered[links.a], _NEVER, rival_a)
    rival_b = np.where(numbered[links.b], _NEVER, rival_b)
    return steady(links.weight - np.log2(1 + np.exp2(np.maximum(rival_a, rival_b))))


def steady(bits: Floats) -> Floats:
    """Round to 1/4096 bit, so that a weight does not depend on where in an array it was computed."""
    return np.asarray(np.round(bits * 4096) / 4096)


def _mutual(links: Links, weight: Floats, free: Flags | None) -> Flags:
    """Links that are the best of both their clusters; ties go to the older clusters.

    With `free` (clusters nothing can forbid) also the best links of those whose best partner is one side of such a pair.
    """
    order = np.lexsort((links.b, links.a, -weight))
    order = order[weight[order] > _NEVER]
    rank = np.full(len(weight), len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(int(max(links.a.max(initial=0), links.b.max(initial=0))) + 1, len(order), dtype=np.int64)
    np.minimum.at(best, links.a, rank)
    np.minimum.at(best, links.b, rank)
    best_a, best_b = best[links.a] == rank, best[links.b] == rank
    chosen = (rank < len(order)) & best_a & best_b
    if free is not None:
        hosts = np.zeros(len(best), dtype=bool)
        hosts[links.a[chosen]] = True
        guests = ~hosts & free[: len(best)]
        guests[links.b[chosen]] = False
        chosen |= (rank < len(order)) & ((best_a & guests[links.a] & hosts[links.b]) | (best_b & guests[links.b] & hosts[links.a]))
    return np.asarray(chosen)


def _join(encoded: Encoded, labels: Rows, links: Links, chosen: Flags, model: Model) -> tuple[Rows, Links]:
    """Unite the chosen cluster pairs and compare anew what touches them."""
    relabel = _united(span(labels), links.a[chosen], links.b[chosen])
    labels = relabel[labels]
    a, b = relabel[links.a], relabel[links.b]
    touched = np.zeros(span(labels), dtype=bool)
    touched[relabel[links.a[chosen]]] = True
    stale = touched[a] | touched[b]
    fresh = Links(np.minimum(a, b), np.maximum(a, b), links.codes, links.weight).where(~stale)
    packed = distinct((np.minimum(a, b) << 32 | np.maximum(a, b))[stale & (a != b)])
    again = _compared(encoded, packed >> 32, packed & 0xFFFFFFFF, labels, model)
    joined = Links(*(np.concatenate([getattr(fresh, f), getattr(again, f)]) for f in ("a", "b", "codes", "weight")))
    return labels, joined


def _united(size: int, a: Rows, b: Rows) -> Rows:
    """Give every old label its new one; united clusters stand where their oldest stood."""
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(size, size))
    group = connected_components(graph, directed=False)[1]
    oldest = np.full(size, size, dtype=np.int64)
    np.minimum.at(oldest, group, np.arange(size))
    return _compact(oldest[group])


def _note(joined: Floats, labels: Rows, links: Links, net: Floats) -> Floats:
    """Remember the weight with which rows came together for the first time (the weaker where joined again)."""
    size = np.bincount(labels)
    weight = np.full(len(size), np.nan)
    for side in (links.a, links.b):
        single = size[side] == 1
        weight[side[single]] = net[single]
    fresh = weight[labels]
    return np.where(np.isnan(joined), fresh, joined)


def best_rival(item: Rows, weight: Floats) -> Floats:
    """For every candidate of an item, the weight of its best other candidate (all exclude each other)."""
    order = np.lexsort((-weight, item))
    first = np.concatenate([[True], item[order][1:] != item[order][:-1]]) if len(order) else np.zeros(0, dtype=bool)
    group = np.cumsum(first) - 1
    top = order[first]
    second_slot = np.flatnonzero(first) + 1
    has = (second_slot < len(order)) & (group[np.minimum(second_slot, len(order) - 1)] == np.arange(len(top)))
    second = np.where(has, weight[order[np.minimum(second_slot, len(order) - 1)]], _NEVER)
    rival = np.empty(len(weight))
    rival[order] = weight[top][group]
    rival[top] = second
    return rival


def _compact(labels: Rows) -> Rows:
    """Number the labels that occur from 0, in their order."""
    occurs = np.zeros(span(labels), dtype=np.int64)
    occurs[labels] = 1
    return (np.cumsum(occurs) - 1)[labels]


@numba.njit(cache=True)
def _rivals(start, partner, weight):  # type: ignore[no-untyped-def]
    """For every directed link x -> y: the best other partner of x that is not itself a likely part of y."""
    out = np.full(len(partner), -99.0)
    for x in range(len(start) - 1):
        for i in range(start[x], start[x + 1]):
            y = partner[i]
            for j in range(start[x], start[x + 1]):
                if j != i and weight[j] > out[i]:
                    z = partner[j]
                    k = start[y] + np.searchsorted(partner[start[y] : start[y + 1]], z)
                    friend = k < start[y + 1] and partner[k] == z and weight[k] >= 0
                    if not friend:
                        out[i] = weight[j]
    return out
