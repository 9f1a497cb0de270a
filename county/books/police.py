"""The police: the population register, one line a person, keyed by the identity number."""

from __future__ import annotations

import numpy as np
import polars as pl

from county.facts import Book
from county.people import CHILD, GRANDFATHER, HEAD, SPOUSE
from county.tables import DAY0, date_text, replaced

FIELDS: tuple[tuple[str, int], ...] = (
    ("公民身份号码", 18), ("姓名", 60), ("性别", 1), ("民族", 2), ("出生日期", 8), ("户号", 10), ("与户主关系", 2), ("行政区划", 6), ("住址", 100),
    ("联系电话", 20),
    ("户籍状态", 1), ("死亡日期", 8), ("曾用名", 60), ("原公民身份号码", 18), ("变更日期", 8),
)  # fmt: skip
"""Columns and their widths in bytes, after the record mark `D`."""


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the register."""
    rng, size = book.rng, book.records.height
    role, death = book.of_person("role"), book.of_person("death")
    dead = ~np.isnat(death) & (rng.random(size) < 0.9)
    left = np.isnat(death) & (book.of_person("plant") == "") & (rng.random(size) < 0.02)
    frame = {
        "公民身份号码": book.text("w_number"), "姓名": book.text("w_name"), "性别": book.text("w_sex"), "民族": book.text("ethnic"),
        "出生日期": replaced(book.text("w_birth"), "-", ""), "户号": book.text("household_no"),
        "与户主关系": np.select([role == HEAD, role == SPOUSE, role >= GRANDFATHER, role >= CHILD], ["01", "10", "50", "20"], "20"),
        "行政区划": book.text("division"),
        "住址": book.text("w_address"), "联系电话": book.text("w_phone"), "户籍状态": np.select([dead, left], ["1", "2"], "0"), "死亡日期": np.where(dead,
        date_text(death), ""),
        "曾用名": book.text("former_name"), "原公民身份号码": np.full(size, ""),
        "变更日期": date_text(np.maximum(DAY0 - rng.integers(0, 3000, size).astype("timedelta64[D]"), book.of_person("birth") + np.timedelta64(5, "D"))),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    }  # fmt: skip
    return {"register": pl.DataFrame(frame)}
