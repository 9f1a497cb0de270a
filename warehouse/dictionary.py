"""The dictionary of the mart: every relation and column in both languages, and where each value comes from, down to the source's columns.

Read from the view files: the comments that PostgreSQL keeps, and behind each column's comment `-- from entity.field, …` or
`-- made: how` for what no source holds.  From the canonical field on, the sources' own declarations tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hub.errors import ConfigError
from mappings.canonical import ENTITIES, Field
from mappings.source import Source
from warehouse import views

_TABLE = re.compile(r"^comment on view mart\.(\w+) is '((?:[^']|'')*)';$", re.MULTILINE)
_COLUMN = re.compile(r"^comment on column mart\.(\w+)\.(\w+) is '((?:[^']|'')*)'; -- (from|made:) (.+)$", re.MULTILINE)
_CODES = re.compile(r"GB/T [\d.]+|hub\.\w+|mart\.insurance_line")


@dataclass(frozen=True)
class Origin:
    """A canonical field a column rests on."""

    entity: str
    field: Field

    @property
    def name(self) -> str:
        """Entity and field."""
        return f"{self.entity}.{self.field.name}"


@dataclass(frozen=True)
class SourceColumn:
    """Columns of a department's table from which a canonical field comes, and by which function."""

    source: str
    stream: str
    columns: tuple[str, ...]
    function: str


@dataclass(frozen=True)
class Column:
    """One column of the mart; `made` says how, where no source holds it."""

    relation: str
    name: str
    en: str
    zh: str
    origins: tuple[Origin, ...]
    made: str | None

    @property
    def codes(self) -> str | None:
        """The code system its values are of."""
        found = _CODES.search(self.en)
        return found[0] if found else None

    @property
    def rests_on_personal(self) -> bool:
        """Whether a sealed value goes into it; the value itself never stands in the mart."""
        return any(origin.field.personal for origin in self.origins)


@dataclass(frozen=True)
class Relation:
    """One relation of the mart; `known` when it can be read as known at a time."""

    name: str
    en: str
    zh: str
    grain: str
    known: bool
    columns: tuple[Column, ...]


@cache
def relations() -> dict[str, Relation]:
    """Read the whole mart from its files, by name."""
    found = {}
    for path in views.files():
        text = path.read_text(encoding="utf-8")
        columns = [_column(*groups) for groups in _COLUMN.findall(text)]
        for name, comment in _TABLE.findall(text):
            en, zh = _languages(comment, name)
            grain = re.search(r"grain: ([^.;]+)", text)
            known = len(views.statements(path)) > 1
            found[name] = Relation(name, en, zh, grain[1] if grain else "", known, tuple(column for column in columns if column.relation == name))
    return found


def source_columns(origin: Origin, sources: Sequence[Source]) -> list[SourceColumn]:
    """Say where a canonical field comes from, in every department that gives it."""
    return [
        SourceColumn(source.source, stream.stream, tuple(dict.fromkeys(mapped.columns)), mapped.function)
        for source in sources
        for stream in source.streams
        for record in stream.records
        if record.entity == origin.entity and (mapped := record.fields.get(origin.field.name)) is not None
    ]


def _column(relation: str, name: str, comment: str, how: str, what: str) -> Column:
    en, zh = _languages(comment, f"{relation}.{name}")
    origins = tuple(_origin(text, f"{relation}.{name}") for text in what.split(", ")) if how == "from" else ()
    return Column(relation, name, en, zh, origins, what if how == "made:" else None)


def _origin(text: str, where: str) -> Origin:
    entity, _, field = text.partition(".")
    if entity not in ENTITIES or field not in ENTITIES[entity].by_name:
        raise ConfigError(f"mart.{where}: from {text}: no such canonical field (mappings/canonical.py)")
    return Origin(entity, ENTITIES[entity].by_name[field])


def _languages(comment: str, where: str) -> tuple[str, str]:
    en, slash, zh = comment.replace("''", "'").rpartition(" / ")
    if not slash:
        raise ConfigError(f"mart.{where}: comment: expected `English / 中文`")
    return en, zh
