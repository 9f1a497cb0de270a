"""People whom a department had not known until today: taken in by each in its own way, with its own slips of the pen."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import errors, records
from county.books import archive_room, medical, unemployment, work_injury
from county.books import pension as pension_books
from county.day import Day, next_number
from county.facts import Index, iso
from county.tables import Text, concat, date_text, digits, replaced


def new_records(day: Day) -> None:
    """Register new people where they were not known, each department with its own slips of the pen."""
    wanted = _newcomers(day)
    if not wanted:
        return
    frame = pl.concat(
        [pl.DataFrame({"source": s, "stream": t, "part": part, "person": p, "double": False, "at": np.arange(len(p))}) for s, t, part, p in wanted]
    )
    first = 10_000_000 * (day.number + 1)
    frame = frame.with_row_index("record", offset=first).with_columns(pl.col("record").cast(pl.Int64))
    written = errors.write(records.known(frame, day.county, day.rng), day.county, day.rng)
    for source, stream, *_ in dict.fromkeys((s, t) for s, t, _, _ in wanted):
        own = written.filter((pl.col("source") == source) & (pl.col("stream") == stream))
        REGISTER[source, stream](day, own)


def _unknown(day: Day, source: str, stream: str, fit: NDArray[Any], count: float) -> Index:
    known = np.zeros(day.people.height, dtype=bool)
    known[day.tables[source][stream]["_person"].to_numpy()] = True
    return day.draw(np.flatnonzero(fit & ~known), day.some(count))


def _newcomers(day: Day) -> list[tuple[str, str, str, Index]]:
    birth, plant = day.of_people("birth"), day.of_people("plant")
    age = (day.date - birth).astype(int) / 365.2425
    alive = np.isnat(day.of_people("death")) & (day.of_people("document") == "01") & (plant == "") & (day.of_people("shares_number_with") < 0)
    line = day.of_people("line")
    died = ~np.isnat(day.of_people("death")) & (day.of_people("death") > day.date - np.timedelta64(10, "D"))
    fresh = _unknown(day, "pension", "ac01", alive & (line == "") & (age > 17.5) & (age < 58), 2)
    month = day.date.astype("datetime64[M]").astype("datetime64[D]")
    day.set_people(fresh, {"line": "170", "began": np.full(len(fresh), month)})
    found = [
        ("pension", "ac01", "", fresh),
        ("medical", "psn_info_b", "", _unknown(day, "medical", "psn_info_b", alive & (day.of_people("medical") != "") & (age > 3), 2)),
        (
            "work_injury",
            "persons",
            "",
            _unknown(day, "work_injury", "persons", alive & day.of_people("works") & (day.of_people("began") < month - np.timedelta64(60, "D")), 0.7),
        ),
        ("unemployment", "persons", "", _unknown(day, "unemployment", "persons", alive & (line == "110") & day.of_people("works"), 0.7)),
        ("civil_affairs", "deaths", "", _unknown(day, "civil_affairs", "deaths", died, 50)),
        ("civil_affairs", "relief", "", _unknown(day, "civil_affairs", "relief", alive & ~day.of_people("works") & (age > 5), 0.8)),
        ("police", "register", "", _unknown(day, "police", "register", plant == "born", 50)),
        ("archive_room", "items", "", day.draw(np.flatnonzero(alive & np.isin(line, ("110", "120"))), day.some(4))),
    ]
    return [entry for entry in found if len(entry[3])]


def _register_pension(day: Day, written: pl.DataFrame) -> None:
    tables, at = day.tables["pension"], (next_number(day.tables["pension"]["ac01"], "aac001") - 5200100000) // 7 + 1
    code = pension_books.person_codes(at + np.arange(written.height))
    text = {
        name: written[name].to_numpy().astype(np.str_)
        for name in ("w_number", "w_name", "w_sex", "w_birth", "w_phone", "w_address", "division", "ethnic", "document")
    }
    month = day.date.astype("datetime64[M]").astype("datetime64[D]")
    blank = np.full(written.height, "")
    person = pl.DataFrame({
        "aac001": code, "aaa029": text["document"], "aac002": text["w_number"], "aae135": blank, "aac003": text["w_name"], "aac004": text["w_sex"],
        "aac005": text["ethnic"],
        "aac006": replaced(text["w_birth"], "-", ""), "aac008": np.full(written.height, "1"), "aae005": text["w_phone"], "aae006": text["w_address"],
        "aab001": blank,
        "aae010": blank, "aae138": blank, "aab301": text["division"], "_person": written["person"], "_record": written["record"],
    }).with_columns(pl.col(pl.Utf8).replace("", None))  # fmt: skip
    day.add("pension", "ac01", person)
    number = next_number(tables["ac02"], "aaz159")
    enrolled = pl.DataFrame({
        "aaz159": digits(number + 3 * np.arange(written.height), 12), "aac001": code, "aab001": blank, "aae140": np.full(written.height, "170"),
        "aac008": np.full(written.height, "1"), "aac031": np.full(written.height, "1"), "aae030": np.full(written.height, date_text(np.array([month]))[0]),
        "aae031": blank,
        "aab301": text["division"], "_person": written["person"],
    }).with_columns(pl.col(pl.Utf8).replace("", None))  # fmt: skip
    day.add("pension", "ac02", enrolled)


def _register_medical(day: Day, written: pl.DataFrame) -> None:
    table = day.tables["medical"]["psn_info_b"].filter(pl.col("vali_flag") == "1")
    at = (next_number(table, "psn_no", 2) - 10000000000) // 13 + 1
    frame = medical.registered(day.book(written.with_columns(at=at + pl.int_range(pl.len(), dtype=pl.Int64))))
    day.add("medical", "psn_info_b", frame.with_columns(surv_stas=pl.lit("1")))
    month = str(day.date.astype("datetime64[M]").astype("datetime64[D]"))
    number = next_number(day.tables["medical"]["psn_insu_d"], "psn_insu_rlts_id")
    enrolled = frame.select("psn_no").with_columns(
        psn_insu_rlts_id=pl.Series(digits(number + 17 * np.arange(frame.height), 14)), emp_no=pl.lit(None, dtype=pl.Utf8), insutype=pl.lit("390"),
        psn_insu_stas=pl.lit("1"),
        clct_stas=pl.lit("0"), psn_insu_date=pl.lit(month), paus_insu_date=pl.lit(None, dtype=pl.Utf8), insu_admdvs=frame["admdvs"], _person=frame["_person"],
    )  # fmt: skip
    day.add("medical", "psn_insu_d", enrolled)


def _register_injured(day: Day, written: pl.DataFrame) -> None:
    at = next_number(day.tables["work_injury"]["persons"], "工伤编号", 7) - 1
    day.add("work_injury", "persons", work_injury.injured(day.book(written.with_columns(at=at + pl.int_range(pl.len(), dtype=pl.Int64)))))


def _register_unemployed(day: Day, written: pl.DataFrame) -> None:
    at = (next_number(day.tables["unemployment"]["persons"], "GRBH", 1) - 10_000_001) // 3 + 1
    book = day.book(written.with_columns(at=at + pl.int_range(pl.len(), dtype=pl.Int64)))
    nobody = np.zeros(written.height, dtype=bool)
    frame = unemployment.insured(book, nobody, nobody).with_columns(CBZT=pl.lit("A"), JFZT=pl.lit("2"), TCRQ=pl.lit(None, dtype=pl.Utf8))
    day.add("unemployment", "persons", frame)


def _register_deaths(day: Day, written: pl.DataFrame) -> None:
    number = next_number(day.tables["civil_affairs"]["deaths"], "deathNo", 2)
    death = day.of_people("death")[written["person"].to_numpy()]
    day.add("civil_affairs", "deaths", _plain(written).with_columns(
        deathNo=pl.Series(concat("SW", digits(number + 7 * np.arange(written.height), 10))), deathDate=pl.Series(iso(death)),
        registeredOn=pl.lit(str(day.date)),
        address=pl.col("w_address").replace("", None),
    ))  # fmt: skip


def _register_relief(day: Day, written: pl.DataFrame) -> None:
    table = day.tables["civil_affairs"]["relief"]
    taken = table.filter(pl.struct("idNumber", "name").is_in(written.select(idNumber="w_number", name="w_name").to_struct().implode()))
    month = str(day.date.astype("datetime64[M]"))
    amount = np.round(day.rng.integers(280, 980, written.height) * 1.0, 2)
    frame = _plain(written).with_columns(
        phone=pl.col("w_phone").replace("", None), address=pl.col("w_address").replace("", None), category=pl.lit("urban"), startMonth=pl.lit(month),
        monthlyAmount=pl.Series(amount).cast(table.schema["monthlyAmount"]), endMonth=pl.lit(None, dtype=pl.Utf8),
    )  # fmt: skip
    day.add("civil_affairs", "relief", frame.join(taken, on=["idNumber", "name"], how="anti", maintain_order="left"))


def _plain(written: pl.DataFrame) -> pl.DataFrame:
    gender = pl.col("w_sex").replace_strict({"1": "M", "2": "F"}, default="U")
    return written.with_columns(
        name=pl.col("w_name"), idNumber=pl.col("w_number").replace("", None), gender=gender, birthDate=pl.col("w_birth").replace("", None),
        areaCode=pl.col("division"),
        _person=pl.col("person"), _record=pl.col("record"),
    )  # fmt: skip


def _register_born(day: Day, written: pl.DataFrame) -> None:
    person = written["person"].to_numpy()
    text: dict[str, Text] = {
        name: written[name].to_numpy().astype(np.str_) for name in ("w_number", "w_name", "w_sex", "w_address", "division", "ethnic", "household_no")
    }
    blank = np.full(written.height, "")
    day.add("police", "register", pl.DataFrame({
        "公民身份号码": text["w_number"], "姓名": text["w_name"], "性别": text["w_sex"], "民族": text["ethnic"],
        "出生日期": date_text(day.of_people("birth")[person]),
        "户号": text["household_no"], "与户主关系": np.full(written.height, "20"), "行政区划": text["division"], "住址": text["w_address"], "联系电话": blank,
        "户籍状态": np.full(written.height, "0"), "死亡日期": blank, "曾用名": blank, "原公民身份号码": blank, "_person": person, "_record": written["record"],
    }))  # fmt: skip


def _register_items(day: Day, written: pl.DataFrame) -> None:
    at = next_number(day.tables["archive_room"]["items"], "件号") - 1 + np.arange(written.height)
    kind = day.rng.choice(["CB", "ZH", "ZF", "ZM"], size=written.height)
    made = np.full(written.height, day.date - np.timedelta64(2, "D"))
    day.add("archive_room", "items", archive_room.items(day.book(written), kind, made, at))


REGISTER = {
    ("pension", "ac01"): _register_pension,
    ("medical", "psn_info_b"): _register_medical,
    ("work_injury", "persons"): _register_injured,
    ("unemployment", "persons"): _register_unemployed,
    ("civil_affairs", "deaths"): _register_deaths,
    ("civil_affairs", "relief"): _register_relief,
    ("police", "register"): _register_born,
    ("archive_room", "items"): _register_items,
}
"""How each department takes somebody new in."""
