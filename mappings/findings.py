"""What a mapped record says against itself: findings only, for no check digit is a reason to refuse a person.

Reads the canonical text columns of one entity before they are typed; the row loads in every case.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mappings.numbers import check_character, is_valid_credit_code, valid_ids
from mappings.problems import Problem

Findings = list[tuple[Problem, str, pl.Series]]
"""Reason, field, and the rows it was found in."""

CITIZEN_TYPES = ("01", "03", "04")
"""Documents whose 18 characters carry the check of GB 11643 (04: since 2023-12-01, before that 15 characters)."""


def find(entity: str, texts: Mapping[str, pl.Series]) -> Findings:
    """Give the findings on the records of an entity from its fields' canonical texts."""
    if entity == "person_record":
        return [*_number(texts), *_placeholder(texts["name"])]
    return _credit_code(texts["credit_code"]) if entity == "employer_record" else []


def _number(texts: Mapping[str, pl.Series]) -> Findings:
    number, kind = texts["id_number"], texts["id_type_code"]
    if number.null_count() == len(number):
        return []
    citizen = kind.is_null() | kind.is_in(CITIZEN_TYPES)
    whole = number.set(number.str.contains(r"^[0-9]{15}$").fill_null(False), None)
    legacy = number.set(whole.is_not_null(), None)
    whole = whole.zip_with(legacy.is_null(), _upgraded(legacy))
    valid = valid_ids(whole)
    shaped = whole.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False)
    failed = shaped & ~valid & citizen.fill_null(True)
    masked = number.str.contains("*", literal=True).fill_null(False)
    length = (
        number.is_not_null() & ~shaped & ~masked & ((kind == "01").fill_null(False) | (kind.is_null() & number.str.contains(r"^[0-9]+X?$").fill_null(False)))
    )
    return [
        (Problem.ID_CHECK_FAILED, "id_number", failed),
        (Problem.ID_LENGTH, "id_number", length),
        (Problem.ID_BIRTH_CONTRADICTS, "id_number", valid & _birth_differs(whole, texts["birth_date"])),
        (Problem.ID_SEX_CONTRADICTS, "id_number", valid & _sex_differs(whole, texts["sex_code"])),
    ]


def _upgraded(legacy: pl.Series) -> pl.Series:
    """Write 15-digit numbers with 18 characters, the check right by construction: only their date can be wrong."""
    return legacy.map_elements(lambda number: (first := number[:6] + "19" + number[6:]) + check_character(first), return_dtype=pl.String)


def _birth_differs(number: pl.Series, birth_date: pl.Series) -> pl.Series:
    """Compare at the precision both have: a birth date of `1956` agrees with any day of 1956."""
    frame = pl.DataFrame([number.alias("number"), birth_date.str.replace_all("-", "").alias("own")])
    return frame.select((~pl.col("number").str.slice(6, 8).str.starts_with(pl.col("own"))).fill_null(False)).to_series()


def _sex_differs(number: pl.Series, sex: pl.Series) -> pl.Series:
    male = number.str.slice(16, 1).is_in(["1", "3", "5", "7", "9"])
    return (((sex == "1") & ~male) | ((sex == "2") & male)).fill_null(False)


def _placeholder(name: pl.Series) -> Findings:
    return [(Problem.NAME_PLACEHOLDER, "name", name.str.contains(r"[?？■□〓＊*\x{fffd}]").fill_null(False))]


def _credit_code(code: pl.Series) -> Findings:
    failing = [value for value in code.drop_nulls().unique().to_list() if not is_valid_credit_code(value)]
    return [(Problem.CREDIT_CODE_FAILED, "credit_code", code.is_in(failing).fill_null(False))]
