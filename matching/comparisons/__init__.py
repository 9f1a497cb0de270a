"""Comparators by kind: how two values of a column become a level."""

from __future__ import annotations

from matching.comparisons import dates, names, numbers, places, texts
from matching.comparisons.base import Comparator, Level, Side

KINDS: dict[str, Comparator] = {
    "han_name": names.HAN_NAME,
    "citizen_number": numbers.CITIZEN_NUMBER,
    "birth_date": dates.BIRTH_DATE,
    "day": dates.DAY,
    "phone": places.PHONE,
    "address": places.ADDRESS,
    "employer": places.EMPLOYER,
    "code": places.CODE,
    "sex": places.SEX,
    "text": texts.TEXT,
    "person_name": texts.PERSON_NAME,
    "digits": texts.DIGITS,
    "postcode": texts.POSTCODE,
}

__all__ = ["KINDS", "Comparator", "Level", "Side"]
