"""The pension centre: AC01 persons, AB01 employers, AC02 enrolments, AC43 contributions, AC61 benefits (LD/T 92 names)."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import numbers
from county.facts import FIRST_LINE, LAST_LINE, STOPPED_SINCE, Book, Days, Index, Months, base_of, blank_to_null, expand, paid_on, stamp_text, stamps
from county.lives import month_text
from county.tables import DAY0, DIVISIONS, Text, concat, date_text, digits, replaced

KINDS = {"enterprise": "10", "institution": "20", "government": "30", "other": "90"}
NEVER = np.datetime64("2100-01-01", "D")


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the five tables."""
    life = _lives(book)
    ac43 = _contributions(book, life)
    return {"ac01": _persons(book, life), "ab01": employers(book), "ac02": _enrolments(book, life), "ac43": ac43, "ac61": _benefits(book, life)}


def person_codes(at: NDArray[Any]) -> Text:
    """Give the person code of the n-th registration."""
    return digits(5200100000 + np.asarray(at) * 7, 10)


def employer_codes(employer: NDArray[Any]) -> Text:
    """Give the employer code of an employer; blank for none."""
    return np.where(np.asarray(employer) < 0, "", digits(52000000 + np.maximum(employer, 0), 8))


def _lives(book: Book) -> dict[str, NDArray[Any]]:
    """Gather what the centre knows of each registration: who draws, who pays, until when."""
    names = ("line", "began", "retired", "retired_on", "death", "works", "plant", "employer", "person", "pay")
    life = {name: book.of_person(name) for name in names}
    size = len(life["line"])
    life["double"] = book.records["double"].to_numpy()
    life["code"] = person_codes(book.records["at"].to_numpy())
    life["knows_death"] = ~np.isnat(life["death"]) & (life["plant"] != "dead_but_paid")
    life["suspended"] = life["works"] & (life["plant"] == "") & (book.rng.random(size) < 0.06)
    paying = np.isin(life["line"], ("110", "120")) & ~life["double"]
    ends = np.where(np.isnat(life["death"]), NEVER, life["death"])
    ends = np.minimum(ends, np.where(life["retired"], life["retired_on"], NEVER))
    pause = (LAST_LINE - book.rng.integers(2, 20, size).astype("timedelta64[M]")).astype("datetime64[D]")
    life["pays_until"] = np.minimum(np.where(life["suspended"], pause, ends).astype("datetime64[M]") - 1, LAST_LINE)
    life["pays"] = paying
    changed = FIRST_LINE + book.rng.integers(4, 40, size).astype("timedelta64[M]")
    moved = paying & life["works"] & (life["plant"] == "") & (book.rng.random(size) < 0.1)
    moved &= (changed > life["began"].astype("datetime64[M]") + 3) & (changed < life["pays_until"] - 3)
    life["changed"] = np.where(moved, changed, np.datetime64("NaT", "M"))
    usual = book.county.employers.filter(~pl.col("stopped"))["employer"].to_numpy()
    life["old_employer"] = np.where(moved, usual[book.rng.integers(0, len(usual), size)], life["employer"])
    life["division"] = _divisions(book, life)
    life["account"] = numbers.accounts(book.rng, size)
    return life


def _divisions(book: Book, life: dict[str, NDArray[Any]]) -> Text:
    """Give the division of each registration; a person planted as paid twice is registered in two."""
    codes = np.array(list(DIVISIONS))
    division = book.text("division")
    twice = life["double"] & (life["plant"] == "paid_twice_area")
    firsts = dict(zip(life["person"][~life["double"]].tolist(), division[~life["double"]].tolist(), strict=True))
    division[twice] = [codes[(codes.tolist().index(firsts[p]) + 1) % len(codes)] for p in life["person"][twice].tolist()]
    return division


def _persons(book: Book, life: dict[str, NDArray[Any]]) -> pl.DataFrame:
    rng, size = book.rng, len(life["code"])
    number = book.text("w_number")
    elsewhere = rng.random(size)
    dead = life["knows_death"]
    birth = replaced(book.text("w_birth"), "-", "")
    sex = np.where(book.text("w_sex") == "", np.where(rng.random(size) < 0.3, "9", ""), book.text("w_sex"))
    left = ~dead & (life["plant"] == "") & (rng.random(size) < 0.01)
    return blank_to_null(pl.DataFrame({
        "aac001": life["code"], "aaa029": book.text("document"), "aac002": np.where(elsewhere < 0.06, "", number),
        "aae135": np.where(elsewhere < 0.25, number, ""), "aac003": book.text("w_name"), "aac004": sex, "aac005": book.text("ethnic"), "aac006": birth,
        "aac008": np.where(dead, "2", np.where(left, "3", "1")), "aae005": book.text("w_phone"), "aae006": book.text("w_address"),
        "aab001": employer_codes(book.records["w_employer_at"].to_numpy()), "aae010": np.where(life["retired"], life["account"], ""),
        "aae138": np.where(dead, date_text(life["death"]), ""), "aab301": life["division"], "aae036": stamp_text(stamps(rng, size)),
        "_person": life["person"], "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def employers(book: Book) -> pl.DataFrame:
    """Write the centre's employers; one credit code in sixty was copied wrongly, as some in circulation are."""
    firms = book.county.employers
    code = firms["credit_code"].to_numpy().astype("U18")
    wrong = book.rng.random(firms.height) < 0.016
    last = np.where(np.strings.endswith(code, "7"), "8", "7")
    return blank_to_null(pl.DataFrame({
        "aab001": employer_codes(firms["employer"].to_numpy()), "aab004": firms["name"], "bab010": np.where(wrong, concat(code.astype("U17"), last), code),
        "aab019": firms["kind"].replace_strict(KINDS), "aae006": firms["address"], "aab301": firms["division"], "aae036": stamp_text(stamps(book.rng,
        firms.height)),
    }).with_columns(pl.lit(-1, dtype=pl.Int64).alias("_person")))  # fmt: skip


def _enrolments(book: Book, life: dict[str, NDArray[Any]]) -> pl.DataFrame:
    """Write one enrolment a registration, an ended one before it for those who changed employer, a resident one for those paid by two lines."""
    dead, double, retired = life["knows_death"], life["double"], life["retired"]
    moved = ~np.isnat(life["changed"])
    twice = double & (life["plant"] == "paid_twice_area")
    state = np.select([dead, life["suspended"] | (double & ~twice)], ["4", "2"], "1")
    payment = np.select([dead, state == "2", retired | twice], ["3", "2", "4"], "1")
    begins = np.where(moved, life["changed"].astype("datetime64[D]"), life["began"])
    main = _enrolment(
        life, np.arange(len(state)), life["line"], state, payment, begins, np.where(dead, life["death"], np.datetime64("NaT", "D")), life["employer"]
    )
    here = np.flatnonzero(moved)
    until = life["changed"].astype("datetime64[D]") - 1
    former = _enrolment(life, here, life["line"], np.full(len(state), "4"), np.full(len(state), "3"), life["began"], until, life["old_employer"])
    lines = np.flatnonzero((life["plant"] == "paid_twice_line") & ~double)
    nobody = np.full(len(state), -1)
    never = np.full(len(state), np.datetime64("NaT", "D"))
    start = np.maximum(life["began"], np.datetime64("2012-01-01"))
    other = _enrolment(life, lines, np.full(len(state), "170"), np.full(len(state), "1"), np.full(len(state), "4"), start, never, nobody)
    frame = pl.concat([main, former, other])
    stamp = stamp_text(stamps(book.rng, frame.height))
    key = digits(300000000000 + np.arange(frame.height) * 3, 12)
    return blank_to_null(frame.select(pl.Series("aaz159", key), pl.all().exclude("_person"), pl.Series("aae036", stamp), "_person"))


def _enrolment(life: dict[str, NDArray[Any]], here: Index, line: Text, state: Text, payment: Text, start: Days, end: Days, employer: Index) -> pl.DataFrame:
    firm = np.where(line == "170", -1, employer)
    firm = np.where(life["retired"], -1, firm)
    return pl.DataFrame({
        "aac001": life["code"][here], "aab001": employer_codes(firm)[here], "aae140": line[here], "aac008": state[here], "aac031": payment[here],
        "aae030": date_text(start)[here], "aae031": date_text(end)[here], "aab301": life["division"][here], "_person": life["person"][here],
    })  # fmt: skip


def _contributions(book: Book, life: dict[str, NDArray[Any]]) -> pl.DataFrame:
    """Write the monthly lines of employees since FIRST_LINE and the yearly ones of residents, arrears and reversals among them."""
    row, month = expand(np.where(life["pays"], np.maximum(life["began"].astype("datetime64[M]"), FIRST_LINE), LAST_LINE + 1), life["pays_until"])
    keep = ~_gap(book, life, row, month)
    row, month = row[keep], month[keep]
    before = month < life["changed"][row]
    employer = np.where(before, life["old_employer"][row], life["employer"][row])
    stopped = book.county.employers["stopped"].to_numpy()[employer] & (month >= STOPPED_SINCE)
    row, month, employer = row[~stopped], month[~stopped], employer[~stopped]
    base = base_of(life["pay"][row], month)
    monthly = lines(life["code"][row], employer, life["line"][row], month, base, life["division"][row], life["person"][row], book.rng)
    return _numbered(pl.concat([monthly, _yearly(book, life)]), book.rng)


def _gap(book: Book, life: dict[str, NDArray[Any]], row: Index, month: Months) -> NDArray[np.bool_]:
    """Mark the lines of three to eight months in the middle of the contributions of those planted with a coverage gap."""
    first = np.datetime64("2023-06", "M") + book.rng.integers(0, 12, len(life["code"])).astype("timedelta64[M]")
    length = book.rng.integers(3, 9, len(first)).astype("timedelta64[M]")
    return np.asarray((life["plant"][row] == "coverage_gap") & (month >= first[row]) & (month < (first + length)[row]))


def lines(
    code: Text, employer: Index, line: Text, month: Months, base: NDArray[np.float64], division: Text, person: Index, rng: np.random.Generator
) -> pl.DataFrame:
    """Write contribution lines of employees, one in seventy paid late as arrears."""
    late = rng.random(len(code)) < 0.014
    received = paid_on(rng, month)
    received = np.where(late, np.minimum(received + rng.integers(30, 200, len(code)).astype("timedelta64[D]"), np.maximum(received, DAY0)), received)
    return pl.DataFrame({
        "aac001": code, "aab001": employer_codes(employer), "aae140": line, "aae003": month_text(month), "aae180": base, "aae022": np.round(base * 0.08, 2),
        "aae020": np.round(base * 0.16, 2), "aaa115": np.where(late, "20", "10"), "aae079": date_text(received), "aab301": division,
        "bae223": np.full(len(code), -1), "_person": person,
    }, strict=False).with_columns(aae180=pl.col("aae180").cast(pl.Float64))  # fmt: skip


def _yearly(book: Book, life: dict[str, NDArray[Any]]) -> pl.DataFrame:
    first = np.maximum(life["began"].astype("datetime64[Y]"), np.datetime64("2016", "Y"))
    last = np.where(np.isnat(life["death"]), np.datetime64("2024", "Y"), life["death"].astype("datetime64[Y]") - 1)
    last = np.minimum(last, np.where(life["retired"], life["retired_on"].astype("datetime64[Y]") - 1, np.datetime64("2024", "Y")))
    resident = (life["line"] == "170") & ~life["double"]
    count = np.where(resident, np.maximum((last - first).astype(int) + 1, 0), 0)
    row = np.repeat(np.arange(len(first)), count)
    year = first[row] + (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)).astype("timedelta64[Y]")
    month = year.astype("datetime64[M]") + 11
    grade = np.array([100.0, 200.0, 300.0, 500.0, 1000.0, 2000.0])[book.rng.integers(0, 6, len(first))]
    frame = lines(life["code"][row], np.full(len(row), -1), life["line"][row], month, np.zeros(len(row)), life["division"][row], life["person"][row], book.rng)
    return frame.with_columns(
        aae180=pl.lit(None, dtype=pl.Float64), aae022=pl.Series(grade[row]), aae020=pl.lit(0.0), aaa115=pl.lit("10"),
        aae079=pl.Series(date_text(year.astype("datetime64[D]") + 5 * 30 + book.rng.integers(0, 180, len(row)).astype("timedelta64[D]"))),
    )  # fmt: skip


def _numbered(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Order by day received, number the lines, and reverse three in a thousand with a right line after each."""
    frame = frame.sort("aae079", "aac001", "aae003").with_columns(pl.int_range(1_000_001, 1_000_001 + pl.len(), dtype=pl.Int64).alias("aaz223"))
    wrong = frame[np.flatnonzero((rng.random(frame.height) < 0.003) & frame["aaa115"].eq("10").to_numpy() & frame["aae180"].is_not_null().to_numpy())]
    back = wrong.with_columns(
        -pl.col("aae180"), -pl.col("aae022"), -pl.col("aae020"), pl.lit("40").alias("aaa115"), pl.col("aaz223").alias("bae223"), pl.col("aaz223") + frame.height
    )
    right = wrong.with_columns(pl.col("aaz223") + 2 * frame.height)
    whole = pl.concat([frame, back, right])
    day = pl.col("aae079").str.to_date("%Y%m%d").cast(pl.Datetime("us")) + pl.duration(
        seconds=pl.lit(pl.Series(rng.integers(8 * 3600, 20 * 3600, whole.height)))
    )
    columns = ["aaz223", *[c for c in frame.columns if c not in ("aaz223", "_person")]]
    return blank_to_null(
        whole.with_columns(pl.col("bae223").replace(-1, None)).select(*columns, day.dt.to_string("%Y-%m-%d %H:%M:%S").alias("aae036"), "_person")
    )


def _benefits(book: Book, life: dict[str, NDArray[Any]]) -> pl.DataFrame:
    """Write twelve months of pensions to those who draw one, the planted double and posthumous payments among them, and funeral allowances."""
    rng = book.rng
    last_paid = DAY0.astype("datetime64[M]")
    twice_area = life["double"] & (life["plant"] == "paid_twice_area")
    draws = life["retired"] & (~life["double"] | twice_area)
    first = np.maximum(life["retired_on"].astype("datetime64[M]") + 1, last_paid - 11)
    first = np.where(twice_area, last_paid - rng.integers(2, 6, len(draws)).astype("timedelta64[M]"), first)
    last = np.where(life["knows_death"], np.minimum(life["death"], DAY0).astype("datetime64[M]"), last_paid)
    row, month = expand(np.where(draws, first, last + 1), last)
    earned = np.round(life["pay"] * 0.45 + rng.integers(200, 1500, len(draws)), 1)
    amount = np.where(life["line"] == "170", 128 + rng.integers(0, 160, len(draws)), earned)
    monthly = _payments(life, row, month, life["line"], amount)
    both = np.flatnonzero((life["plant"] == "paid_twice_line") & ~life["double"])
    start = np.full(len(draws), last_paid + 1)
    start[both] = last_paid - rng.integers(2, 6, len(both)).astype("timedelta64[M]")
    again, months = expand(start, np.full(len(draws), last_paid))
    second = _payments(life, again, months, np.full(len(draws), "170"), np.full(len(draws), 143.0))
    gone = np.flatnonzero(life["knows_death"] & life["retired"] & ~life["double"] & (life["line"] != "170"))
    funeral = _payments(life, gone, life["death"][gone].astype("datetime64[M]"), life["line"], np.full(len(draws), 8600.0))
    frame = pl.concat([monthly, second, funeral.with_columns(pl.lit("9001").alias("aaa036"))]).sort("aae002", "aac001", "aaa036")
    number = pl.int_range(500_001, 500_001 + pl.len(), dtype=pl.Int64).alias("aaz220")
    stamp = pl.col("bae040").str.replace(r"(\d{4})(\d\d)(\d\d)", "${1}-${2}-${3} 09:30:00").alias("aae036")
    return blank_to_null(frame.select(number, pl.all().exclude("_person"), stamp, "_person"))


def _payments(life: dict[str, NDArray[Any]], row: Index, month: Months, line: Text, amount: NDArray[np.float64]) -> pl.DataFrame:
    items = {"110": "1101", "120": "1201", "170": "1701"}
    frame = pl.DataFrame({
        "aac001": life["code"][row], "aae140": line[row].astype("U3"), "aaa036": line[row].astype("U3"), "aae002": month_text(month),
        "aae019": amount[row].astype(np.float64), "bae040": date_text(month.astype("datetime64[D]") + 9), "aae010": life["account"][row],
        "aab301": life["division"][row],
        "_person": life["person"][row],
    })  # fmt: skip
    return frame.with_columns(pl.col("aaa036").replace(items))
