"""What the rules of an entity look at: its records with the facts that other parts, other entities and core add.

One DuckDB in memory per batch, never spilling to disk, for its rows are personal.  First `gather` reads the few columns
other records ask about from every part; then entity by entity `prepare` settles what is known of the records it refers
to, and `frame` gives the columns its rules look at, part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import duckdb
import polars as pl
import pyarrow as pa

from mappings.apply import record_schema
from mappings.canonical import ENTITIES
from mappings.fields import typed
from mappings.numbers import is_valid_credit_code, valid_ids
from mappings.source import Source

Loader = Callable[[list[str]], pl.DataFrame]
"""Gives the columns asked for of one staged part."""
Current = Callable[[str, str, pl.Series], pl.DataFrame]
"""(entity, column, keys) -> the source's rows in core whose `column` is one of `keys`, columns `CORE[entity]`."""

CORE: dict[str, tuple[str, ...]] = {
    "employer_record": ("source_key", "credit_code"),
    "person_record": ("source_key", "birth_date"),
    "enrolment": ("source_key", "person_key", "insurance_code", "start_date", "end_date"),
    "contribution": ("source_key", "person_key", "insurance_code", "period_month", "kind_code", "base_amount", "person_amount", "employer_amount"),
    "death": ("source_key", "person_key", "death_date"),
    "archive_item": ("source_key", "archive_number"),
}
"""Columns asked of core."""
_FOLDER = Path(__file__).parent / "context"
_REFERRED = ("employer_record", "person_record", "contribution")
"""Entities that others refer to by key."""


class Context:
    """The facts of one batch; use it as a context manager."""

    def __init__(self, source: Source, refused: pl.Series, current: Current) -> None:
        self.current = current
        self.given = {record.entity for stream in source.streams for record in stream.records}
        self.connection = duckdb.connect(config={"threads": 2, "temp_directory": ""})
        self.connection.execute(_sql("macros"))
        self.connection.execute("create table refused (row_number bigint)")
        self.refuse(refused)
        for entity in ENTITIES:
            self.connection.execute(f"set variable {entity}_given = {entity in self.given}")
            self._facts(entity, pl.DataFrame(schema=record_schema(ENTITIES[entity])), "create table facts_{entity} as {sql}")
        for entity in _REFERRED:
            self.connection.execute(f"create table wanted_{entity} (key varchar)")

    def __enter__(self) -> Context:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def refuse(self, rows: pl.Series) -> None:
        """Note rows that go to quarantine: what they hold is not here."""
        if rows.len():
            self.connection.register("rows", rows.alias("row_number").to_frame().to_arrow())
            self.connection.execute("insert into refused select row_number from rows")

    def gather(self, entities: Mapping[str, Sequence[Loader]]) -> None:
        """Read what records say of each other from all parts, then which values are held by several."""
        for entity, loaders in entities.items():
            references = {field.name: field.refers_to for field in ENTITIES[entity].fields if field.refers_to}
            columns = list(dict.fromkeys((*_FACT_COLUMNS[entity], *references)))
            for load in loaders:
                self._facts(entity, load(columns), "insert into facts_{entity} {sql}")
                for column, target in references.items():
                    self.connection.execute(_sql("wanted", target=target, column=column))
        for entity in ENTITIES:
            if entity != "archive_item":
                self.connection.execute(_sql("repeated", entity=entity))

    def prepare(self, entity: str) -> None:
        """Settle what the rules of `entity` need to know of records judged before it, and of core."""
        if entity == "person_record":
            self._refer("employer_record")
        elif entity == "enrolment":
            self._refer("person_record")
            people = self._keys("people_wanted")
            for told in ("enrolment", "death"):
                self._ask(told, "person_key", people, replaced=True)
            self.connection.execute(_sql("people"))
        elif entity == "contribution":
            self._refer("contribution")
        elif entity == "archive_item":
            self._ask(entity, "archive_number", self._keys("archive_numbers"), replaced=True)
            self.connection.execute(_sql("repeated", entity=entity))

    def frame(self, entity: str, part: pl.DataFrame, columns: Sequence[str]) -> pa.Table:
        """Give row_number and the columns asked for of every record of a part, in no particular order."""
        self.connection.register("part", _checked(entity, _as_typed(entity, part)).to_arrow())
        return self._table(_sql("frame", columns=", ".join(("row_number", *columns)), entity=_sql(entity)))

    def _refer(self, entity: str) -> None:
        self._ask(entity, "source_key", self._keys("absent", entity=entity))
        self.connection.execute(_sql("referenced", entity=entity))

    def _ask(self, entity: str, column: str, keys: pl.Series, *, replaced: bool = False) -> None:
        """Add what core knows; with `replaced` only of records this batch does not bring anew."""
        if entity not in self.given or not keys.len():
            return
        known = self.current(entity, column, keys)
        if replaced:
            known = known.filter(~pl.col("source_key").is_in(self._keys("keys", entity=entity).implode()))
        schema = record_schema(ENTITIES[entity])
        whole = known.select(CORE[entity]).with_columns(pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in CORE[entity])
        self._facts(entity, whole, "insert into facts_{entity} {sql}")

    def _facts(self, entity: str, part: pl.DataFrame, statement: str) -> None:
        self.connection.register("part", _as_typed(entity, part).to_arrow())
        self.connection.execute(statement.format(entity=entity, sql=_sql(f"{entity}.facts")))

    def _table(self, select: str) -> pa.Table:
        return self.connection.sql(select).to_arrow_table()

    def _keys(self, name: str, **names: str) -> pl.Series:
        return pl.Series("key", pl.from_arrow(self._table(_sql(name, **names)).column("key")), pl.String)


_FACT_COLUMNS: dict[str, tuple[str, ...]] = {
    "employer_record": ("row_number", "source_key", "credit_code"),
    "person_record": ("row_number", "source_key", "id_number", "birth_date"),
    "enrolment": ("row_number", "source_key", "person_key", "insurance_code", "start_date", "end_date"),
    "contribution": ("row_number", *CORE["contribution"]),
    "benefit": ("row_number", "source_key", "person_key", "insurance_code", "benefit_code", "period_month", "start_date", "paid_date", "amount"),
    "death": ("row_number", "source_key", "person_key", "death_date"),
    "archive_item": ("row_number", "source_key", "archive_number"),
}


def no_core(entity: str, column: str, keys: pl.Series) -> pl.DataFrame:
    """Core before the first batch: nothing."""
    schema = record_schema(ENTITIES[entity])
    return pl.DataFrame(schema={name: schema[name] for name in CORE[entity]})


def _as_typed(entity: str, part: pl.DataFrame) -> pl.DataFrame:
    """Give canonical text its type where it comes as text, as from core."""
    texts = (field for field in ENTITIES[entity].fields if field.name in part.columns and part.schema[field.name] == pl.String)
    return part.with_columns(typed(part[field.name], field) for field in texts)


def _checked(entity: str, part: pl.DataFrame) -> pl.DataFrame:
    """Add whether identity numbers and credit codes pass their own check."""
    if entity == "person_record":
        return part.with_columns(valid_ids(part["id_number"]).alias("number_valid"))
    if entity == "employer_record":
        codes = part["credit_code"].drop_nulls().unique()
        valid = [code for code in codes.to_list() if is_valid_credit_code(code)]
        return part.with_columns(pl.col("credit_code").is_in(valid).fill_null(False).alias("number_valid"))
    return part


def _sql(name: str, **names: str) -> str:
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    for what, by in names.items():
        text = text.replace(f"{{{what}}}", by)
    return text
