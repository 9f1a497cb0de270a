"""Fourth step: levels become a weight in bits, a probability and a grade."""

from __future__ import annotations

import numba
import numpy as np

from matching.comparisons import KINDS
from matching.model import Model, Weights
from matching.spec import Spec
from matching.types import Flags, Floats, Levels, Pairs, Scored, Small

NUMBER_CLASSES = 9
"""The number's weight depends on birth dates (not comparable, disagree, agree) and names (unrelated, surname only, akin): 3 x 3 classes."""


def weigh(codes: Small, names: tuple[str, ...], weights: Weights) -> Floats:
    """Sum base, level weights and interactions; columns not in `names` of the weights weigh nothing."""
    slots = {name: slot for slot, name in enumerate(names)}
    width = max([1, *(len(weights.main[name]) for name in names)])
    main = np.zeros((len(names), width))
    for name, slot in slots.items():
        main[slot, : len(weights.main[name])] = weights.main[name]
    meeting = [(slots[a], slots[b], table) for (a, b), table in weights.cross.items() if a in slots and b in slots]
    pairs = np.array([(a, b) for a, b, _ in meeting], dtype=np.int64).reshape(-1, 2)
    cross = np.zeros((len(meeting), width, width))
    for number, (_, _, table) in enumerate(meeting):
        cross[number, : table.shape[0], : table.shape[1]] = table
    return np.asarray(_sum(np.ascontiguousarray(codes), weights.base, main, pairs, cross))


@numba.njit(cache=True)
def _sum(codes, base, main, pairs, cross):  # type: ignore[no-untyped-def]
    """Add up the tables for every row of levels."""
    total = np.full(len(codes), base)
    for row in range(len(codes)):
        for slot in range(codes.shape[1]):
            total[row] += main[slot, codes[row, slot]]
        for number in range(len(pairs)):
            total[row] += cross[number, codes[row, pairs[number, 0]], codes[row, pairs[number, 1]]]
    return total


def number_class(codes: Small, spec: Spec) -> Small:
    """Class of a comparison that the number's weight depends on: the number repeats the birth date, and families share numbers by mistake."""
    kinds = {c.kind: codes[:, slot] for slot, c in reversed(list(enumerate(spec.comparisons)))}
    none = np.zeros(len(codes), dtype=np.uint8)
    birth, name = kinds.get("birth_date", none), kinds.get("han_name", none)
    dated = np.where(birth == 0, 0, np.where(birth >= KINDS["birth_date"].code("month"), 2, 1))
    surname = KINDS["han_name"].code("same_surname")
    akin = np.where(name > surname, 2, np.where((name == surname) | (name == 0), 1, 0))
    return (dated * 3 + akin).astype(np.uint8)


def probability(bits: Floats) -> Floats:
    """Turn log2 odds into a probability."""
    return np.asarray(1 / (1 + np.exp2(-np.clip(bits, -60, 60))))


def score(pairs: Pairs, levels: Levels, model: Model) -> Scored:
    """Weigh pairs of records, each as two persons of one record."""
    weight = pair_weight(levels, model)
    chance = probability(weight)
    return Scored(pairs, levels, weight, chance, grade(chance, model))


def pair_weight(levels: Levels, model: Model) -> Floats:
    """Weight of pairs in bits."""
    return model_weight(levels.codes, levels.names, np.ones(len(levels.codes), dtype=np.uint8), model)


def model_weight(codes: Small, names: tuple[str, ...], members: Small, model: Model) -> Floats:
    """Weight of (pooled) levels under a model: evidence, size of the larger side, and the number given the birth dates."""
    spec = model.spec
    teaching = [c.name for c in spec.comparisons if spec.teacher in c.columns]
    slots = [i for i, name in enumerate(names) if name not in teaching]
    evidence = np.column_stack([codes[:, slots], members])
    total = weigh(evidence, (*(names[i] for i in slots), "members"), model.weights)
    for name in teaching:
        number = codes[:, names.index(name)]
        if model.number is None:
            total += model.weights.main[name][number]
        else:
            total += model.number[number_class(codes, spec), number]
    return total


def grade(chance: Floats, model: Model) -> Small:
    """Grade probabilities: 2 certain, 1 possible, 0 no."""
    certain: Flags = chance >= model.certain
    return (certain.astype(np.uint8) + (chance >= model.spec.rules.possible)).astype(np.uint8)
