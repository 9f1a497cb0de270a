"""Fourth step: levels become a weight in bits, a probability and a grade."""

from __future__ import annotations

import numpy as np

from matching.model import Model, Weights
from matching.types import Flags, Floats, Levels, Pairs, Scored, Small

NUMBER_CLASSES = 3
"""The number's weight depends on the birth dates: 0 not comparable, 1 disagree, 2 agree."""


def weigh(codes: Small, names: tuple[str, ...], weights: Weights) -> Floats:
    """Sum base, level weights and interactions; columns not in `names` of the weights weigh nothing."""
    total = np.full(len(codes), weights.base)
    slots = {name: slot for slot, name in enumerate(names)}
    for name, slot in slots.items():
        total += weights.main[name][codes[:, slot]]
    for (a, b), table in weights.cross.items():
        if a in slots and b in slots:
            total += table[codes[:, slots[a]], codes[:, slots[b]]]
    return total


def number_bits(number: Small, birth: Small, agree: int, table: Floats) -> Floats:
    """Weight of the number's level given whether the birth dates agree (at least level `agree`)."""
    return np.asarray(table[birth_class(birth, agree), number])


def birth_class(birth: Small, agree: int) -> Small:
    """Class of the birth dates' agreement that the number's weight depends on."""
    return np.where(birth == 0, 0, np.where(birth >= agree, 2, 1)).astype(np.uint8)


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
            birth = codes[:, names.index("birth_date")] if "birth_date" in names else np.zeros(len(codes), dtype=np.uint8)
            total += number_bits(number, birth, birth_agrees(), model.number)
    return total


def birth_agrees() -> int:
    """Level of the birth date from which it counts as agreeing with the number's."""
    return 6


def grade(chance: Floats, model: Model) -> Small:
    """Grade probabilities: 2 certain, 1 possible, 0 no."""
    certain: Flags = chance >= model.certain
    return (certain.astype(np.uint8) + (chance >= model.spec.rules.possible)).astype(np.uint8)
