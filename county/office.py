"""The day's work at the desks: contributions and benefits booked, numbers put right, rows withdrawn, a bad change made and an older one mended."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from county import faults
from county.books import medical, pension, tax, work_injury
from county.day import Day, next_number
from county.facts import STOPPED_SINCE, base_of
from county.layout import KEYS
from county.lives import month_text
from county.tables import date_text, digits
from county.truth import key_text

MENDED_AFTER = 3
"""Days a bad change stands before it is put right."""


def work_a_day(day: Day) -> None:
    """Do the day's bookings, corrections, withdrawals and mistakes."""
    mend(day)
    collect(day)
    post(day)
    if str(day.date)[8:] == "10":
        pay_pensions(day)
    pay_others(day)
    put_right(day)
    withdraw(day)
    spoil(day)


def collect(day: Day) -> None:
    """Write the tax bureau's file of the day."""
    lines = tax.day_lines(day.county, day.roll, day.date, day.rng)
    day.add("tax", "lines", lines.with_columns(pl.col(pl.Utf8).exclude("_day").replace("", None)))


def post(day: Day) -> None:
    """Book the pension contributions of the employers whose day it is for those enrolled and paying."""
    month = day.date.astype("datetime64[M]") - 1
    due = np.flatnonzero(tax.employer_days(day.county) == int(str(day.date)[8:]))
    stopped = day.employers["stopped"].to_numpy()[due] & bool(month >= STOPPED_SINCE)
    codes = pension.employer_codes(due[~stopped])
    enrolled = day.tables["pension"]["ac02"].filter(
        pl.col("aab001").is_in(codes.tolist()) & pl.col("aae140").is_in(["110", "120"]) & (pl.col("aac031") == "1") & (pl.col("_fault") == "")
    )
    person = enrolled["_person"].to_numpy()
    alive = np.isnat(day.of_people("death")[person])
    enrolled, person = enrolled.filter(pl.Series(alive)), person[alive]
    if not enrolled.height:
        return
    months = np.full(enrolled.height, month)
    base = base_of(day.of_people("pay")[person], months)
    employer = enrolled["aab001"].cast(pl.Int64).to_numpy() - 52000000
    text = {name: enrolled[name].to_numpy().astype(np.str_) for name in ("aac001", "aae140", "aab301")}
    frame = pension.lines(text["aac001"], employer, text["aae140"], months, base, text["aab301"], person, day.rng)
    first = next_number(day.tables["pension"]["ac43"], "aaz223")
    day.add("pension", "ac43", frame.with_columns(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("aaz223"), pl.lit(day.text_date()).alias("aae079"), pl.lit("10").alias("aaa115"),
        pl.lit(None, dtype=pl.Int64).alias("bae223"),
    ))  # fmt: skip


def pay_pensions(day: Day) -> None:
    """Pay this month's pensions to all who drew last month's and are not known to be dead."""
    table = day.tables["pension"]["ac61"]
    before = month_text(np.array([day.date.astype("datetime64[M]") - 1]))[0]
    dead = day.tables["pension"]["ac01"].filter(pl.col("aac008") == "2").select("aac001")
    drawn = table.filter((pl.col("aae002") == str(before)) & (pl.col("aaa036") != "9001") & (pl.col("_fault") == "")).join(
        dead, on="aac001", how="anti", maintain_order="left"
    )
    first = next_number(table, "aaz220")
    day.add("pension", "ac61", drawn.with_columns(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("aaz220"), pl.lit(day.text_date()[:6]).alias("aae002"),
        pl.lit(day.text_date()).alias("bae040"),
    ))  # fmt: skip


def pay_others(day: Day) -> None:
    """Settle the day's medical visits, and pay injured and unemployed people."""
    insured = medical.living(day.people, day.tables["medical"]["psn_info_b"].filter(pl.col("_fault") == ""))
    rows = day.draw(np.arange(insured.height), day.some(35))
    start = (next_number(day.tables["medical"]["setl_d"], "setl_id") - 520000000000000) // 11 + 1
    dates = np.full(len(rows), day.date)
    day.add("medical", "setl_d", medical.settled(day.people, insured[rows], dates, start, day.rng))
    injured = day.tables["work_injury"]["persons"].filter((pl.col("_fault") == "") & (pl.col("事故日期") < str(day.date - np.timedelta64(250, "D"))))
    chosen = injured[day.draw(np.arange(injured.height), day.some(2))]
    start = next_number(day.tables["work_injury"]["payments"], "支付编号", 2) - 10000001
    day.add("work_injury", "payments", work_injury.payments(day.book(chosen), chosen, start))
    _pay_unemployed(day)


def _pay_unemployed(day: Day) -> None:
    """Grant a last month of benefits to residents who drew before."""
    table = day.tables["unemployment"]["benefits"]
    month = month_text(np.array([day.date.astype("datetime64[M]") - 1]))[0]
    resident = pl.Series((day.of_people("line")[table["_person"].to_numpy()] == "170") & np.isnat(day.of_people("death")[table["_person"].to_numpy()]))
    paid = table.filter(pl.col("DYYM") == str(month))["GRBH"]
    fit = table.filter(resident & (pl.col("_fault") == "") & (pl.col("DYYM") < str(month)) & ~pl.col("GRBH").is_in(paid.to_list())).unique(
        "GRBH", keep="last", maintain_order=True
    )
    rows = fit[day.draw(np.arange(fit.height), day.some(4))]
    first = next_number(table, "DYBH")
    begin = f"{month}01"
    end = date_text(np.array([day.date.astype("datetime64[M]").astype("datetime64[D]") - 1]))[0]
    day.add("unemployment", "benefits", rows.with_columns(
        DYBH=pl.Series(digits(first + np.arange(rows.height), 12)), DYYM=pl.lit(str(month)), KSRQ=pl.lit(begin), JSRQ=pl.lit(str(end)),
        FFRQ=pl.lit(day.text_date()),
    ))  # fmt: skip


def put_right(day: Day) -> None:
    """Write missing or wrong numbers rightly; the tax bureau takes some payers' papers over anew."""
    right = pl.Series(day.of_people("number"))
    for source, stream, column in (("pension", "ac01", "aac002"), ("medical", "psn_info_b", "certno")):
        table = day.tables[source][stream]
        wrong = (table[column].fill_null("") != right.gather(table["_person"].to_numpy())) & pl.Series(
            day.of_people("second_number")[table["_person"].to_numpy()] == ""
        )
        rows = np.intersect1d(day.free(source, stream), np.flatnonzero(wrong.to_numpy()))
        rows = day.draw(rows, day.some(3))
        day.change(source, stream, rows, {column: right.gather(table["_person"].to_numpy()[rows]).to_numpy()}, "corrected")
    person = day.roll["person"].to_numpy()
    wrong = (day.roll["w_number"].to_numpy() != day.of_people("number")[person]) | (day.roll["w_name"].to_numpy() != day.of_people("name")[person])
    wrong &= (day.of_people("second_number")[person] == "") & (day.of_people("shares_number_with")[person] < 0)
    here = day.draw(np.flatnonzero(wrong), day.some(1.5))
    day.roll = day.roll.with_columns(
        day.roll["w_number"].scatter(here, day.of_people("number")[person[here]].tolist()),
        day.roll["w_name"].scatter(here, day.of_people("name")[person[here]].tolist()),
    )


def withdraw(day: Day) -> None:
    """Delete rows that should not be there: second registrations, ended enrolments, catalogue lines; never one that others refer to."""
    pension_tables, medical_tables = day.tables["pension"], day.tables["medical"]
    used = [pension_tables[t].filter(pl.col("aac031") != "2") if t == "ac02" else pension_tables[t] for t in ("ac02", "ac43", "ac61")]
    spare = ~pl.col("aac001").is_in(pl.concat([t["aac001"].cast(pl.Utf8) for t in used]).unique().drop_nulls().implode())
    rows = day.draw(day.free("pension", "ac01", spare & (pl.col("aac008") == "1")), day.some(1))
    codes = pension_tables["ac01"]["aac001"].gather(rows).to_list()
    day.delete("pension", "ac02", np.flatnonzero(pension_tables["ac02"]["aac001"].is_in(codes).fill_null(value=False).to_numpy()))
    day.delete("pension", "ac01", rows)
    day.delete(
        "pension",
        "ac02",
        day.draw(day.free("pension", "ac02", (pl.col("aac008") == "4") & (pl.col("aae030") < "20230101") & (pl.col("aac031") == "3")), day.some(0.5)),
    )
    idle = ~pl.col("psn_no").is_in(medical_tables["setl_d"]["psn_no"].unique().drop_nulls().implode())
    rows = day.draw(day.free("medical", "psn_info_b", idle & (pl.col("surv_stas") == "1")), day.some(1))
    codes = medical_tables["psn_info_b"]["psn_no"].gather(rows).to_list()
    day.delete("medical", "psn_insu_d", np.flatnonzero(medical_tables["psn_insu_d"]["psn_no"].is_in(codes).fill_null(value=False).to_numpy()))
    day.delete("medical", "psn_info_b", rows)
    for source, stream, key, children, count in (("work_injury", "persons", "工伤编号", "payments", 0.2), ("unemployment", "persons", "GRBH", "benefits", 0.3)):
        lone = ~pl.col(key).is_in(day.tables[source][children][key].unique().drop_nulls().implode())
        day.delete(source, stream, day.draw(day.free(source, stream, lone), day.some(count)))
    day.delete("archive_room", "items", day.draw(day.free("archive_room", "items", pl.col("分类号") != "HD"), day.some(0.4)))
    day.delete("police", "register", day.draw(day.free("police", "register", pl.col("户籍状态") == "2"), day.some(0.5)))


def spoil(day: Day) -> None:
    """Change a good row badly in every department that has rows to change; the good version is written down."""
    for source, spec in faults.plan()["daily"].items():
        stream, column = spec["stream"], next(iter(spec["set"]))
        rows = day.draw(day.free(source, stream, pl.col(column).is_not_null()), max(1, day.some(1)))
        if not len(rows):
            continue
        table = day.tables[source][stream]
        listed = table[rows].select(
            pl.lit(source).alias("source"), pl.lit(stream).alias("stream"), key_text(KEYS[source][stream]).alias("key"), pl.lit(day.number,
            dtype=pl.Int64).alias("day"),
            pl.lit("bad_update").alias("fault"), pl.lit(column).alias("column"), pl.lit(spec["reason"]).alias("reason"), pl.lit(value=True).alias("update"),
            pl.Series("good", [json.dumps({column: value}, ensure_ascii=False) for value in table[column].gather(rows).to_list()]),
            pl.lit(None, dtype=pl.Int64).alias("repaired_day"),
        )  # fmt: skip
        day.change(source, stream, rows, {**spec["set"], "_fault": "update"}, "spoilt")
        day.faults = pl.concat([day.faults, listed])


def mend(day: Day) -> None:
    """Put the bad changes of three days ago right."""
    due = day.faults.filter(pl.col("update") & (pl.col("day") == day.number - MENDED_AFTER) & pl.col("repaired_day").is_null())
    for source, stream, key, good in due.select("source", "stream", "key", "good").iter_rows():
        table = day.tables[source][stream]
        rows = np.flatnonzero((table.select(key_text(KEYS[source][stream])).to_series() == key).to_numpy() & (table["_fault"] == "update").to_numpy())
        day.change(source, stream, rows, {**json.loads(good), "_fault": ""}, "mended")
    mended = pl.col("update") & (pl.col("day") == day.number - MENDED_AFTER) & pl.col("repaired_day").is_null()
    day.faults = day.faults.with_columns(pl.when(mended).then(day.number).otherwise(pl.col("repaired_day")).cast(pl.Int64).alias("repaired_day"))
