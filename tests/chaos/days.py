"""Three departments and how they change from day to day, by arithmetic: any day can be written again, byte for byte.

A snapshot (CSV), a cursor with a sweep (SQLite) and a dated source (a CSV a day, lines without persons).  Rows come, change,
are spoiled for a day (and refused), and go.
"""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

from mappings.numbers import check_character

FIRST = date(2025, 3, 1)
ROWS = 1500
LINES = 400
LAST_ENDING = 60
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉"
SOURCES = {
    "register": """\
source: register
department: {zh: 登记处, en: Register}
steward: register@county.example
connector: {type: delimited, path: "%(home)s/register.csv"}
extract: {mode: snapshot}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields: {name: {name: 姓名}, id_number: {id_number: 证件号码}, birth_date: {date: 出生日期}, phone: {phone: 电话}}
expectations: {max_endings: 0.5, max_quarantine: 0.9}
examples: [{stream: person, given: {编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: "19491231", 电话: null}, expect: {person_record: {name: 王芳}}}]
""",
    "insured": """\
source: insured
department: {zh: 保险处, en: Insurance}
steward: insured@county.example
connector: {type: sql, connection: insured}
extract: {mode: cursor, overlap: 1d, sweep: true}
streams:
  - stream: person
    from: {table: person}
    key: [id]
    cursor: updated
    records:
      - entity: person_record
        fields: {name: {name: name}, id_number: {id_number: number}, birth_date: {date: born}, phone: {phone: phone}, updated_on: {date: updated}}
  - stream: enrolment
    from: {table: enrolment}
    key: [id]
    cursor: updated
    records:
      - entity: enrolment
        fields: {person_key: {key: [person]}, insurance_code: line, start_date: {date: begun}, updated_on: {date: updated}}
expectations: {max_endings: 0.5, max_quarantine: 0.9}
examples: [{stream: person, given: {id: "1", name: 王芳, number: null, born: "19491231", phone: null, updated: "2025-03-01 00:00:00"},
            expect: {person_record: {name: 王芳}}}]
""",
    "collection": """\
source: collection
department: {zh: 征收处, en: Collection}
steward: collection@county.example
connector: {type: delimited, path: "%(home)s/lines_{date}.csv"}
extract: {mode: dated}
streams:
  - stream: line
    key: [序号]
    records:
      - entity: person_record
        key: {personal: [证件号码, 姓名]}
        fields: {name: {name: 姓名}, id_number: {id_number: 证件号码}}
      - entity: contribution
        fields: {person_key: {key: [证件号码, 姓名], personal: true}, insurance_code: 险种, period_month: {month: 所属期}, person_amount: {amount: 金额}}
expectations: {max_quarantine: 0.9}
examples: [{stream: line, given: {序号: "1", 姓名: 王芳, 证件号码: 11010519491231002X, 险种: "110", 所属期: "202503", 金额: "8.00"},
            expect: {contribution: {person_amount: "8.00"}}}]
""",
}


def declare(home: Path) -> dict[str, str]:
    """Write the source files of an installation; give the environment its flow needs."""
    (home / "sources").mkdir()
    for name, text in SOURCES.items():
        (home / "sources" / f"{name}.yml").write_text(text.replace("%(home)s", str(home)), encoding="utf-8")
    return {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "HUB_CONN_INSURED": f"sqlite:///{home}/insured.sqlite"}


def write(home: Path, day: int) -> None:
    """Bring the three systems to a day."""
    _register(home / "register.csv", day)
    _insured(home / "insured.sqlite", day)
    _collection(home, day)


def living(n: int, day: int) -> bool:
    """A tenth of the rows come later, an eleventh go."""
    comes = 1 + n // 10 % 9 if n % 10 == 9 else 0
    goes = 2 + n // 11 % LAST_ENDING if n % 11 == 5 else 10_000
    return comes <= day < goes


def changed(n: int, day: int) -> int:
    """The last day on which a row was written anew: rows change every nineteen days, each on its own."""
    return max(day - (day - n) % 19, 1 + n // 10 % 9 if n % 10 == 9 else 0)


def person(n: int, day: int, salt: int) -> dict[str, str]:
    """A row as it reads on a day; on the day of a change one in eight is spoiled, and mended at the next change."""
    version = changed(n, day)
    first = f"330106{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}"
    spoiled = version > 0 and (n + version) % 8 == 0
    return {
        "key": str(n + 1),
        "name": SURNAMES[n % 15] + GIVEN[n // 15 % 24] + GIVEN[(n * 7 + version + salt) % 24],
        "number": first + check_character(first),
        "born": "19790230" if spoiled else first[6:14],
        "phone": f"139{n:04d}{version:04d}",
        "updated": f"{FIRST + timedelta(days=version)} 08:00:00",
    }


def _replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.rename(path)


def _register(path: Path, day: int) -> None:
    rows = [person(n, day, 0) for n in range(ROWS) if living(n, day)]
    lines = [",".join((row["key"], row["name"], row["number"], row["born"], row["phone"])) for row in rows]
    _replace(path, "\n".join(["编号,姓名,证件号码,出生日期,电话", *lines, ""]))


def _insured(path: Path, day: int) -> None:
    with sqlite3.connect(path) as database:
        database.execute("create table if not exists person (id integer primary key, name text, number text, born text, phone text, updated text)")
        database.execute("create table if not exists enrolment (id text primary key, person text, line text, begun text, updated text)")
        database.execute("delete from person")
        database.execute("delete from enrolment")
        for n in range(ROWS):
            if living(n, day):
                row = person(n, day, 3)
                database.execute("insert into person values (:key, :name, :number, :born, :phone, :updated)", row)
                for line in ("110", "310")[: 1 + n % 2]:
                    values = (f"{row['key']}-{line}", row["key"], line, f"20{n % 20:02d}-0{1 + changed(n, day) % 9}-01", row["updated"])
                    database.execute("insert into enrolment values (?, ?, ?, ?, ?)", values)
    database.close()


def _collection(home: Path, day: int) -> None:
    """The day's file, and now and then one of an earlier day sent once more with other amounts."""
    for of in {day, day - 3 if day % 4 == 3 else day}:
        rows = (person(n * 3 % ROWS, 0, 0) | {"number_of": n} for n in range(of * 37 % ROWS, of * 37 % ROWS + LINES))
        lines = [
            f"{of:04d}{row['number_of']:06d},{row['name']},{row['number']},110,2025{1 + of % 12:02d},{'x' if int(row['number_of']) % 50 == 7 else 8 + of}.00"
            for row in rows
        ]
        _replace(home / f"lines_{FIRST + timedelta(days=of):%Y%m%d}.csv", "\n".join(["序号,姓名,证件号码,险种,所属期,金额", *lines, ""]))
