"""What happens in a county between two mornings: moves, new telephones, births, deaths, new names, corrected numbers; and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from county import names, numbers
from county.day import Day
from county.facts import Days, Index, iso
from county.people import CHILD, SPOUSE, addresses
from county.tables import DIVISIONS, Text, concat, date_text, digits


def live_a_day(day: Day) -> None:
    """Let people move, change telephones and names, be born and die, and tell the departments that hear of it."""
    moves(day)
    telephones(day)
    new_names(day)
    deaths(day)
    births(day)
    corrected_by_the_police(day)


def _some_people(day: Day, count: float, least_age: float = 20) -> Index:
    age = (day.date - day.of_people("birth")).astype(int) / 365.2425
    plain = (
        np.isnat(day.of_people("death")) & (day.of_people("plant") == "") & (day.of_people("second_number") == "") & (day.of_people("shares_number_with") < 0)
    )
    return day.draw(np.flatnonzero(plain & (age >= least_age)), day.some(count))


def _told(day: Day, source: str, stream: str, persons: Index, share: float, column: str) -> tuple[Index, Index]:
    """Give the rows of a department that hears (a share of the time) of these persons, and the person of each row."""
    heard = persons[day.rng.random(len(persons)) < share]
    rows = day.rows_of(source, stream, heard)
    table = day.tables[source][stream]
    rows = rows[table[column].is_not_null().to_numpy()[rows]] if column else rows
    return rows, table["_person"].to_numpy()[rows]


PLACES = (("pension", "ac01", "aae006", "aab301", 0.7), ("medical", "psn_info_b", "addr", "admdvs", 0.5), ("police", "register", "住址", "行政区划", 0.7))
"""Who holds an address: source, stream, address column, division column, how often it hears of a move."""

PHONES = (
    ("pension", "ac01", "aae005", 0.7),
    ("medical", "psn_info_b", "tel", 0.6),
    ("unemployment", "persons", "DH", 0.4),
    ("work_injury", "persons", "联系电话", 0.3),
)


def moves(day: Day) -> None:
    """Move some people to another address of the county."""
    persons = _some_people(day, 12)
    codes, called = np.array(list(DIVISIONS)), np.array(list(DIVISIONS.values()))
    at = day.rng.integers(0, len(codes), len(persons))
    new = addresses(day.rng, called[at])
    day.set_people(persons, {"address": new, "division": codes[at]})
    for source, stream, column, division, share in PLACES:
        rows, who = _told(day, source, stream, persons, share, column)
        day.change(source, stream, rows, {column: day.of_people("address")[who], division: day.of_people("division")[who]})


def telephones(day: Day) -> None:
    """Give some people a new telephone."""
    persons = _some_people(day, 14)
    day.set_people(persons, {"phone": numbers.mobiles(day.rng, len(persons))})
    for source, stream, column, share in PHONES:
        rows, who = _told(day, source, stream, persons, share, column)
        day.change(source, stream, rows, {column: day.of_people("phone")[who]})


def new_names(day: Day) -> None:
    """Let a few people take another given name; the police know at once, others later or never."""
    persons = _some_people(day, 0.6)
    persons = persons[(day.of_people("ethnic")[persons] == "01") & (day.of_people("former_name")[persons] == "")]
    given = names.given_names(day.rng, day.people["birth"].dt.year().to_numpy()[persons], day.of_people("male")[persons])
    old = day.of_people("name")[persons]
    new = concat(day.of_people("surname")[persons].astype(np.str_), given)
    day.set_people(persons, {"former_name": old, "name": new})
    rows, who = _told(day, "police", "register", persons, 1.0, "")
    day.change("police", "register", rows, {"姓名": day.of_people("name")[who], "曾用名": day.of_people("former_name")[who]})
    rows, who = _told(day, "pension", "ac01", persons, 0.5, "")
    day.change("pension", "ac01", rows, {"aac003": day.of_people("name")[who]})


def deaths(day: Day) -> None:
    """Let some of the old die this month; the departments that pay are told, so that nothing unplanned is paid to the dead."""
    age = (day.date - day.of_people("birth")).astype(int) / 365.2425
    alive = np.isnat(day.of_people("death")) & (day.of_people("plant") == "") & (day.of_people("second_number") == "")
    persons = day.draw(np.flatnonzero(alive & (age > 68)), day.some(2.2))
    since = (day.date - day.date.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    died = day.date - day.rng.integers(0, min(since, 6) + 1, len(persons)).astype("timedelta64[D]")
    day.set_people(persons, {"death": died, "works": np.zeros(len(persons), dtype=bool)})
    for source, stream, state in STRUCK_OFF:
        rows, who = _told(day, source, stream, persons, 1.0, "")
        new: dict[str, Any] = dict(state)
        if (source, stream) in ENDS:
            column, write = ENDS[source, stream]
            unended = day.tables[source][stream][column].fill_null("").to_numpy()[rows] == ""
            rows, who = rows[unended], who[unended]
            new[column] = write(day.of_people("death")[who].astype("datetime64[D]"))
        day.change(source, stream, rows, new)


STRUCK_OFF = (
    ("pension", "ac01", {"aac008": "2"}),
    ("pension", "ac02", {"aac008": "4", "aac031": "3"}),
    ("medical", "psn_info_b", {"surv_stas": "2"}),
    ("medical", "psn_insu_d", {"psn_insu_stas": "4", "clct_stas": "2"}),
    ("police", "register", {"户籍状态": "1"}),
)
"""What departments write when they are told of a death."""

ENDS: dict[tuple[str, str], tuple[str, Callable[[Days], Text]]] = {
    ("pension", "ac01"): ("aae138", date_text),
    ("pension", "ac02"): ("aae031", date_text),
    ("medical", "psn_insu_d"): ("paus_insu_date", iso),
    ("police", "register"): ("死亡日期", date_text),
}
"""Where they write its day, and how."""


def births(day: Day) -> None:
    """Let children be born to young couples."""
    role, age = day.of_people("role"), (day.date - day.of_people("birth")).astype(int) / 365.2425
    mothers = np.flatnonzero((role == SPOUSE) & (age > 22) & (age < 40) & np.isnat(day.of_people("death")))
    mothers = day.draw(mothers, day.some(1.6))
    if not len(mothers):
        return
    size = len(mothers)
    base = day.people[mothers]
    male = day.rng.random(size) < 0.51
    birth = np.full(size, day.date - np.timedelta64(3, "D"))
    surname = day.of_people("surname")[base["spouse"].to_numpy()].astype(np.str_)
    given = names.given_names(day.rng, np.full(size, int(str(day.date)[:4])), male)
    area = base["division"].to_numpy().astype("U6")
    number = numbers.identity_numbers(area, birth, day.rng.integers(0, 450, size) * 2 + male + 10)
    fresh = ~np.isin(number, day.of_people("number").astype("U18"))
    child = base.with_columns(
        person=pl.Series(day.people.height + np.arange(size)), role=pl.lit(CHILD), head=base["spouse"], father=base["spouse"], mother=pl.Series(mothers),
        spouse=pl.lit(-1),
        twin=pl.lit(-1), male=pl.Series(male), birth=pl.Series(birth), surname=pl.Series(surname), given=pl.Series(given), name=pl.Series(concat(surname,
        given)),
        document=pl.lit("01"), number=pl.Series(number), second_number=pl.lit(""), second_birth=pl.Series(birth), shares_number_with=pl.lit(-1),
        former_name=pl.lit(""),
        line=pl.lit(""), retired=pl.lit(value=False), works=pl.lit(value=False), employer=pl.lit(-1), medical=pl.lit("390"), local=pl.lit(value=True),
        age=pl.lit(0.0),
        phone=pl.lit(""), old_phone=pl.lit(""), plant=pl.lit("born"), death=pl.lit(None, dtype=pl.Date),
    ).filter(pl.Series(fresh))  # fmt: skip
    child = child.with_columns(person=pl.int_range(day.people.height, day.people.height + pl.len(), dtype=pl.Int64))
    day.people = pl.concat([day.people, child.select(day.people.columns).cast(day.people.schema)])


def corrected_by_the_police(day: Day) -> None:
    """Let the police correct a number now and then: the row's key changes, and pension and medical take the new number over."""
    local = pl.col("公民身份号码").str.slice(0, 4).is_in(["5290", "5228"])
    rows = day.draw(day.free("police", "register", (pl.col("户籍状态") == "0") & (pl.col("原公民身份号码") == "") & local), day.some(0.5))
    if not len(rows):
        return
    table = day.tables["police"]["register"][rows]
    plain = (day.of_people("second_number")[table["_person"].to_numpy()] == "") & (day.of_people("plant")[table["_person"].to_numpy()] == "")
    rows, table = rows[plain], table.filter(pl.Series(plain))
    old, person = table["公民身份号码"].to_numpy().astype("U18"), table["_person"].to_numpy()
    sequence = (np.strings.slice(old, 14, 17).astype(int) + 500) // 2 * 2 % 1000 + day.of_people("male")[person]
    new = numbers.with_check(concat(old.astype("U14"), digits(sequence, 3)))
    fresh = ~np.isin(new, day.of_people("number").astype("U18")) & (new != old)
    rows, old, new, person = rows[fresh], old[fresh], new[fresh], person[fresh]
    day.change("police", "register", rows, {"公民身份号码": new, "原公民身份号码": old}, "rekeyed")
    day.rekeyed += list(zip(old.tolist(), new.tolist(), person.tolist(), strict=True))
    day.set_people(person, {"number": new})
    for source, stream, columns in (("pension", "ac01", ("aac002", "aae135")), ("medical", "psn_info_b", ("certno",))):
        for column in columns:
            mine = day.free(source, stream, pl.col(column).is_in(old.tolist()))
            who = day.tables[source][stream]["_person"].to_numpy()[mine]
            day.change(source, stream, mine, {column: day.of_people("number")[who]})
