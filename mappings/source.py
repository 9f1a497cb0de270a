"""The source declaration: what one department's system looks like, as data (one YAML file per source).

A source has streams (tables, sheets, files); each stream has a row key and says which canonical records one raw row
gives.  The vocabulary is closed: unknown keys are refused.  `mappings.load` reads files; `mappings.apply` runs them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """A declaration that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Column = Annotated[str, Field(min_length=1)]

FUNCTIONS = ("column", "constant", "text", "name", "id_number", "phone", "date", "month", "amount", "integer", "lookup", "first_of", "join", "key", "call")
"""The closed vocabulary of a field: exactly one of these per field (a bare string is short for `column`)."""


class FieldMap(Strict):
    """How one canonical field comes from the columns of a raw row; exactly one of the vocabulary's functions."""

    column: Column | None = None
    """the column as received, outer padding removed; blank and the source's `blanks` become null"""
    constant: str | None = None
    text: Column | None = None
    """free text: NFKC width folding, inner runs of blanks to one"""
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
    """name of a value table of this source, applied to `from`"""
    from_: Column | None = Field(default=None, alias="from")
    first_of: tuple[FieldMap | Column, ...] | None = None
    join: tuple[FieldMap | Column, ...] | None = None
    separator: str = ""
    key: tuple[Column, ...] | None = None
    """a reference: the source_key that the record with these key columns has"""
    personal: bool = False
    """with `key`: the columns are personal; refer by surrogate"""
    call: str | None = None
    """a named function of mappings/functions.py, on the columns `of`"""
    of: tuple[Column, ...] = ()
    formats: tuple[str, ...] = ()
    """`ymd` `ym` `y` `y-m-d` `y/m/d` `y.m.d` `y年m月d日` `d/m/y` `m/d/y` `excel` `iso`; default: every unambiguous one"""

    @model_validator(mode="after")
    def _exactly_one(self) -> FieldMap:
        used = [name for name in FUNCTIONS if getattr(self, name) is not None]
        if len(used) != 1:
            raise ValueError(f"one of {', '.join(FUNCTIONS)} expected, found {', '.join(used) or 'none'}")
        if (self.lookup is None) != (self.from_ is None):
            raise ValueError("`lookup` and `from` belong together")
        return self


class Key(Strict):
    """A key of natural columns that identify a person: the record's key is a surrogate, never the value."""

    personal: tuple[Column, ...]


class RecordMap(Strict):
    """The canonical record one raw row gives."""

    entity: str
    key: tuple[Column, ...] | Key | None = None
    """columns of this record's own key when it is not the row's (a derived record, shared by rows)"""
    part: str | None = None
    """tells two records of one entity from one row apart; becomes the key's suffix `#part`"""
    when: dict[Column, tuple[str, ...] | str] = Field(default_factory=dict)
    """only rows whose column holds one of these values give this record (`"*"`: any value, `""`: blank)"""
    fields: dict[str, FieldMap | Column]


class Scope(Strict):
    """Rows that are not ours to load, with the reason printed in the ledger."""

    where: dict[Column, tuple[str, ...] | str]
    reason: str


class Example(Strict):
    """A raw row and what it must become: runs as a test (`hub check`)."""

    stream: str
    given: dict[str, str | None]
    expect: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """entity (or entity#part) -> field -> value; fields not named are not compared"""
    problems: tuple[str, ...] = ()
    """reason codes the row must be refused with"""


class Stream(Strict):
    """One table, sheet or file pattern of the source."""

    stream: str
    from_: dict[str, Any] = Field(default_factory=dict, alias="from")
    """the connector's options for this stream (table, path, sheet, columns …), merged over `connector:`"""
    key: tuple[Column, ...] | Key
    cursor: Column | None = None
    """column of the watermark (cursor mode)"""
    rekey: tuple[Column, ...] | None = None
    """columns that hold the row's former key after the source corrected it"""
    scope: tuple[Scope, ...] = ()
    records: tuple[RecordMap, ...]
    ignore: tuple[Column, ...] = ()
    """columns out of scope on purpose; any other unmapped column is a finding"""


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
    """When the source counts as late."""

    within: str = "36h"


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
