"""The unemployment office's desktop program: SYRY persons, SYDY benefits, ten-character names, codes of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import numbers
from county.facts import FIRST_LINE, Book, blank_to_null, expand
from county.lives import month_text
from county.slips import without_rare
from county.tables import DAY0, concat, date_text, digits

Flags = NDArray[np.bool_]

DRAWN_WHILE_EMPLOYED = np.datetime64("2025-05", "M")
"""First month of the benefits of those planted as employed while drawing."""


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write both files."""
    planted = (book.of_person("plant") == "employed_unemployed") & ~book.records["double"].to_numpy()
    benefits = _benefits(book, planted)
    drawing = np.isin(book.records["at"].to_numpy(), benefits["_at"].to_numpy())
    return {"persons": insured(book, planted, drawing), "benefits": blank_to_null(benefits.drop("_at"))}


def insured(book: Book, planted: Flags, drawing: Flags) -> pl.DataFrame:
    """Write the rows of insured persons, numbered by `at`."""
    rng, size = book.rng, book.records.height
    began = book.of_person("began")
    ended = (rng.random(size) < 0.25) & ~planted
    state = np.where(ended, "C", np.where(drawing, "B", "A"))
    payment = np.select([ended, planted, drawing], ["3", "4", "1"], "2")
    ends = np.maximum(began + 365, DAY0 - rng.integers(5, 1500, size)).astype("datetime64[D]")
    ends = np.minimum(ends, DAY0)
    employer = np.array([without_rare(name, 0.0) for name in book.text("w_employer").tolist()])
    return blank_to_null(pl.DataFrame({
        "GRBH": person_numbers(book.records["at"].to_numpy()), "XM": book.text("w_name"), "XB": np.select([book.text("w_sex") == "1",
        book.text("w_sex") == "2"], ["1", "0"], ""),
        "CSRQ": book.text("w_birth"), "SFZH": book.text("w_number"), "MZ": book.text("ethnic"), "DH": book.text("w_phone"), "DZ": book.text("w_address"),
        "DWMC": employer,
        "CBZT": state, "JFZT": payment, "CBRQ": date_text(began), "TCRQ": np.where(ended, date_text(ends), ""), "QH": book.text("division"),
        "GXRQ": date_text(DAY0 - rng.integers(0, 700, size).astype("timedelta64[D]")), "_person": book.records["person"].to_numpy(),
        "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def person_numbers(at: NDArray[Any]) -> NDArray[Any]:
    """Give the program's number of the n-th person."""
    return concat("S", digits(np.asarray(at) * 3 + 10_000_001, 8))


def _benefits(book: Book, planted: Flags) -> pl.DataFrame:
    """Grant periods of three to twelve months: to those no employer paid for in those months, and to the planted ones."""
    rng, size = book.rng, book.records.height
    began, line = book.of_person("began").astype("datetime64[M]"), book.of_person("line")
    before = FIRST_LINE - rng.integers(14, 30, size).astype("timedelta64[M]")
    lately = DAY0.astype("datetime64[M]") - rng.integers(3, 30, size).astype("timedelta64[M]")
    first = np.where(planted, DRAWN_WHILE_EMPLOYED, np.where(line == "170", lately, before))
    length = np.where(planted, 4, rng.integers(3, 13, size)).astype("timedelta64[M]")
    last = np.minimum(first + length - 1, DAY0.astype("datetime64[M]") - 1)
    plain = (book.of_person("plant") == "") & ~book.records["double"].to_numpy() & (rng.random(size) < 0.4) & (first > began + 1)
    row, month = expand(np.where(planted | plain, first, last + 1), last)
    whole_last = (first + length).astype("datetime64[D]") - 1
    return pl.DataFrame({
        "DYBH": digits(500000000001 + np.arange(len(row)), 12), "GRBH": person_numbers(book.records["at"].to_numpy())[row], "DYXM": np.full(len(row), "01"),
        "DYYM": month_text(month), "KSRQ": date_text(first.astype("datetime64[D]"))[row], "JSRQ": date_text(whole_last)[row],
        "JE": np.where(month < np.datetime64("2024-01", "M"), 1503.0, 1660.0), "FFRQ": date_text(month.astype("datetime64[D]") + 17),
        "ZH": numbers.accounts(rng, size)[row], "QH": book.text("division")[row], "_person": book.records["person"].to_numpy()[row],
        "_at": book.records["at"].to_numpy()[row],
    })  # fmt: skip
