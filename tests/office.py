"""One small office for the tests that look at whole flows: its people, its declaration, and its rows in whatever form it sends them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl

from mappings.numbers import check_character

HEAD = ("编号", "姓名", "证件号码", "出生日期", "电话", "地址")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉"


@dataclass(frozen=True)
class Insured:
    """One row of the office."""

    key: str
    name: str
    number: str
    born: str
    phone: str
    address: str

    @property
    def row(self) -> tuple[str, ...]:
        """The values in the order of `HEAD`."""
        return astuple(self)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may hold."""
        return (self.name, self.number, self.born, self.phone, self.address)

    def but(self, **values: str) -> Insured:
        """The same row with other values."""
        return replace(self, **values)


def insured(count: int, first: int = 0) -> list[Insured]:
    """Give rows, each of another person."""
    return [_insured(n) for n in range(first, first + count)]


def _insured(n: int) -> Insured:
    born = f"{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}"
    head = f"330106{born}{n % 500 * 2:03d}"
    name = SURNAMES[n % 15] + GIVEN[n // 15 % 24] + GIVEN[n * 7 % 24]
    return Insured(f"P{n:05d}", name, head + check_character(head), born, f"1395{(n + 137) * 7919 % 10**7:07d}", f"文三路{n % 900 + 100}号之{n % 7 + 1}")


def declaration(source: str, connector: str, *, mode: str = "{mode: snapshot}", stream: str = "", head: tuple[str, ...] = HEAD, more: str = "") -> str:
    """Give the file of a source with one stream of persons; `stream` stands beside its key, `head` names its columns."""
    key, name, number, born, phone, address = head
    return f"""\
source: {source}
department: {{zh: 办事处, en: Office}}
steward: {source}@county.example
connector: {connector}
extract: {mode}
streams:
  - stream: people
    key: [{key}]
    {stream}
    records:
      - entity: person_record
        fields:
          name: {{name: {name}}}
          id_number: {{id_number: {number}}}
          birth_date: {{date: {born}}}
          phone: {{phone: {phone}}}
          address: {{text: {address}}}
examples:
  - stream: people
    given: {{{key}: "1", {name}: 王芳, {number}: null, {born}: "19491231", {phone}: null, {address}: null}}
    expect: {{person_record: {{name: 王芳, birth_date: 1949-12-31}}}}
{more}"""


def csv(people: Iterable[Insured], head: tuple[str, ...] = HEAD) -> str:
    """Give the rows as comma-separated text."""
    return "\n".join([",".join(head), *(",".join(person.row) for person in people), ""])


def xlsx(path: Path, people: Iterable[Insured]) -> None:
    """Write the rows as a workbook."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEAD, *(person.row for person in people)):
        sheet.append(row)
    book.save(path)


def objects(people: Iterable[Insured]) -> list[dict[str, Any]]:
    """Give the rows as a service sends them."""
    return [dict(zip(HEAD, person.row, strict=True)) for person in people]
