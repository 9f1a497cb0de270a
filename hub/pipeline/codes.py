"""Codes no lookup explains: the work list, what a person decides of each, and the way back into the source's file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub import crypto, settings
from hub.errors import ConfigError
from mappings.canonical import CODES, ENTITIES
from mappings.load import load_named, load_sources
from mappings.lookup_text import with_codes
from mappings.source import Source
from warehouse import audit, batches
from warehouse.db import Connection, connect, query


@dataclass(frozen=True)
class Unknown:
    """A code nobody has explained yet; `value` is empty where it did not look like a code."""

    source: str
    stream: str
    lookup: str
    value: str
    rows: int
    batch_id: str
    blind: str
    """what it is called in an address: hexadecimal, says nothing"""
    code: str | None
    """what it was mapped to since, while its rows still wait to be replayed"""


@dataclass(frozen=True)
class Override:
    """One decision of a person."""

    source: str
    lookup: str
    value: str
    code: str
    author: str
    reason: str | None
    recorded_at: datetime


def unknown(connection: Connection, source: str | None = None) -> list[Unknown]:
    """List the codes that no table explained when they last came, those without a decision first."""
    rows = connection.execute(query("codes.unknown"), {"source": source}).fetchall()
    values = crypto.unseal([row[4] for row in rows], [f"code/{row[0]}".encode() for row in rows])
    decided: dict[str, dict[str, dict[str, str]]] = {}
    tables: dict[str, Source] = {one.source: one for one in load_sources(settings.load().sources)[0]}
    found = []
    for (name, stream, lookup, blind, _, count, batch_id, waits), value in zip(rows, values, strict=True):
        if name not in decided:
            decided[name] = batches.overrides(connection, name)[0]
        text = value or ""
        code = decided[name].get(lookup, {}).get(text)
        in_file = name in tables and text in tables[name].lookups.get(lookup, {})
        if not in_file and (code is None or waits):
            found.append(Unknown(name, stream, lookup, text, count, batch_id, bytes(blind).hex(), code))
    return sorted(found, key=lambda one: (one.code is not None, -one.rows, one.source))


def targets(source: Source, lookup: str) -> dict[str, str]:
    """Give the codes a lookup may lead to (code -> Chinese label); empty where any code of the right form may stand."""
    systems = {
        ENTITIES[record.entity].by_name[name].code_system
        for stream in source.streams
        for record in stream.records
        for name, how in record.fields.items()
        if any(part.lookup == lookup for part in how.parts)
    }
    listed = [CODES[system] for system in systems if system in CODES]
    common = set.intersection(*(set(codes) for codes in listed)) if listed else set()
    return {code: label for code, label in listed[0].items() if code in common} if listed else {}


def map_code(source_name: str, lookup: str, value: str, code: str, author: str, reason: str) -> Override:
    """Say what a value of a lookup means, from now on; the latest decision counts.  ConfigError for a code its fields cannot hold."""
    source = load_named(settings.load().sources, source_name)
    if lookup not in source.lookups:
        raise ConfigError(f"{source_name}: no lookup {lookup}; known: {', '.join(source.lookups)}")
    allowed = targets(source, lookup)
    if (allowed and code not in allowed) or not code.strip() or len(code) > 40:
        raise ConfigError(f"{source_name}.{lookup}: not a code its fields can hold; expected {', '.join(allowed) or 'a code'}")
    if not value or not reason.strip():
        raise ConfigError(f"{source_name}.{lookup}: a mapping needs the value as the source writes it, and a reason")
    values = {"source": source_name, "lookup": lookup, "value": value, "code": code, "author": author, "reason": reason.strip()[:500]}
    with connect() as connection:
        [(moment,)] = connection.execute(query("codes.map"), values).fetchall()
        audit.record(connection, author, "code.map", f"{source_name}.{lookup}", reason, code=code)
    return Override(source_name, lookup, value, code, author, values["reason"], moment)


def map_unknown(source_name: str, stream: str, lookup: str, blind: str, code: str, author: str, reason: str) -> Override:
    """Map an entry of the work list, named by its blind value."""
    with connect() as connection:
        one = next((each for each in unknown(connection, source_name) if (each.stream, each.lookup, each.blind) == (stream, lookup, blind)), None)
    if one is None or not one.value:
        raise ConfigError(f"{source_name}.{lookup}: not on the work list, or it does not look like a code; repair its rows instead")
    return map_code(source_name, lookup, one.value, code, author, reason)


def overrides(connection: Connection, source: str | None = None) -> list[Override]:
    """List every decision, the latest first."""
    return [Override(*row) for row in connection.execute(query("codes.decided"), {"source": source})]


def exported(source_name: str) -> str:
    """Give the text of a source's file with every decision in its lookups; what the file says already stays as it is."""
    folder = settings.load().sources
    source = load_named(folder, source_name)
    text = (folder / f"{source_name}.yml").read_text(encoding="utf-8")
    with connect() as connection:
        tables, _ = batches.overrides(connection, source_name)
    new = {lookup: {value: code for value, code in codes.items() if source.lookups.get(lookup, {}).get(value) != code} for lookup, codes in tables.items()}
    return with_codes(text, {lookup: codes for lookup, codes in new.items() if codes and lookup in source.lookups})


def write_back(source_name: str) -> Path:
    """Write the decisions into the source's own file, which must stay readable; gives its path."""
    path = settings.load().sources / f"{source_name}.yml"
    before, text = path.read_text(encoding="utf-8"), exported(source_name)
    path.write_text(text, encoding="utf-8")
    try:
        load_named(path.parent, source_name)
    except ConfigError:
        path.write_text(before, encoding="utf-8")
        raise
    return path
