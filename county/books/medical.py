"""The medical platform: psn_info_b persons, insu_emp_info_b employers, psn_insu_d enrolments, setl_d settlements (NHSA-style names)."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.facts import Book, Days, blank_to_null, iso, stamp_text, stamps
from county.tables import DAY0, Text, choose, concat, digits, replaced, words

KINDS = {"enterprise": "1", "institution": "2", "government": "3", "other": "9"}


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the four tables."""
    persons = registered(book)
    struck = _struck_off(persons, book.rng)
    enrolments = _enrolments(book)
    return {"psn_info_b": pl.concat([persons, struck]), "insu_emp_info_b": _employers(book), "psn_insu_d": enrolments, "setl_d": _settlements(book, persons)}


def person_numbers(at: NDArray[Any]) -> Text:
    """Give the person number of the n-th registration."""
    return concat("52", digits(10000000000 + np.asarray(at) * 13, 11))


def employer_numbers(employer: NDArray[Any]) -> Text:
    """Give the platform's number of an employer; blank for none."""
    return np.where(np.asarray(employer) < 0, "", concat("E", digits(1000000 + np.maximum(employer, 0) * 3, 7)))


def registered(book: Book) -> pl.DataFrame:
    """Write the rows of registered persons, numbered by `at`."""
    rng, size = book.rng, book.records.height
    dead = ~np.isnat(book.of_person("death")) & (rng.random(size) < 0.7)
    alive = np.where(rng.random(size) < 0.02, "9", "1")
    return blank_to_null(pl.DataFrame({
        "psn_no": person_numbers(book.records["at"].to_numpy()), "psn_cert_type": book.text("document"), "certno": book.text("w_number"),
        "psn_name": book.text("w_name"), "gend": book.text("w_sex"), "naty": book.text("ethnic"), "brdy": book.text("w_birth"), "tel": book.text("w_phone"),
        "addr": book.text("w_address"), "emp_no": employer_numbers(book.records["w_employer_at"].to_numpy()), "surv_stas": np.where(dead, "2", alive),
        "admdvs": book.text("division"), "vali_flag": np.full(size, "1"), "updt_time": stamp_text(stamps(rng, size)),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def _struck_off(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add rows the platform itself struck off: copies under a number nobody uses."""
    here = np.sort(rng.choice(frame.height, size=max(1, frame.height // 250), replace=False))
    copies = frame[here]
    return copies.with_columns(
        pl.Series("psn_no", person_numbers(frame.height + 500_000 + np.arange(len(here)))),
        pl.lit("0").alias("vali_flag"),
        pl.lit(-1, dtype=pl.Int64).alias("_record"),
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
    year = (np.datetime64("2008", "Y") + rng.integers(0, 8, size).astype("timedelta64[Y]")).astype("datetime64[D]")
    start = np.where(medical == "310", book.of_person("began"), np.maximum(child, year))
    start = np.where(ended, np.minimum(start, (death.astype("datetime64[Y]") - 1).astype("datetime64[D]")), np.minimum(start, np.datetime64("2025-09-01")))
    start = np.where(start <= birth + np.timedelta64(450, "D"), birth + np.timedelta64(460, "D"), start)
    frame = pl.DataFrame({
        "psn_no": person_numbers(book.records["at"].to_numpy()), "emp_no": np.where(medical == "310", employer_numbers(book.records["employer"].to_numpy()),
        ""),
        "insutype": medical, "psn_insu_stas": state, "clct_stas": payment, "psn_insu_date": iso(start), "paus_insu_date": iso(np.where(ended, death,
        np.datetime64("NaT"))),
        "insu_admdvs": book.text("division"), "_person": book.records["person"].to_numpy(),
    })  # fmt: skip
    care = frame.filter(pl.Series((medical == "310") & ~ended & ~double & (rng.random(size) < 0.12)))
    care = care.with_columns(pl.lit("410").alias("insutype"), pl.max_horizontal("psn_insu_date", pl.lit("2021-01-01")).alias("psn_insu_date"))
    whole = pl.concat([frame, care])
    key = pl.Series("psn_insu_rlts_id", digits(52000000000000 + np.arange(whole.height) * 17, 14))
    return blank_to_null(whole.select(key, pl.all().exclude("_person"), pl.Series("updt_time", stamp_text(stamps(rng, whole.height))), "_person"))


def _settlements(book: Book, persons: pl.DataFrame) -> pl.DataFrame:
    """Write the settlements of eighteen months: a third of the insured came, most of them several times."""
    rng = book.rng
    insured = living(book.county.people, persons)
    here = np.flatnonzero(rng.random(insured.height) < 0.35)
    row = np.repeat(here, rng.geometric(0.25, len(here)))
    return settled(book.county.people, insured[row], DAY0 - rng.integers(0, 540, len(row)).astype("timedelta64[D]"), 0, rng)


def living(people: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Keep the registrations in force of those who live, both by the platform's books and in truth."""
    alive = persons.filter(pl.col("surv_stas") != "2", pl.col("vali_flag") == "1", pl.col("_record") >= 0)
    return alive.filter(pl.Series(np.isnat(people["death"].to_numpy()[alive["_person"].to_numpy()])))


def settled(people: pl.DataFrame, insured: pl.DataFrame, day: Days, start: int, rng: np.random.Generator) -> pl.DataFrame:
    """Write one settlement a row of `insured`, settled on `day`, numbered from `start`."""
    size = insured.height
    visit = rng.choice(["11", "14", "21", "52"], size=size, p=[0.62, 0.2, 0.16, 0.02])
    stays = np.isin(visit, ("21", "52"))
    ends = day - rng.integers(0, 3, size).astype("timedelta64[D]")
    begins = ends - np.where(stays, rng.integers(2, 15, size), 0).astype("timedelta64[D]")
    total = np.round(np.exp(rng.normal(np.where(stays, 8.6, 5.3), 0.7)), 2)
    stamp = stamp_text(day.astype("datetime64[s]") + rng.integers(8 * 3600, 18 * 3600, size).astype("timedelta64[s]"))
    text = {name: insured[name].to_numpy().astype(np.str_) for name in ("psn_no", "admdvs")}
    return pl.DataFrame({
        "setl_id": digits(520000000000000 + (start + np.arange(size)) * 11, 15), "psn_no": text["psn_no"],
        "insutype": people["medical"].to_numpy()[insured["_person"].to_numpy()], "med_type": visit,
        "dise_name": np.where(visit == "52", "顺产", choose(rng, words("diagnoses"), size, 0.5)), "fixmedins_name": choose(rng, words("hospitals"), size, 0.5),
        "begndate": iso(begins), "enddate": iso(ends), "clr_ym": replaced(iso(day).astype("U7"), "-", ""), "medfee_sumamt": total,
        "fund_pay_sumamt": np.round(total * rng.uniform(0.3, 0.85, size), 2), "setl_time": stamp, "setl_date": iso(day), "insu_admdvs": text["admdvs"],
        "updt_time": stamp, "_person": insured["_person"],
    })  # fmt: skip
