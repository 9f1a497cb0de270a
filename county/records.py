"""Who is on whose books: one row a person record of a system, with what that system knew when it last heard, before any error."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.lives import County
from county.tables import DAY0

SOURCES = ("pension", "medical", "work_injury", "unemployment", "tax", "civil_affairs", "police", "archive_room")

DOUBLING = ("pension", "medical", "work_injury", "unemployment")
"""Systems that register some people twice."""

HAS = {
    "pension": {"sex", "birth", "phone", "address", "employer", "ethnic", "division"},
    "medical": {"sex", "birth", "phone", "address", "employer", "ethnic", "division"},
    "work_injury": {"sex", "birth", "phone", "address", "employer", "division"},
    "unemployment": {"sex", "birth", "phone", "address", "employer", "ethnic", "division"},
    "tax": {"employer", "division"},
    "deaths": {"sex", "birth", "address", "division"},
    "marriages": {"sex", "birth", "phone", "division"},
    "relief": {"sex", "birth", "phone", "address", "division"},
    "police": {"sex", "birth", "phone", "address", "ethnic", "division", "household_no", "former_name"},
    "archive_room": {"sex", "birth", "employer"},
}
"""Fields a system (or a stream of it) has room for, besides name and number."""

Index = NDArray[np.int64]


def register(county: County, double: float, rng: np.random.Generator) -> pl.DataFrame:
    """Give one frame of person records of all systems, `double` of them registered twice where systems do so."""
    frames = []
    for source, stream, part, person in _memberships(county.people, rng):
        person = rng.permutation(person) if source != "civil_affairs" or part == "" else person
        again = _doubles(county.people, source, person, round(len(person) * double) if source in DOUBLING else 0, rng)
        everyone = np.concatenate([person, again])
        second = np.arange(len(everyone)) >= len(person)
        order = rng.permutation(len(everyone)) if part == "" else np.arange(len(everyone))
        frames.append(
            pl.DataFrame({"source": source, "stream": stream, "part": part, "person": everyone[order], "double": second[order], "at": np.arange(len(everyone))})
        )
    records = pl.concat(frames).with_row_index("record").with_columns(pl.col("record").cast(pl.Int64))
    return known(records, county, rng)


def _memberships(people: pl.DataFrame, rng: np.random.Generator) -> list[tuple[str, str, str, Index]]:
    """Choose whom each system holds: (source, stream, part, persons)."""
    size = people.height
    dead, age, line = people["death"].is_not_null().to_numpy(), people["age"].to_numpy(), people["line"].to_numpy()
    document = people["document"].to_numpy()
    works = people["works"].to_numpy()

    def draw(mask: NDArray[Any], share: float) -> Index:
        return np.flatnonzero(mask & (rng.random(size) < share))

    registrable = (document == "01") & ((people["shares_number_with"].to_numpy() < 0) | (people["shares_number_with"].to_numpy() > np.arange(size)))
    man, woman = _couples(people, rng)
    employed = (people["employer"].to_numpy() >= 0) & (line != "")
    filed = draw(employed, 0.46)
    plant = people["plant"].to_numpy()
    pensioners = np.flatnonzero(employed & people["retired"].to_numpy() & (plant != "archive_missing"))
    drawing = np.flatnonzero(plant == "employed_unemployed")
    unemployed = draw(np.isin(line, ("110", "170")) & (age > 18) & (age < 59) & ~dead, 0.17)
    return [
        ("pension", "ac01", "", np.union1d(draw(line != "", 0.76), np.flatnonzero(plant != ""))),
        ("medical", "psn_info_b", "", draw(people["medical"].to_numpy() != "", 0.96)),
        ("work_injury", "persons", "", draw(employed & (age > 18), 0.12)),
        ("unemployment", "persons", "", np.union1d(unemployed, drawing)),
        ("tax", "lines", "", np.union1d(draw(works, 0.93), draw((line == "170") & ~people["retired"].to_numpy() & ~dead & (document == "01"), 0.20))),
        ("civil_affairs", "deaths", "", np.union1d(draw(dead, 0.95), np.flatnonzero(plant == "dead_but_paid"))),
        ("civil_affairs", "marriages", "man", man),
        ("civil_affairs", "marriages", "woman", woman),
        ("civil_affairs", "relief", "", draw((document == "01") & ~dead & ~works & (age > 1), 0.05)),
        ("police", "register", "", draw(registrable, 0.86)),
        ("archive_room", "items", "approval", pensioners),
        ("archive_room", "items", "other", filed),
    ]


def _doubles(people: pl.DataFrame, source: str, person: Index, count: int, rng: np.random.Generator) -> Index:
    """Choose who is registered a second time; at the pension centre those planted as paid in two areas are among them."""
    plant = people["plant"].to_numpy()[person]
    sure = person[plant == "paid_twice_area"] if source == "pension" else person[:0]
    others = person[plant == ""]
    return np.sort(np.concatenate([sure, rng.choice(others, size=max(0, min(len(others), count - len(sure))), replace=False)]))


def _couples(people: pl.DataFrame, rng: np.random.Generator) -> tuple[Index, Index]:
    spouse, male = people["spouse"].to_numpy(), people["male"].to_numpy()
    husbands = np.flatnonzero((spouse >= 0) & male & (people["age"].to_numpy() < 70))
    husbands = husbands[people["age"].to_numpy()[spouse[husbands]] > 21]
    husbands = husbands[rng.random(len(husbands)) < 0.17]
    return husbands, spouse[husbands]


def known(records: pl.DataFrame, county: County, rng: np.random.Generator) -> pl.DataFrame:
    """Fill in what each system knows of its people: some heard of a move, a new number or a new name, some did not."""
    people, person = county.people, records["person"].to_numpy()
    source, stream = records["source"].to_numpy().astype(np.str_), records["stream"].to_numpy().astype(np.str_)
    at = {name: people[name].to_numpy()[person] for name in people.columns}
    heard = np.where(source == "police", 1.0, rng.random(len(person)) ** 0.6)
    late_name = (at["former_name"] != "") & (heard < at["renamed_at"])
    second = (at["second_number"] != "") & ((source == "medical") | ((source != "police") & (rng.random(len(person)) < 0.5)))
    frame = {
        "name": np.where(late_name, at["former_name"], at["name"]),
        "former_name": np.where(source == "police", at["former_name"], ""),
        "number": np.where(second, at["second_number"], at["number"]),
        "document": at["document"],
        "birth": np.where(second, at["second_birth"], at["birth"]),
        "sex": np.where(at["male"], "1", "2"),
        "ethnic": at["ethnic"],
        "phone": np.where(heard < at["rephoned_at"], at["old_phone"], at["phone"]),
        "address": np.where(heard < at["moved_at"], at["old_address"], at["address"]),
        "division": np.where(heard < at["moved_at"], at["old_division"], at["division"]),
        "employer": np.where(at["retired"] & np.isin(source, ("pension", "medical")), -1, at["employer"]),
        "household_no": np.where(source == "police", at["household_no"], ""),
    }
    frame = _without(frame, np.where(source == "civil_affairs", stream, source))
    return records.with_columns(pl.Series(name, values) for name, values in frame.items())


def _without(frame: dict[str, NDArray[Any]], system: NDArray[np.str_]) -> dict[str, NDArray[Any]]:
    """Empty the fields a system has no room for."""
    blank = dict.fromkeys(("sex", "phone", "address", "ethnic", "division", "household_no", "former_name"), "")
    fields: dict[str, Any] = {**blank, "birth": np.datetime64("NaT", "D"), "employer": -1}
    for name, empty in fields.items():
        room = np.isin(system, [key for key, has in HAS.items() if name in has])
        frame[name] = np.where(room, frame[name], empty)
    return frame


def age_at(birth: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give ages in years at day 0."""
    return np.asarray((DAY0 - birth).astype(int) / 365.2425)
