"""The source declaration: what one department's system looks like, as data (one YAML file per source).

A source has streams (tables, sheets, files); each stream has a row key and says which canonical records one raw row
gives.  The vocabulary is closed: unknown keys are refused.  `mappings.load` reads files; `mappings.apply` runs them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """A declaration that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _tuple_of_one(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Column = Annotated[str, Field(min_length=1)]
Values = Annotated[tuple[str, ...], BeforeValidator(_tuple_of_one)]
"""Values a column may hold, compared as received; `"*"` is any value, `""` is blank; a bare string is a list of one."""
Duration = Annotated[str, Field(pattern=r"^\d+[dhms]$")]
"""Days, hours, minutes or seconds: `7d`, `36h`, `30m`, `90s`."""
Format = Literal["ymd", "ym", "y", "y-m-d", "y/m/d", "y.m.d", "y年m月d日", "d/m/y", "m/d/y", "excel", "iso"]
"""How a day or month is written; the separated forms also without their day, every form also with a time of day."""

FUNCTIONS = ("column", "constant", "text", "name", "id_number", "phone", "date", "month", "amount", "integer", "lookup", "first_of", "join", "key", "call")
"""The closed vocabulary of a field: exactly one of these per field (a bare string is short for `column`)."""
_MODIFIERS = {"separator": ("join",), "personal": ("key",), "of": ("call",), "formats": ("date", "month")}
_ONE_COLUMN = ("column", "text", "name", "id_number", "phone", "date", "month", "amount", "integer")


class FieldMap(Strict):
    """How one canonical field comes from the columns of a raw row; exactly one of the vocabulary's functions."""

    column: Column | None = None
    """the column as received, outer padding removed; blank and the source's `blanks` become null"""
    constant: str | None = None
    text: Column | None = None
    """free text: full-width signs folded to half-width, inner runs of blanks to one"""
    name: Column | None = None
    """person or employer name: as written; only padding and control characters removed"""
    id_number: Column | None = None
    phone: Column | None = None
    date: Column | None = None
    """day (or partial date, where the field keeps precision) in one of `formats`; Excel serials by `excel`"""
    month: Column | None = None
    amount: Column | None = None
    integer: Column | None = None
    lookup: str | None = None
    """name of a value table of this source, applied to `from`; a value not in it refuses the row"""
    from_: Column | None = Field(default=None, alias="from")
    first_of: tuple[FieldMap, ...] | None = None
    """the first of these that is not blank"""
    join: tuple[FieldMap, ...] | None = None
    """those of these that are not blank, with `separator` between"""
    separator: str = ""
    key: tuple[Column, ...] | None = None
    """a reference: the source_key that the record with these key columns has"""
    personal: bool = False
    """with `key`: the columns are personal; refer by surrogate"""
    call: str | None = None
    """a named function of mappings/functions.py, on the columns `of`"""
    of: tuple[Column, ...] = ()
    formats: tuple[Format, ...] = ()
    """with `date` or `month`; default: every unambiguous one, which excludes `d/m/y`, `m/d/y` and `excel`"""

    @model_validator(mode="before")
    @classmethod
    def _bare_column(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> FieldMap:
        used = [name for name in FUNCTIONS if getattr(self, name) is not None]
        if len(used) != 1:
            raise ValueError(f"{', '.join(used) or 'no function'} found; expected exactly one of {', '.join(FUNCTIONS)}")
        if (self.lookup is None) != (self.from_ is None):
            raise ValueError("`lookup` or `from` alone; expected both, a table and its column")
        for modifier, functions in _MODIFIERS.items():
            if getattr(self, modifier) and used[0] not in functions:
                raise ValueError(f"`{modifier}` beside `{used[0]}`; expected it beside {' or '.join(f'`{name}`' for name in functions)} only")
        return self

    @property
    def function(self) -> str:
        """Name of the one function used."""
        return next(name for name in FUNCTIONS if getattr(self, name) is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns this field reads, parts included."""
        return tuple(column for part in self.parts for column in part._own_columns())

    @property
    def parts(self) -> tuple[FieldMap, ...]:
        """This field and all that stand inside it."""
        return (self, *(inner for part in (*(self.first_of or ()), *(self.join or ())) for inner in part.parts))

    def _own_columns(self) -> tuple[str, ...]:
        if self.function in _ONE_COLUMN:
            return (getattr(self, self.function),)
        return (self.from_,) if self.from_ else (*(self.key or ()), *self.of)


class Key(Strict):
    """Columns whose values identify a record: a list, or `{personal: [...]}` where they name a person.

    The source key of a personal key is a surrogate, never the value.
    """

    columns: tuple[Column, ...] = Field(min_length=1)
    personal: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return {"columns": value}
        if isinstance(value, dict) and set(value) == {"personal"}:
            return {"columns": value["personal"], "personal": True}
        if isinstance(value, dict) and "columns" in value:
            return value
        raise ValueError("not a key; expected a list of columns, or {personal: [columns]}")


class RecordMap(Strict):
    """The canonical record one raw row gives."""

    entity: str
    key: Key | None = None
    """columns of this record's own key when it is not the row's (a derived record, shared by rows)"""
    part: str | None = None
    """tells two records of one entity from one row apart; becomes the key's suffix `#part`"""
    when: dict[Column, Values] = Field(default_factory=dict)
    """only rows whose columns hold one of these values give this record"""
    fields: dict[str, FieldMap]

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns this record reads."""
        return (*(self.key.columns if self.key else ()), *self.when, *(column for field in self.fields.values() for column in field.columns))


class Scope(Strict):
    """Rows that are not ours to load, with the reason printed in the ledger."""

    where: dict[Column, Values] = Field(min_length=1)
    reason: str


class Example(Strict):
    """A raw row and what it must become: runs as a test (`hub check`)."""

    stream: str
    given: dict[str, str | None]
    expect: dict[str, dict[str, str | None] | None] = Field(default_factory=dict)
    """entity (or entity#part) -> field -> value, as canonical text; fields not named are not compared; null: no such record"""
    problems: tuple[str, ...] = ()
    """reason codes the row must be refused with, all of them"""
    findings: tuple[str, ...] = ()
    """reason codes of findings the row must have (others may be there)"""
    scope: str | None = None
    """reason for which the row must be out of scope"""


class Stream(Strict):
    """One table, sheet or file pattern of the source."""

    stream: str
    from_: dict[str, Any] = Field(default_factory=dict, alias="from")
    """the connector's options for this stream (table, path, sheet, columns …), merged over `connector:`"""
    key: Key
    cursor: Column | None = None
    """column of the watermark (cursor mode)"""
    rekey: tuple[Column, ...] | None = None
    """columns that hold the row's former key after the source corrected it"""
    scope: tuple[Scope, ...] = ()
    records: tuple[RecordMap, ...] = Field(min_length=1)
    ignore: tuple[Column, ...] = ()
    """columns out of scope on purpose; any other unmapped column is a finding"""

    @property
    def used(self) -> tuple[str, ...]:
        """Raw columns the mapping reads, each once, in the order of the file; one that is missing stops the batch."""
        scope = (column for rule in self.scope for column in rule.where)
        records = (column for record in self.records for column in record.columns)
        cursor = (self.cursor,) if self.cursor else ()
        return tuple(dict.fromkeys((*self.key.columns, *cursor, *(self.rekey or ()), *scope, *records)))


class Extract(Strict):
    """How rows are fetched and what absence means."""

    mode: Literal["dated", "cursor", "snapshot"]
    overlap: str = "2d"
    """cursor mode: how far back the watermark is set (`2d`, `6h`, or a number for numeric cursors)"""
    sweep: bool = False
    """cursor mode: fetch all keys to see deletions"""
    start: str | None = None
    """dated mode: first data interval (ISO date)"""


class RowCount(Strict):
    """Bounds on the rows of one batch of a stream; outside them the batch stops."""

    min: int | None = None
    max: int | None = None
    max_drop: float | None = None
    """largest tolerated share lost against the last published batch of the stream (snapshot and dated)"""


class Freshness(Strict):
    """When the source counts as late: nothing published for longer than this."""

    within: Duration = "36h"


class Volume(Strict):
    """How many rows a source brings over some days, all batches together; outside it somebody is told.

    This is what the gate cannot see: a source whose nightly batches are all well and all empty.
    """

    over: Duration = "7d"
    min: int | None = None
    max: int | None = None


class Expectations(Strict):
    """The source's own thresholds, merged over the baseline suites at the leaf."""

    row_count: dict[str, RowCount] = Field(default_factory=dict)
    """by stream"""
    not_null: dict[str, dict[str, float]] = Field(default_factory=dict)
    """entity -> field -> least share of filled values in a batch (below: the batch stops)"""
    required: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """entity -> fields this source must fill: a row without them is quarantined"""
    optional: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """entity -> baseline rules (by id) switched off for this source"""
    max_quarantine: float = 0.2
    """share of a batch's rows in quarantine above which the batch stops"""
    max_endings: float = 0.01
    """share of known keys that may end in one batch (at least 50 always may)"""
    freshness: Freshness = Freshness()
    volume: Volume = Volume()


class Label(Strict):
    """A name in both languages."""

    zh: str
    en: str


class Source(Strict):
    """One departmental system, whole."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")
    department: Label
    steward: str
    trust: int = Field(default=50, ge=0, le=100)
    """survivorship: weight of this source's values against others' (higher wins)"""
    trust_fields: dict[str, int] = Field(default_factory=dict)
    """person field -> weight, where it differs"""
    connector: dict[str, Any]
    schedule: str = "0 2 * * *"
    extract: Extract
    blanks: tuple[str, ...] = ("", "-", "--", "无", "NULL", "null", "不详")
    """values that mean absent in any column of this source"""
    streams: tuple[Stream, ...] = Field(min_length=1)
    lookups: dict[str, dict[str, str | None]] = Field(default_factory=dict)
    expectations: Expectations = Expectations()
    examples: tuple[Example, ...] = ()

    def stream(self, name: str) -> Stream:
        """The stream of that name."""
        return next(stream for stream in self.streams if stream.stream == name)
