"""The work injury office: the ledger of injured persons and the sheet of payments, in Chinese headings and mixed date forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import numbers
from county.facts import Book, Days, blank_to_null, iso
from county.tables import DAY0, DIVISIONS, Text, choose, concat, digits, words

DATED = ("出生日期", "开始日期", "终止日期", "事故日期", "支付日期")
"""Columns whose ISO days are written as true date cells."""


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write both sheets."""
    persons = injured(book)
    return {"persons": persons, "payments": payments(book, persons, 0)}


def typed_dates(written: Text, rng: np.random.Generator) -> Text:
    """Write birth dates as hands do: mostly date cells (ISO here), else dots, slashes, 年月日 or the bare serial number."""
    whole = np.strings.str_len(written) == 10
    day = np.where(whole, written, "2000-01-01").astype("datetime64[D]")
    year, month, date = (np.strings.slice(written.astype("U10"), a, b) for a, b in ((0, 4), (5, 7), (8, 10)))
    short = [np.strings.lstrip(part, "0") for part in (month, date)]
    serial = (day - np.datetime64("1899-12-30")).astype(int).astype(np.str_)
    forms = [concat(year, ".", short[0], ".", short[1]), concat(year, "年", short[0], "月", short[1], "日"), concat(year, "/", short[0], "/", short[1]), serial]
    kind = rng.random(len(written))
    typed = np.select([kind < 0.6, kind < 0.75, kind < 0.85, kind < 0.95], [written, *forms[:3]], forms[3])
    partial = np.where(np.strings.str_len(written) == 7, concat(year, ".", short[0]), written)
    return np.where(whole, typed, partial)


def case_numbers(year: NDArray[Any], at: NDArray[Any]) -> Text:
    """Give case numbers: year and running number."""
    return concat("GS", digits(year, 4), "-", digits(np.asarray(at) + 1, 5))


def injured(book: Book) -> pl.DataFrame:
    """Write the rows of injured persons, numbered by `at`."""
    rng, size = book.rng, book.records.height
    began, death, retired = book.of_person("began"), book.of_person("death"), book.of_person("retired")
    latest = np.where(np.isnat(death), DAY0, death)
    latest = np.minimum(latest, np.where(retired, book.of_person("retired_on"), DAY0)) - np.timedelta64(20, "D")
    earliest = np.maximum(began, np.datetime64("2012-01-01"))
    day = np.maximum(earliest + ((latest - earliest).astype(int) * rng.random(size)).astype("timedelta64[D]"), began)
    ends = np.where(~np.isnat(death), death, np.where(retired, book.of_person("retired_on"), np.datetime64("NaT")))
    firm = book.records["employer"].to_numpy()
    named = book.text("w_employer") != ""
    code = book.county.employers["credit_code"].to_numpy().astype("U18")[np.maximum(firm, 0)]
    place = np.array(list(DIVISIONS.values()))[np.searchsorted(np.array(list(DIVISIONS)), book.text("division"))]
    grade = np.where(rng.random(size) < 0.45, "", choose(rng, np.array(list("十九八七六五四三二一")), size, 1.2))
    state = np.where(np.isnat(ends), np.where(rng.random(size) < 0.05, "停保", "在保"), "退保")
    sex = np.select([book.text("w_sex") == "1", book.text("w_sex") == "2"], ["男", "女"], "")
    return blank_to_null(pl.DataFrame({
        "工伤编号": case_numbers(day.astype("datetime64[Y]").astype(int) + 1970, book.records["at"].to_numpy()), "姓名": book.text("w_name"), "性别": sex,
        "出生日期": typed_dates(book.text("w_birth"), rng), "公民身份号码": book.text("w_number"), "联系电话": book.text("w_phone"),
        "家庭住址": book.text("w_address"),
        "单位名称": book.text("w_employer"), "统一社会信用代码": np.where(named, code, ""), "所在区县": place, "险种": np.full(size, "410"), "状态": state,
        "开始日期": iso(began), "终止日期": iso(ends), "事故日期": iso(day), "受伤部位": choose(rng, words("injuries"), size, 0.3),
        "伤残等级": np.where(grade == "", "", concat(grade, "级")), "认定结论": np.where(rng.random(size) < 0.97, "认定工伤", "视同工伤"),
        "备注": np.full(size, ""),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def payments(book: Book, persons: pl.DataFrame, start: int) -> pl.DataFrame:
    """Write up to four payments to each of these persons who lives, numbered from `start`."""
    rng = book.rng
    alive = np.isnat(book.county.people["death"].to_numpy()[persons["_person"].to_numpy()])
    row = np.repeat(np.arange(persons.height), np.where(alive, rng.integers(0, 5, persons.height), 0))
    accident: Days = persons["事故日期"].to_numpy().astype("datetime64[D]")[row]
    begins = np.minimum(accident + rng.integers(1, 200, len(row)).astype("timedelta64[D]"), DAY0 - np.timedelta64(15, "D"))
    ends = np.minimum(begins + rng.integers(3, 90, len(row)).astype("timedelta64[D]"), DAY0 - np.timedelta64(10, "D"))
    paid = np.minimum(ends + rng.integers(3, 40, len(row)).astype("timedelta64[D]"), DAY0)
    item = rng.choice(["医疗费", "伤残补助金", "停工留薪", "伤残津贴"], size=len(row), p=[0.5, 0.15, 0.25, 0.10])
    return pl.DataFrame({
        "支付编号": concat("ZF", digits(10000001 + start + np.arange(len(row)), 8)), "工伤编号": persons["工伤编号"].to_numpy()[row].astype("U12"),
        "项目": item,
        "所属期": iso(ends).astype("U7"), "开始日期": iso(begins), "终止日期": iso(ends), "金额": np.round(np.exp(rng.normal(7.6, 0.8, len(row))), 2),
        "支付日期": iso(paid), "银行账号": numbers.accounts(rng, persons.height)[row], "_person": persons["_person"].to_numpy()[row],
    })  # fmt: skip
