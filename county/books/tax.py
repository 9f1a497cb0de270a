"""The tax bureau: contribution lines of one day after another; persons and employers stand only in the lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.facts import STOPPED_SINCE, Book, Index, Months, base_of, blank_to_null, iso, month_iso
from county.lives import County
from county.tables import DAY0, concat, digits, replaced

ITEMS = {
    "10210": "企业职工基本养老保险费",
    "10211": "机关事业单位养老保险费",
    "10212": "失业保险费",
    "10213": "职工基本医疗保险费",
    "10214": "工伤保险费",
    "10215": "城乡居民基本养老保险费",
    "10216": "城乡居民基本医疗保险费",
}
PARTS = {"10210": (0.08, 0.16), "10211": (0.08, 0.16), "10212": (0.003, 0.007), "10213": (0.02, 0.075), "10214": (0.0, 0.004)}
"""Person's and employer's share of the base by item."""

DOCUMENTS = {"01": "201", "02": "208", "03": "210", "04": "233"}


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the lines of October 2025, day after day."""
    first = DAY0.astype("datetime64[M]").astype("datetime64[D]")
    days = [first + n for n in range((DAY0 - first).astype(int) + 1)]
    roll = payers(book.records)
    frames = [day_lines(book.county, roll, day, book.rng) for day in days]
    return {"lines": _with_reversals(blank_to_null(pl.concat(frames)), book.rng)}


def payers(records: pl.DataFrame) -> pl.DataFrame:
    """Give the bureau's roll of payers: how it writes each person, and the day of the month a resident pays."""
    frame = records.select("person", "record", "w_name", "w_number", "document", "employer", "division")
    rng = np.random.default_rng(frame.height)
    return frame.with_columns(pl.Series("day", rng.integers(1, 32, frame.height)), pl.Series("also_medical", rng.random(frame.height) < 0.6))


def employer_days(county: County) -> Index:
    """Give the day of the month on which each employer pays: mostly the 8th to the 15th."""
    rng = np.random.default_rng(county.employers.height)
    day = np.where(rng.random(county.employers.height) < 0.75, rng.integers(8, 16, county.employers.height), rng.integers(1, 28, county.employers.height))
    return np.asarray(day, dtype=np.int64)


def day_lines(county: County, roll: pl.DataFrame, day: np.datetime64, rng: np.random.Generator) -> pl.DataFrame:
    """Write one day's file: employers whose day it is pay last month for their people, residents pay a year."""
    date = int((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(int)) + 1
    employer, works = roll["employer"].to_numpy(), county.people["works"].to_numpy()[roll["person"].to_numpy()]
    due = employer_days(county)[np.maximum(employer, 0)] == date
    month = day.astype("datetime64[M]") - 1
    stopped = county.employers["stopped"].to_numpy()[np.maximum(employer, 0)] & bool(month >= STOPPED_SINCE)
    employed = np.flatnonzero((employer >= 0) & works & due & ~stopped)
    line = county.people["line"].to_numpy()[roll["person"].to_numpy()]
    parts = [
        _employed(county, roll, employed[line[employed] == name], items, month)
        for name, items in (("110", ("10210", "10212", "10213", "10214")), ("120", ("10211", "10213", "10214")))
    ]
    resident = np.flatnonzero((employer < 0) & (roll["day"].to_numpy() == date))
    autumn = bool(month >= np.datetime64(f"{day.astype('datetime64[Y]')}-08", "M"))
    if autumn:  # residents pay once, in the last third of the year
        parts += [_resident(roll, resident, "10215", day, rng), _resident(roll, resident[roll["also_medical"].to_numpy()[resident]], "10216", day, rng)]
    frame = pl.concat(parts)
    order = rng.permutation(frame.height)
    frame = frame[order]
    number = concat(replaced(str(day), "-", ""), digits(np.arange(frame.height) + 1, 7))
    received = replaced(str(day), "-", "/")
    return frame.select(pl.Series("明细序号", number, dtype=pl.Utf8), pl.all().exclude("_person", "_record")).with_columns(
        pl.lit(str(received)).alias("入库日期"), frame["_person"], frame["_record"], pl.lit(str(day)).alias("_day")
    ).select(*COLUMNS, "_person", "_record", "_day")  # fmt: skip


COLUMNS = (
    "明细序号", "社会信用代码", "缴费单位名称", "姓名", "证件类型", "证件号码", "征收项目代码", "征收项目", "费款所属期", "缴费工资", "个人应缴", "单位应缴",
    "缴费类型", "入库日期",
    "主管税务机关", "冲销序号",
)  # fmt: skip


def _employed(county: County, roll: pl.DataFrame, here: Index, items: tuple[str, ...], month: Months) -> pl.DataFrame:
    row = np.repeat(here, len(items))
    item = np.tile(np.array(items), len(here))
    people = roll["person"].to_numpy()[row]
    base = base_of(county.people["pay"].to_numpy()[people], np.full(len(row), month))
    own, firm = (np.array([PARTS[i][side] for i in items])[np.tile(np.arange(len(items)), len(here))] for side in (0, 1))
    return _lines(county, roll, row, item, np.full(len(row), month), base, np.round(base * own, 2), np.round(base * firm, 2))


def _resident(roll: pl.DataFrame, here: Index, item: str, day: np.datetime64, rng: np.random.Generator) -> pl.DataFrame:
    year = day.astype("datetime64[Y]")
    month = np.full(len(here), year.astype("datetime64[M]") + 11)
    amount = np.array([100.0, 200.0, 300.0, 500.0, 1000.0])[rng.integers(0, 5, len(here))] if item == "10215" else np.full(len(here), 400.0)
    return _lines(None, roll, here, np.full(len(here), item), month, np.full(len(here), np.nan), amount, np.zeros(len(here)))


def _lines(
    county: County | None, roll: pl.DataFrame, row: Index, item: NDArray[Any], month: Months, base: NDArray[Any], own: NDArray[Any], firm: NDArray[Any]
) -> pl.DataFrame:
    at = roll[row]
    employer = np.maximum(at["employer"].to_numpy(), 0)
    code, name = (county.employers[c].to_numpy().astype("U40")[employer] if county else np.full(len(row), "") for c in ("credit_code", "name"))
    money = {"缴费工资": base, "个人应缴": own, "单位应缴": firm}
    return pl.DataFrame({
        "社会信用代码": code, "缴费单位名称": name, "姓名": at["w_name"], "证件类型": at["document"].replace(DOCUMENTS), "证件号码": at["w_number"],
        "征收项目代码": item,
        "征收项目": pl.Series(item).cast(pl.Utf8).replace(ITEMS), "费款所属期": month_iso(month) if len(row) else np.array([], dtype="U7"),
        **{name: pl.Series([None if np.isnan(v) else f"{v:.2f}" for v in values.tolist()], dtype=pl.Utf8) for name, values in money.items()},
        "缴费类型": np.full(len(row), "正常申报"), "主管税务机关": concat("1", at["division"].to_numpy().astype("U6"), "0000"), "冲销序号": np.full(len(row),
        ""),
        "_person": at["person"], "_record": at["record"],
    }, schema_overrides={c: pl.Utf8 for c in COLUMNS if c not in ("明细序号", "入库日期")})  # fmt: skip


def _with_reversals(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Reverse two lines in a thousand a few days later, and mark some as arrears."""
    late = pl.Series(rng.random(frame.height) < 0.01) & frame["缴费工资"].is_not_null()
    frame = frame.with_columns(pl.when(late).then(pl.lit("补缴")).otherwise(pl.col("缴费类型")).alias("缴费类型"))
    wrong = frame.filter(pl.Series(rng.random(frame.height) < 0.002) & ~late & frame["缴费工资"].is_not_null() & (frame["_day"] < str(DAY0 - 4)))
    later = (wrong["_day"].to_numpy().astype("datetime64[D]") + rng.integers(1, 4, wrong.height).astype("timedelta64[D]")).astype("datetime64[D]")
    number = concat(replaced(iso(later), "-", ""), digits(9_000_000 + np.arange(wrong.height), 7))
    back = wrong.with_columns(
        pl.col("明细序号").alias("冲销序号"), pl.Series("明细序号", number, dtype=pl.Utf8), pl.lit("冲销").alias("缴费类型"), pl.Series("_day", iso(later)),
        pl.Series("入库日期", replaced(iso(later), "-", "/")), *(pl.concat_str(pl.lit("-"), pl.col(c)).alias(c) for c in ("缴费工资", "个人应缴", "单位应缴")),
    )  # fmt: skip
    return pl.concat([frame, back]).sort("明细序号")
