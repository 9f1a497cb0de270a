"""What happened to the people: employers, careers, insurance lines, deaths, changed names, and the few irregular numbers.

`live` adds columns to the population; whoever builds a system only asks these columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import names, numbers
from county.people import HEAD, addresses
from county.tables import DAY0, DIVISIONS, Text, concat, date_text

TWO_NUMBERS = 0.0005
ONE_NUMBER = 0.0003
NAME_CHANGES = 0.01
YEAR = 365.2425

Days = NDArray[np.datetime64]


PLANTS = {"dead_but_paid": 12, "paid_twice_area": 8, "paid_twice_line": 8, "employed_unemployed": 10, "archive_missing": 15, "coverage_gap": 20}
"""Findings for analysts that hang on a person: how many a county of 20,000 has (`two_numbers` and `one_number` are drawn with the numbers)."""

STOPPED_EMPLOYERS = 4
"""Employers of a county of 20,000 that no longer pay while their people are enrolled."""


def scaled(count: int, people: int, least: int = 1) -> int:
    """Give a count meant for 20,000 people for a county of another size."""
    return max(least, round(count * people / 20000))


@dataclass(frozen=True)
class County:
    """People and employers, all the truth the systems are made from."""

    people: pl.DataFrame
    employers: pl.DataFrame


def live(people: pl.DataFrame, rng: np.random.Generator) -> County:
    """Add careers, insurance lines, deaths, name changes and irregular numbers to the population."""
    employers = _employers(max(people.height // 45, 8), rng)
    people = _irregular_numbers(people, rng)
    death = _deaths(people["birth"].to_numpy(), rng)
    people = people.with_columns(
        pl.Series("death", death),
        pl.Series("former_name", _former_names(people, rng)),
        pl.Series("renamed_at", rng.random(people.height)),
        pl.Series("rephoned_at", rng.random(people.height)),
        **{name: pl.Series(values) for name, values in _careers(people, employers, death, rng).items()},
    )
    return County(people.with_columns(pl.Series("plant", _plants(people, rng))), employers)


def _plants(people: pl.DataFrame, rng: np.random.Generator) -> Text:
    """Choose the persons of the planted findings, each of one kind only and of nothing irregular besides."""
    dead, retired, works = people["death"].to_numpy(), people["retired"].to_numpy(), people["works"].to_numpy()
    line, began, since = people["line"].to_numpy(), people["began"].to_numpy(), people["retired_on"].to_numpy()
    plain = (people["document"].to_numpy() == "01") & (people["second_number"].to_numpy() == "") & (people["shares_number_with"].to_numpy() < 0)
    recent = np.datetime64("2024-10-01")
    pensioner = plain & retired & np.isin(line, ("110", "120")) & np.isnat(dead) & (since < recent)
    fit = {
        "dead_but_paid": plain & retired & (dead < DAY0 - np.timedelta64(120, "D")) & (since < recent),
        "paid_twice_area": pensioner,
        "paid_twice_line": pensioner,
        "employed_unemployed": plain & works & (line == "110") & (began < recent),
        "archive_missing": pensioner,
        "coverage_gap": plain & works & (line == "110") & (began < np.datetime64("2023-01-01")),
    }
    plant = np.full(people.height, "", dtype="U20")
    for kind, count in PLANTS.items():
        possible = np.flatnonzero(fit[kind] & (plant == ""))
        plant[rng.choice(possible, size=min(len(possible), scaled(count, people.height)), replace=False)] = kind
    return plant


def _employers(count: int, rng: np.random.Generator) -> pl.DataFrame:
    kind = rng.choice(["enterprise", "institution", "government", "other"], size=count, p=[0.82, 0.08, 0.05, 0.05])
    codes, called = np.array(list(DIVISIONS)), np.array(list(DIVISIONS.values()))
    at = rng.choice(len(codes), size=count, p=[0.36, 0.24, 0.15, 0.11, 0.14])
    place = np.where(rng.random(count) < 0.4, "清江市", called[at])
    full, short = names.employer_names(rng, place, kind)
    _, first = np.unique(full, return_index=True)
    again = np.ones(count, dtype=bool)
    again[first] = False
    mark = concat("（", (np.arange(count) % 89 + 2).astype(np.str_), "分部）")
    full, short = np.where(again, concat(full, mark), full), np.where(again, concat(short, mark), short)
    weight = 1.0 / rng.permutation(np.arange(3, count + 3)) ** 0.7
    stopped = np.zeros(count, dtype=bool)
    small = np.flatnonzero((kind == "enterprise") & (weight < np.median(weight)))
    stopped[rng.choice(small, size=min(len(small), scaled(STOPPED_EMPLOYERS, count * 45)), replace=False)] = True
    return pl.DataFrame({
        "employer": np.arange(count), "name": full, "short": short, "kind": kind, "division": codes[at], "stopped": stopped,
        "credit_code": numbers.credit_codes(rng, codes[at]), "address": addresses(rng, called[at]), "weight": weight / weight.sum(),
    })  # fmt: skip


def _deaths(birth: Days, rng: np.random.Generator) -> Days:
    """Draw deaths of the last six years, ever likelier with age (Gompertz)."""
    age = (DAY0 - birth).astype(int) / YEAR
    dies = rng.random(len(birth)) < np.minimum(6 * 0.0004 * np.exp(0.085 * (age - 25)), 0.85)
    dies &= age > 7
    day = DAY0 - rng.integers(12, 6 * 365, len(birth)).astype("timedelta64[D]")
    return np.where(dies, day, np.datetime64("NaT", "D"))


def _former_names(people: pl.DataFrame, rng: np.random.Generator) -> Text:
    birth_year = people["birth"].dt.year().to_numpy()
    other = names.given_names(rng, birth_year, people["male"].to_numpy())
    surname = people["surname"].to_numpy().astype(np.str_)
    changed = (rng.random(people.height) < NAME_CHANGES) & (people["ethnic"].to_numpy() == "01")
    return np.where(changed, concat(surname, other), "")


def _careers(people: pl.DataFrame, employers: pl.DataFrame, death: Days, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Give the pension line, when it began, whether a pension is drawn and since when, the employer, the medical line, the pay of 2025."""
    size = people.height
    birth, male = people["birth"].to_numpy(), people["male"].to_numpy()
    age = (DAY0 - birth).astype(int) / YEAR
    chance = rng.random(size)
    bands = [age < 17, age < 24, age < 60]
    employee = np.select(bands, [0.0, 0.22, 0.40], 0.24)
    civil = np.select(bands, [0.0, 0.02, 0.08], 0.07)
    resident = np.select(bands, [0.0, 0.15, 0.30], 0.52)
    line = np.select([chance < employee, chance < employee + civil, chance < employee + civil + resident], ["110", "120", "170"], "")
    retires_at = np.where((line == "170") | male, 60.0, 55.0)
    since = birth + np.round(retires_at * YEAR + 20).astype("timedelta64[D]")
    began = _first_months(birth, line, since, rng)
    since = np.maximum(since, began + np.timedelta64(31, "D"))  # residents older than their insurance draw from its first month
    lived = np.isnat(death) | (death > began + np.timedelta64(400, "D"))
    line = np.where(lived, line, "")
    line = np.where((people["document"].to_numpy() != "01") & (line != "110"), "", line)
    retired = (line != "") & (age >= retires_at + 0.1) & (np.isnat(death) | (death > since + np.timedelta64(40, "D")))
    employed = np.isin(line, ("110", "120"))
    at = _workplaces(employers, line, rng)
    medical_chance = rng.random(size)
    medical = np.where(employed & (medical_chance < 0.93), "310", np.where(~employed & (medical_chance < 0.58), "390", ""))
    works = employed & ~retired & np.isnat(death)
    pay = np.round(np.clip(np.exp(rng.normal(8.75, 0.42, size)), 4087, 20437) / 10) * 10
    return {
        "age": age, "line": line, "retired": retired, "retired_on": since, "began": began, "employer": np.where(employed, at, -1), "works": works,
        "medical": medical, "pay": pay,
    }  # fmt: skip


def _first_months(birth: Days, line: Text, retires: Days, rng: np.random.Generator) -> Days:
    """Draw the first day of insurance: a first of a month, aged 17 to 30, not before the line existed or less than two years before an employee retires."""
    first = birth + np.round((16.5 + 12 * rng.random(len(birth)) ** 2) * YEAR).astype("timedelta64[D]")
    opened = np.where(line == "170", np.datetime64("2010-01-01"), np.where(line == "120", np.datetime64("1996-01-01"), np.datetime64("1993-01-01")))
    opened = opened + rng.integers(0, 900, len(birth)).astype("timedelta64[D]")
    latest = np.maximum(birth + np.round(16.4 * YEAR).astype("timedelta64[D]"), DAY0 - np.timedelta64(200, "D"))
    start = np.minimum(np.maximum(first, opened), latest)
    start = np.where(line == "170", start, np.minimum(start, retires - np.timedelta64(730, "D")))  # service before the reform counts
    month: Days = start.astype("datetime64[M]")
    return month.astype("datetime64[D]")


def _workplaces(employers: pl.DataFrame, line: Text, rng: np.random.Generator) -> NDArray[np.int64]:
    public = np.isin(employers["kind"].to_numpy(), ("institution", "government"))
    weight = employers["weight"].to_numpy()
    at = np.zeros(len(line), dtype=np.int64)
    for here, possible in ((line == "120", public), (line != "120", ~public)):
        choice = np.flatnonzero(possible) if possible.any() else np.arange(len(weight))
        share = weight[choice] / weight[choice].sum()
        at[here] = choice[rng.choice(len(choice), size=int(here.sum()), p=share)]
    return at


def _irregular_numbers(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Give a few people a second valid number with another birth date (一人多号), and a few pairs one number (重号)."""
    number, birth = people["number"].to_numpy().astype("U18"), people["birth"].to_numpy().copy()
    fit = (people["document"].to_numpy() == "01") & (people["twin"].to_numpy() < 0)
    age = (DAY0 - birth).astype(int) / YEAR
    second, second_birth = np.full(people.height, "", dtype="U18"), birth.copy()
    adults = np.flatnonzero(fit & (age > 25) & (age < 75))
    here = rng.choice(adults, size=min(len(adults), max(2, round(TWO_NUMBERS * people.height))), replace=False)
    shift = rng.integers(200, 1200, len(here)) * rng.choice([-1, 1], len(here))
    second_birth[here] = birth[here] + shift.astype("timedelta64[D]")
    area = number[here].astype("U6")
    second[here] = numbers.identity_numbers(area, second_birth[here], rng.integers(450, 495, len(here)) * 2 + people["male"].to_numpy()[here])
    one, two = _near_pairs(people, fit & (second == ""), max(1, round(ONE_NUMBER * people.height / 2)), rng)
    birth[two], number[two] = birth[one], number[one]
    shares = np.full(people.height, -1)
    shares[one], shares[two] = two, one
    return people.with_columns(
        pl.Series("number", number), pl.Series("birth", birth), pl.Series("second_number", second),
        pl.Series("second_birth", np.where(second == "", birth, second_birth)), pl.Series("shares_number_with", shares),
    )  # fmt: skip


def _near_pairs(people: pl.DataFrame, fit: NDArray[np.bool_], count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find strangers of one sex, one number area and almost one age; the second of a pair is nobody's namesake."""
    area = people["number"].to_numpy().astype("U6")
    male, birth, home = people["male"].to_numpy(), people["birth"].to_numpy(), people["household"].to_numpy()
    role = people["role"].to_numpy()
    crowd = people.select(pl.struct("name", "birth").is_duplicated()).to_series().to_numpy()
    order = np.flatnonzero(fit & ~crowd & (role != HEAD))
    order = order[np.lexsort((birth[order], male[order], area[order]))]
    one, two = order[:-1:2], order[1::2][: len(order[:-1:2])]
    good = (area[one] == area[two]) & (male[one] == male[two]) & (home[one] != home[two]) & (np.abs((birth[one] - birth[two]).astype(int)) < 120)
    picked = rng.permutation(np.flatnonzero(good))[:count]
    return one[picked], two[picked]


def months_between(first: Days, last: Days) -> NDArray[np.int64]:
    """Count months from the month of `first` to the month of `last`."""
    return last.astype("datetime64[M]").astype(np.int64) - first.astype("datetime64[M]").astype(np.int64)


def month_text(month: NDArray[np.datetime64]) -> Text:
    """Write months as `YYYYMM`."""
    return date_text(month.astype("datetime64[D]")).astype("U6")


def month_number(month: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Write months as whole numbers `YYYYMM`."""
    count = month.astype("datetime64[M]").astype(np.int64)
    return (1970 + count // 12) * 100 + count % 12 + 1
