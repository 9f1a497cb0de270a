"""The national audit interface, GB/T 40217-2021: the tables a pension centre's data covers, as XML in GB18030, with control totals.

Written after the tables and elements in `mappings/standards/`; not validated against the official schema, which is not public.
A field the hub does not hold is left out; nothing is made up.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from psycopg.rows import dict_row

from hub import crypto, settings
from hub.errors import ConfigError, FatalError
from mappings.canonical import CODES
from warehouse import audit
from warehouse.db import Connection, query
from warehouse.records import seal_context

STANDARDS = settings.REPO / "mappings" / "standards"
SPACE = "http://sxbw.audit.gov.cn/AppsDataInterfaceStandard/2019/Pension/XMLSchema"
CONTRIBUTIONS = {"170": 10, "110": 11, "120": 12}
SLICE = 20_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """One table of the standard: its number and name, the root of its file, its elements in order."""

    number: int
    name: str
    root: str
    elements: tuple[str, ...]


@dataclass
class Totals:
    """Rows and amounts written, per table number."""

    rows: dict[int, int] = field(default_factory=dict)
    amounts: dict[int, Decimal] = field(default_factory=dict)

    def add(self, number: int, amount: Decimal | None) -> None:
        """Count one row."""
        self.rows[number] = self.rows.get(number, 0) + 1
        if amount is not None:
            self.amounts[number] = self.amounts.get(number, Decimal(0)) + amount


@cache
def tables() -> dict[int, Table]:
    """Read the tables of the standard, by number."""
    found: dict[int, Table] = {}
    with (STANDARDS / "gbt40217_tables.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["table_no"])
            known = found.get(number)
            elements = (*known.elements, row["element_name"]) if known else (row["element_name"],)
            found[number] = Table(number, row["table_name_zh"], row["table_code_or_file_name"].partition(" ")[2], elements)
    return found


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Read the Chinese label and the representation of every element."""
    with (STANDARDS / "gbt40217_elements.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["label_zh"], row["repr"]) for row in csv.DictReader(file)}


def export(connection: Connection, source: str, first: date, last: date, to: Path, author: str, purpose: str) -> Totals:
    """Write one file per group of tables into a new folder, and `control.json`; gives what was written.

    Raises ConfigError where the folder is there or no purpose is given, FatalError where the totals differ from the database's own.
    """
    if len(purpose.strip()) < 5 or to.exists():
        raise ConfigError(f"{to}: expected a new folder and a purpose in words")
    period = f"{first:%Y%m%d}{last:%Y%m%d}"
    values = {"source": source, "first": first, "last": last}
    to.mkdir(parents=True, mode=0o700)
    totals = Totals()
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for number, row, amount in _rows(connection, values):
            table = tables()[number]
            if table.root not in files:
                file = files[table.root] = stack.enter_context((to / f"{table.root}.xml").open("x", encoding="gb18030", newline="\n"))
                file.write(f'<?xml version="1.0" encoding="GB18030"?>\n<{table.root} xmlns="{SPACE}">\n')
                stack.callback(file.write, f"</{table.root}>\n")
            files[table.root].write(_xml(table, {"ZZZ001": period, **row}))
            totals.add(number, amount)
    _reconcile(connection, values, totals)
    control = [
        {"table": number, "name": tables()[number].name, "rows": rows, "amount": str(totals.amounts.get(number, ""))}
        for number, rows in sorted(totals.rows.items())
    ]
    (to / "control.json").write_text(json.dumps({"source": source, "period": period, "tables": control}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    audit.record(connection, author, "export.audit_2021", source, purpose.strip(), period=period, rows=sum(totals.rows.values()), tables=len(totals.rows))
    return totals


def _reconcile(connection: Connection, values: Row, totals: Totals) -> None:
    expected = connection.execute(query("audit_2021.totals"), values).fetchall()
    for number, rows, amount in expected:
        if totals.rows.get(number, 0) != rows or totals.amounts.get(number, Decimal(0)) != (amount or Decimal(0)):
            raise FatalError(f"audit export: table {number}: {totals.rows.get(number, 0)} rows written, {rows} in the warehouse; the folder is not to be used")


def _xml(table: Table, row: Row) -> str:
    """Write one row: an element named as the table, its fields named by their Chinese labels, absent ones left out."""
    fields = "".join(
        f"<{labels()[name][0]}>{escape(_text(row[name], name))}</{labels()[name][0]}>" for name in table.elements if row.get(name) not in (None, "")
    )
    return f"<{table.name}>{fields}</{table.name}>\n"


def _text(value: Any, name: str) -> str:
    if isinstance(value, date):
        return value.strftime("%Y%m" if labels()[name][1] == "C6" else "%Y%m%d")
    text = str(value)
    form = labels()[name][1]
    return text[: int(form[3:])] if form.startswith("C..") else text


def _rows(connection: Connection, values: Row) -> Iterator[tuple[int, Row, Decimal | None]]:
    for row in _read(connection, "employers", values):
        yield 1, {**_place(row), "AAB001": row["source_key"], "AAB004": row["name"], "BAB010": row["credit_code"], "AAE006": row["address"],
                  "AAB019N": CODES["hub.employer_kind"].get(row["kind_code"] or "")}, None  # fmt: skip
    people: dict[str, Row] = {}
    for row in _opened(_read(connection, "persons", values), values["source"]):
        who = people[row["source_key"]] = _who(row)
        base = {**_place(row), **who, "AAC004": row["sex_code"], "AAC004N": CODES["GB/T 2261.1"].get(row["sex_code"] or "")}
        yield 2, {**base, "AAC005": row["ethnic_code"], "AAC006": _day(row["birth_date"]), "AAE005": row.get("phone"), "AAE006": row.get("address"),
                  "AAE010": row.get("account"), "AAE138": _day(row["death_date"])}, None  # fmt: skip
        if row["death_date"]:
            yield 3, {**base, "AAE138": _day(row["death_date"])}, None
    for row in _read(connection, "enrolments", values):
        state = {"AAC008": CODES["hub.enrolment_status"].get(row["status_code"] or ""), "AAC031N": CODES["hub.payment_status"].get(row["payment_code"] or "")}
        dates = {"AAC049": row["start_date"], "AAE030": row["start_date"], "AAE031": row["end_date"], "AAE036": row["updated_on"]}
        yield 4, {**_place(row), **_line(row), **people.get(row["person_key"], {}), **_firm(row), **state, **dates}, None
    for line, number in CONTRIBUTIONS.items():
        for row in _read(connection, "contributions", {**values, "line": line}):
            months = {"AAE002": row["period_month"], "AAE003": row["period_month"], "EAD131": row["paid_date"]}
            paid = {"AAE180": row["base_amount"], "AAE020": row["employer_amount"], "AAE022": row["person_amount"]}
            kind = {"AAA115N": CODES["hub.contribution_kind"].get(row["kind_code"] or "")}
            amount = (row["person_amount"] or Decimal(0)) + (row["employer_amount"] or Decimal(0))
            yield number, {**_place(row), **_line(row), **people.get(row["person_key"], {}), **_firm(row), **months, **paid, **kind}, amount
    for row in _read(connection, "benefits", values):
        yield 13, {**_place(row), **_line(row), **people.get(row["person_key"], {}), "AAE002": row["period_month"],
                   "AAA037": CODES["hub.benefit"].get(row["benefit_code"] or ""), "AAE019": row["amount"]}, row["amount"]  # fmt: skip


def _read(connection: Connection, name: str, values: Row) -> Iterator[Row]:
    with connection.cursor(name="audit_2021", row_factory=dict_row) as cursor:
        cursor.itersize = SLICE
        yield from cursor.execute(query(f"audit_2021.{name}"), values)


def _opened(rows: Iterable[Row], source: str) -> Iterator[Row]:
    for row in rows:
        text = crypto.unseal([row.pop("sealed")], seal_context("person_record", source, [row["source_key"]]))[0]
        yield {**row, **(json.loads(text) if text else {})}


def _who(row: Row) -> Row:
    """Name a person as every table of persons does."""
    number = row.get("id_number")
    return {"AAC001": row["source_key"], "AAC002": number, "AAC003": row["name"], "AAA029": row["id_type_code"], "AAE135": number,
            "AAA029N": CODES["hub.id_type"].get(row["id_type_code"] or "")}  # fmt: skip


def _place(row: Row) -> Row:
    area = (row.get("area_code") or "")[:6]
    return {"AAB301": area, "ZZZ002": area[:2] + "0000" if area else None, "ZZZ003": row.get("updated_on")}


def _line(row: Row) -> Row:
    return {"AAE140": row["insurance_code"], "AAE140N": CODES["hub.insurance"].get(row["insurance_code"] or "")}


def _firm(row: Row) -> Row:
    return {"AAB001": row["employer_key"], "AAB004": row["employer_name"]}


def _day(text: str | None) -> str | None:
    """Write a date that is known to the day; a partial one is not in the form the standard asks for."""
    return text.replace("-", "") if text and len(text) == 10 else None
