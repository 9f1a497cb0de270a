"""Names by age, sex and people: surnames by census share, given names by decade, minority names with separators, rare characters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from county.tables import Text, choose, concat, tables, words

Flags = NDArray[np.bool_]

SEPARATOR = "·"
"""U+00B7: the only separator of minority names that the standards know; errors make others of it."""

NAME_WIDTH = "U24"


def surnames(rng: np.random.Generator, size: int) -> Text:
    """Draw surnames by their share of the population (the first five hold 31.7 %)."""
    table = tables()["surnames"]
    common = str(table["common"]).split()
    names, shares = common[0::2], [float(share) for share in common[1::2]]
    rest = [name for name in characters(table["rest"]).tolist() if name not in names]
    left = 10000 - sum(shares) - 30
    fading = 1 / np.arange(3, len(rest) + 3) ** 0.7
    compound = str(table["compound"]).split()
    weights = np.concatenate([shares, fading / fading.sum() * left, np.full(len(compound), 30 / len(compound))])
    picked: Text = np.array([*names, *rest, *compound])[rng.choice(len(weights), size=size, p=weights / weights.sum())]
    return picked


def characters(table: str) -> Text:
    """Give the characters of a table that may run over several lines."""
    return np.array(list("".join(table.split())))


def given_names(rng: np.random.Generator, birth_year: NDArray[Any], male: Flags) -> Text:
    """Draw given names of the decade of birth and the sex; four in a thousand hold a rare character."""
    given = np.zeros(len(birth_year), dtype="U6")
    eras = tables()["eras"]
    era = np.searchsorted([e["from"] for e in eras], birth_year, side="right") - 1
    for number, table in enumerate(eras):
        for sex, is_male in (("m", True), ("f", False)):
            here = np.flatnonzero((era == number) & (male == is_male))
            given[here] = _era_names(rng, table[sex], characters(tables()["wide"][sex]), table["p_single"], len(here))
    return _with_rare(rng, given)


def _era_names(rng: np.random.Generator, table: dict[str, str], wide: Text, p_single: float, size: int) -> Text:
    """Mix the decade's popular names, its usual characters and, a third of the time, any character fit for a name."""
    popular = choose(rng, np.array(table["popular"].split()), size, 0.5)
    usual = {part: choose(rng, np.array(list(table[part])), size, 0.3) for part in ("a", "b", "one")}
    odd = {part: np.where(rng.random(size) < share, choose(rng, wide, size), usual[part]) for part, share in (("a", 0.25), ("b", 0.4), ("one", 0.4))}
    double = np.where(odd["a"] == odd["b"], popular, concat(odd["a"], odd["b"]))
    kind = rng.random(size)
    return np.where(kind < p_single, odd["one"], np.where(kind < p_single + 0.08, popular, double))


def _with_rare(rng: np.random.Generator, given: Text) -> Text:
    rare = np.array(list(str(tables()["rare"])))
    here = np.flatnonzero(rng.random(len(given)) < 0.004)
    head = given[here].astype("U1")
    alone = rng.random(len(here)) < 0.4
    given[here] = np.where(alone, "", head)
    given[here] = concat(given[here], choose(rng, rare, len(here)))
    return given


def uyghur_names(rng: np.random.Generator, male: Flags, father: Text) -> Text:
    """Compose a given name and the father's name, joined by the separator (blank father: one is drawn)."""
    table = tables()["uyghur"]
    men, women = np.array(table["m"].split()), np.array(table["f"].split())
    own = np.where(male, choose(rng, men, len(male), 0.4), choose(rng, women, len(male), 0.4))
    second = np.where(father == "", choose(rng, men, len(male), 0.4), father)
    return concat(own, SEPARATOR, second)


def tibetan_names(rng: np.random.Generator, size: int) -> Text:
    """Compose a Tibetan name of two words, without surname or separator."""
    table = tables()["tibetan"]
    return concat(choose(rng, np.array(table["a"].split()), size, 0.3), choose(rng, np.array(table["b"].split()), size, 0.3))


def employer_names(rng: np.random.Generator, place: Text, kind: Text) -> tuple[Text, Text]:
    """Compose full and customary short names of employers from place and kind (`enterprise`, `institution`, `government`, `other`)."""
    size = len(place)
    brand = choose(rng, words("brands"), size)
    brand = np.where(rng.random(size) < 0.5, concat(brand, choose(rng, np.array(list("鑫达盛荣诚安丰泰和德润通")), size)), brand)
    trade = choose(rng, words("trades"), size, 0.3)
    full, short = concat(place, brand, trade, choose(rng, words("forms"), size, 1.0)), concat(brand, trade)
    for name in ("government", "institution"):
        body = choose(rng, np.array(str(tables()["bodies"][name]).split()), size)
        here = kind == name
        full, short = np.where(here, concat(place, body), full), np.where(here, body, short)
    return full, short
