"""Civil affairs: deaths, marriages and low-income relief, as the service gives them in JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.facts import Book, blank_to_null, iso, month_iso, stamp_text
from county.tables import DAY0, Text, concat, digits

GENDER = {"1": "M", "2": "F", "": "U"}


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the three lists."""
    parts = {key: Book(book.county, book.records.filter(pl.col("stream") == key), book.rng) for key in ("deaths", "marriages", "relief")}
    return {"deaths": _deaths(parts["deaths"]), "marriages": _marriages(parts["marriages"]), "relief": _relief(parts["relief"])}


def _gender(book: Book) -> Text:
    sex = book.text("w_sex")
    return np.select([sex == "1", sex == "2"], ["M", "F"], "U")


def _updated(days: NDArray[Any], rng: np.random.Generator) -> Text:
    return stamp_text(days.astype("datetime64[s]") + rng.integers(8 * 3600, 18 * 3600, len(days)).astype("timedelta64[s]"), "T")


def _deaths(book: Book) -> pl.DataFrame:
    rng, size = book.rng, book.records.height
    death = book.of_person("death")
    registered = np.minimum(death + rng.integers(1, 30, size).astype("timedelta64[D]"), DAY0)
    day = iso(death)
    partial = rng.random(size) < 0.03
    return blank_to_null(pl.DataFrame({
        "deathNo": concat("SW", digits(2019000000 + np.arange(size) * 7, 10)), "name": book.text("w_name"), "idNumber": book.text("w_number"),
        "gender": _gender(book),
        "birthDate": book.text("w_birth"), "deathDate": np.where(partial, day.astype("U7"), day), "registeredOn": iso(registered),
        "address": book.text("w_address"),
        "areaCode": book.text("division"), "updatedAt": _updated(registered, rng), "_person": book.records["person"].to_numpy(),
        "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def _marriages(book: Book) -> pl.DataFrame:
    man, woman = (Book(book.county, book.records.filter(pl.col("part") == part).sort("at"), book.rng) for part in ("man", "woman"))
    rng, size = book.rng, man.records.height
    adult = np.maximum(man.of_person("birth"), woman.of_person("birth")) + np.timedelta64(round(21.5 * 365.25), "D")
    last = np.where(np.isnat(man.of_person("death")), DAY0, man.of_person("death")) - np.timedelta64(40, "D")
    last = np.minimum(last, np.where(np.isnat(woman.of_person("death")), DAY0, woman.of_person("death")) - np.timedelta64(40, "D"))
    first = np.minimum(np.maximum(adult, np.datetime64("2005-01-01")), last - np.timedelta64(10, "D"))
    day = first + ((last - first).astype(int) * rng.random(size)).astype("timedelta64[D]")
    divorce = rng.random(size) < 0.2
    number = concat(np.where(divorce, "L", "J"), digits(520000000000 + np.arange(size) * 19, 12))
    columns = {
        f"{part}{title}": side.text(column) for part, side in (("man", man), ("woman", woman))
        for title, column in (("Name", "w_name"), ("IdNumber", "w_number"), ("BirthDate", "w_birth"), ("Phone", "w_phone"))
    }  # fmt: skip
    frame = {
        "regNo": number,
        "event": np.where(divorce, "divorce", "marriage"),
        "eventDate": iso(day),
        **columns,
        "areaCode": man.text("division"),
        "updatedAt": _updated(day, rng),
    }
    people = {"_person": man.records["person"].to_numpy(), "_record": man.records["record"].to_numpy()}
    other = {"_person_woman": woman.records["person"].to_numpy(), "_record_woman": woman.records["record"].to_numpy()}
    return blank_to_null(pl.DataFrame({**frame, **people, **other}))


def _relief(book: Book) -> pl.DataFrame:
    rng, size = book.rng, book.records.height
    start = (DAY0 - rng.integers(100, 1500, size).astype("timedelta64[D]")).astype("datetime64[M]")
    over = rng.random(size) < 0.2
    end = np.minimum(start + rng.integers(3, 30, size).astype("timedelta64[M]"), DAY0.astype("datetime64[M]"))
    rural = np.strings.find(book.text("w_address"), "村") >= 0
    changed = np.where(over, end, start).astype("datetime64[D]") + rng.integers(0, 15, size).astype("timedelta64[D]")
    return blank_to_null(pl.DataFrame({
        "idNumber": book.text("w_number"), "name": book.text("w_name"), "gender": _gender(book), "birthDate": book.text("w_birth"),
        "phone": book.text("w_phone"),
        "address": book.text("w_address"), "category": np.where(rural, "rural", "urban"), "monthlyAmount": np.round(rng.integers(280, 980,
        size) + rng.choice([0.0, 0.5], size), 2),
        "startMonth": month_iso(start), "endMonth": np.where(over, month_iso(end), ""), "areaCode": book.text("division"),
        "updatedAt": _updated(np.minimum(changed, DAY0), rng),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip
