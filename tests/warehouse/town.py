"""A small town for the tests of rights, keys and pages: two areas, two insurance lines, every identifying value known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.pipeline import run_source
from hub.pipeline.resolve import resolve
from mappings.load import load_named
from mappings.numbers import check_character

SOURCE = """\
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
        fields: {name: {name: 姓名}, id_number: {id_number: 证件号码}, birth_date: {date: 出生日期}, sex_code: {lookup: sex, from: 性别},
                 phone: {phone: 电话}, address: {text: 地址}, area_code: 区划}
      - entity: enrolment
        fields: {person_key: {key: [编号]}, insurance_code: 险种, area_code: 区划, start_date: {date: 起}}
lookups: {sex: {"男": "1", "女": "2"}}
examples:
  - stream: person
    given: {编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: "19491231", 性别: 女, 电话: null, 地址: null, 区划: "330106", 险种: "110", 起: "20200101"}
    expect: {person_record: {name: 王芳}}
"""
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉"
AREAS, LINES = ("330106", "330201"), ("110", "310")


@dataclass(frozen=True)
class Inhabitant:
    """One person of the town, as the register knows them."""

    key: str
    name: str
    number: str
    born: str
    sex: str
    phone: str
    address: str
    area: str
    line: str


def inhabitants(count: int) -> list[Inhabitant]:
    return [_inhabitant(n) for n in range(count)]


def _inhabitant(n: int) -> Inhabitant:
    born = f"{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}"
    first = f"330106{born}{n % 1000:03d}"
    name = SURNAMES[n % 15] + GIVEN[n % 23] + GIVEN[(n * 7) % 23]
    sex = "男" if n % 1000 % 2 else "女"
    return Inhabitant(
        f"r{n}", name, first + check_character(first), born, sex, f"139{7 * n + 11:08d}", f"浙江省杭州市西湖区文三路{n}号", AREAS[n % 2], LINES[n // 2 % 2]
    )


def fill(home: Path, count: int = 60) -> list[Inhabitant]:
    """Load a town through the whole flow into the warehouse that DATABASE_URL names."""
    people = inhabitants(count)
    (home / "sources" / "register.yml").write_text(SOURCE % {"home": home}, encoding="utf-8")
    rows = [",".join([p.key, p.name, p.number, p.born, p.sex, p.phone, p.address, p.area, p.line, "20200101"]) for p in people]
    (home / "register.csv").write_text("\n".join(["编号,姓名,证件号码,出生日期,性别,电话,地址,区划,险种,起", *rows]) + "\n", encoding="utf-8")
    run_source(load_named(home / "sources", "register"))
    resolve()
    return people
