"""The medical platform: psn_info_b persons, insu_emp_info_b employers, psn_insu_d enrolments, setl_d settlements (NHSA-style names)."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.facts import Book, blank_to_null, iso, stamp_text, stamps
from county.tables import DAY0, Text, choose, concat, digits, words

KINDS = {"enterprise": "1", "institution": "2", "government": "3", "other": "9"}


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the four tables."""
    persons, enrolments = _persons(book), _enrolments(book)
    return {"psn_info_b": persons, "insu_emp_info_b": _employers(book), "psn_insu_d": enrolments, "setl_d": settlements(book, persons, 550, 0.35)}


def person_numbers(at: NDArray[Any]) -> Text:
    """Give the person number of the n-th registration."""
    return concat("52", digits(10000000000 + np.asarray(at) * 13, 11))


def employer_numbers(employer: NDArray[Any]) -> Text:
    """Give the platform's number of an employer; blank for none."""
    return np.where(np.asarray(employer) < 0, "", concat("E", digits(1000000 + np.maximum(employer, 0) * 3, 7)))


def _persons(book: Book) -> pl.DataFrame:
    rng, size = book.rng, book.records.height
    dead = ~np.isnat(book.of_person("death")) & (rng.random(size) < 0.7)
    alive = np.where(rng.random(size) < 0.02, "9", "1")
    frame = pl.DataFrame({
        "psn_no": person_numbers(book.records["at"].to_numpy()), "psn_cert_type": book.text("document"), "certno": book.text("w_number"),
        "psn_name": book.text("w_name"), "gend": book.text("w_sex"), "naty": book.text("ethnic"), "brdy": book.text("w_birth"), "tel": book.text("w_phone"),
        "addr": book.text("w_address"), "emp_no": employer_numbers(book.records["w_employer_at"].to_numpy()), "surv_stas": np.where(dead, "2", alive),
        "admdvs": book.text("division"), "vali_flag": np.full(size, "1"), "updt_time": stamp_text(stamps(rng, size)),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    })  # fmt: skip
    return blank_to_null(pl.concat([frame, _struck_off(frame, rng)]))


def _struck_off(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add rows the platform itself struck off: copies under a number nobody uses."""
    here = np.sort(rng.choice(frame.height, size=max(1, frame.height // 250), replace=False))
    copies = frame[here]
    return copies.with_columns(
        pl.Series("psn_no", person_numbers(frame.height + 500_000 + np.arange(len(here)))), pl.lit("0").alias("vali_flag"), pl.lit(-1, dtype=pl.Int64).alias("_record")
    )


def _employers(book: Book) -> pl.DataFrame:
    firms = book.county.employers
    return pl.DataFrame({
        "emp_no": employer_numbers(firms["employer"].to_numpy()), "emp_name": firms["name"], "uscc": firms["credit_code"],
        "emp_type": firms["kind"].replace_strict(KINDS), "emp_addr": firms["address"], "admdvs": firms["division"],
        "updt_time": stamp_text(stamps(book.rng, firms.height)), "_person": np.full(firms.height, -1),
    })  # fmt: skip


def _enrolments(book: Book) -> pl.DataFrame:
    """Write one enrolment a registration and long-term care (their 410) for some of the employees."""
    rng, size = book.rng, book.records.height
    medical, death, double = book.of_person("medical"), book.of_person("death"), book.records["double"].to_numpy()
    ended = ~np.isnat(death)
    state = np.select([ended, double | (rng.random(size) < 0.04)], ["4", "2"], "1")
    drawing = book.of_person("retired") & (medical == "310")
    payment = np.select([state == "4", state == "2", drawing], ["2", "1", "3"], "0")
    birth = book.of_person("birth")
    child = (birth.astype("datetime64[Y]") + 2).astype("datetime64[D]")
    start = np.where(medical == "310", book.of_person("began"), np.maximum(child, np.datetime64("2008-01-01") + rng.integers(0, 8, size) * 366 // 366 * 365))
    start = np.where(ended, np.minimum(start, (death.astype("datetime64[Y]") - 1).astype("datetime64[D]")), np.minimum(start, np.datetime64("2025-09-01")))
    start = np.where(start <= birth + np.timedelta64(450, "D"), birth + np.timedelta64(460, "D"), start)
    frame = pl.DataFrame({
        "psn_no": person_numbers(book.records["at"].to_numpy()), "emp_no": np.where(medical == "310", employer_numbers(book.records["employer"].to_numpy()), ""),
        "insutype": medical, "psn_insu_stas": state, "clct_stas": payment, "psn_insu_date": iso(start), "paus_insu_date": iso(np.where(ended, death, np.datetime64("NaT"))),
        "insu_admdvs": book.text("division"), "_person": book.records["person"].to_numpy(),
    })  # fmt: skip
    care = frame.filter(pl.Series((medical == "310") & ~ended & ~double & (rng.random(size) < 0.12)))
    care = care.with_columns(pl.lit("410").alias("insutype"), pl.max_horizontal("psn_insu_date", pl.lit("2021-01-01")).alias("psn_insu_date"))
    whole = pl.concat([frame, care])
    key = pl.Series("psn_insu_rlts_id", digits(52000000000000 + np.arange(whole.height) * 17, 14))
    return blank_to_null(whole.select(key, pl.all().exclude("_person"), pl.Series("updt_time", stamp_text(stamps(rng, whole.height))), "_person"))


def settlements(book: Book, persons: pl.DataFrame, days: int, share: float) -> pl.DataFrame:
    """Write what the fund paid for these persons in the last `days` days: each of a `share` of them came several times."""
    rng = book.rng
    alive = persons.filter(pl.col("surv_stas") != "2", pl.col("vali_flag") == "1")
    people = book.county.people
    living = np.isnat(people["death"].to_numpy()[alive["_person"].to_numpy()])
    here = np.flatnonzero(living & (rng.random(alive.height) < share))
    row = np.repeat(here, rng.geometric(0.25, len(here)))
    medical = people["medical"].to_numpy()[alive["_person"].to_numpy()[row]]
    visit = rng.choice(["11", "14", "21", "52"], size=len(row), p=[0.62, 0.2, 0.16, 0.02])
    begins = DAY0 - rng.integers(12, days, len(row)).astype("timedelta64[D]")
    ends = begins + np.where(np.isin(visit, ("21", "52")), rng.integers(2, 15, len(row)), 0).astype("timedelta64[D]")
    settled = np.minimum(ends + rng.integers(0, 3, len(row)).astype("timedelta64[D]"), DAY0)
    total = np.round(np.exp(rng.normal(np.where(np.isin(visit, ("21", "52")), 8.6, 5.3), 0.7)), 2)
    second = rng.integers(8 * 3600, 18 * 3600, len(row)).astype("timedelta64[s]")
    stamp = stamp_text(settled.astype("datetime64[s]") + second)
    return pl.DataFrame({
        "setl_id": digits(520000000000000 + np.arange(len(row)) * 11, 15), "psn_no": alive["psn_no"].to_numpy()[row].astype("U13"), "insutype": medical,
        "med_type": visit, "dise_name": np.where(visit == "52", "顺产", choose(rng, words("diagnoses"), len(row), 0.5)),
        "fixmedins_name": choose(rng, words("hospitals"), len(row), 0.5), "begndate": iso(begins), "enddate": iso(ends), "clr_ym": np.strings.replace(iso(settled).astype("U7"), "-", ""),
        "medfee_sumamt": total, "fund_pay_sumamt": np.round(total * rng.uniform(0.3, 0.85, len(row)), 2), "setl_time": stamp, "setl_date": iso(settled),
        "insu_admdvs": alive["admdvs"].to_numpy()[row].astype("U6"), "updt_time": stamp, "_person": alive["_person"].to_numpy()[row],
    })  # fmt: skip
