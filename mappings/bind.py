"""Bind a declaration to the canonical model and to itself, before any row is read.

Each check yields (path in the file, message); the messages say what was found, what was expected and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from mappings.bind_fields import field_problems
from mappings.canonical import ENTITIES, Entity
from mappings.problems import Problem
from mappings.source import Key, RecordMap, Source, Stream
from mappings.words import choose
from mappings.yaml_lines import Path

Found = Iterator[tuple[Path, str]]

_CRON = re.compile(r"^(?:[0-9*,/-]+ ){2}(?:[0-9*,/LW?-]+ )(?:[0-9A-Za-z*,/-]+ )[0-9A-Za-z*,/#L?-]+$")
_SPAN = re.compile(r"^[0-9]+[smhd]?$")
_SECRETS = {"password", "passwd", "pwd", "secret", "client_secret", "token", "api_key", "apikey", "access_key", "secret_key", "private_key"}


def bind(source: Source) -> list[tuple[Path, str]]:
    """Give every problem of a well-formed declaration (empty: it can run)."""
    return [
        *_connection(source),
        *_schedule(source),
        *_streams(source),
        *_lookups(source),
        *_expectations(source),
        *_examples(source),
    ]


def _connection(source: Source) -> Found:
    if not isinstance(source.connector.get("type"), str):
        yield ("connector", "type"), "connector has no type; expected `type: sql`, `delimited`, … ; add it"
    yield from _secrets(source.connector, ("connector",))
    for at, stream in enumerate(source.streams):
        yield from _secrets(stream.from_, ("streams", at, "from"))


def _secrets(value: Any, path: Path) -> Found:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in _SECRETS:
                yield (*path, key), "credential in a source file; expected none; name a `connection:` and keep the credential in the environment"
            yield from _secrets(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _secrets(inner, (*path, at))
    elif isinstance(value, str) and re.search(r"://[^/\s]*:[^/\s]*@", value):
        yield path, "credential in an address; expected an address without one; name a `connection:` and keep the credential in the environment"


def _schedule(source: Source) -> Found:
    if not _CRON.match(source.schedule):
        yield ("schedule",), 'not a cron expression; expected five fields such as "0 2 * * *"; correct it'
    if not _SPAN.match(source.extract.overlap):
        yield ("extract", "overlap"), "not a span; expected a number, for days and times with d, h, m or s, such as 2d; correct it"
    if source.extract.start is not None and not _is_day(source.extract.start):
        yield ("extract", "start"), "not a day; expected an ISO date such as 2025-10-01; correct it"
    if source.extract.sweep and source.extract.mode != "cursor":
        yield ("extract", "sweep"), f"a sweep has no meaning in mode {source.extract.mode}; expected it in cursor mode only; remove it"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _streams(source: Source) -> Found:
    names = [stream.stream for stream in source.streams]
    for at, stream in enumerate(source.streams):
        path: Path = ("streams", at)
        if names.index(stream.stream) != at:
            yield (*path, "stream"), f"second stream named {stream.stream}; expected each name once; rename it"
        if source.extract.mode == "cursor" and not stream.cursor:
            yield (*path, "cursor"), "no cursor column; expected one in each stream of a source in cursor mode; add `cursor:`"
        if source.extract.mode != "cursor" and stream.cursor:
            yield (*path, "cursor"), f"cursor in mode {source.extract.mode}; expected in cursor mode only; remove it or change `extract.mode`"
        if stream.rekey and len(stream.rekey) != len(stream.key.columns):
            yield (*path, "rekey"), f"{len(stream.rekey)} columns for a key of {len(stream.key.columns)}; expected as many; name the former key's columns"
        for column in set(stream.ignore) & set(stream.used):
            yield (*path, "ignore"), f"column {column} is ignored and mapped; expected one of the two; remove it from one"
        yield from _records(source, stream, path)
        yield from _open_keys(stream, path)


def _records(source: Source, stream: Stream, path: Path) -> Found:
    seen: set[tuple[str, str | None]] = set()
    for at, record in enumerate(stream.records):
        here = (*path, "records", at)
        entity = ENTITIES.get(record.entity)
        if entity is None:
            yield (*here, "entity"), f"no entity {record.entity}; expected a canonical entity; {choose(record.entity, ENTITIES)}"
            continue
        if (record.entity, record.part) in seen and record.key is None:
            yield here, f"second {record.entity} of the row under the same key; expected `part:` or `key:` to tell them apart; add one"
        seen.add((record.entity, record.part))
        for field in entity.fields:
            if field.required and field.name not in record.fields:
                yield (*here, "fields", field.name), f"{record.entity}.{field.name} is required and not mapped; expected a column or constant; map it"
        for name, how in record.fields.items():
            if name not in entity.by_name:
                yield (*here, "fields", name), f"{record.entity} has no field {name}; expected a canonical field; {choose(name, entity.by_name)}"
            else:
                yield from field_problems(source, how, entity.by_name[name], (*here, "fields", name))


def _open_keys(stream: Stream, path: Path) -> Found:
    """A column that fills a personal field (or a person's name) may stand in no open key: keys are never sealed."""
    private = {column for record in stream.records if record.entity in ENTITIES for column in _private_columns(record, ENTITIES[record.entity])}
    keys: list[tuple[Path, Key]] = [((*path, "key"), stream.key)]
    for at, record in enumerate(stream.records):
        if record.key:
            keys.append(((*path, "records", at, "key"), record.key))
        for name, how in record.fields.items():
            if how.key:
                keys.append(((*path, "records", at, "fields", name), Key(columns=how.key, personal=how.personal)))
    for where, key in keys:
        told = [column for column in key.columns if column in private]
        if told and not key.personal:
            yield where, f"column {', '.join(told)} is personal and a source key is not sealed; expected a surrogate; mark the key as personal"


def _private_columns(record: RecordMap, entity: Entity) -> Iterator[str]:
    for name, how in record.fields.items():
        field = entity.by_name.get(name)
        if field and how.function != "key" and (field.personal or (entity.name == "person_record" and name in ("name", "former_name"))):
            yield from how.columns


def _lookups(source: Source) -> Found:
    used = {how.lookup for stream in source.streams for record in stream.records for field in record.fields.values() for how in field.parts if how.lookup}
    for name in source.lookups:
        if name not in used:
            yield ("lookups", name), f"lookup {name} is used by no field; expected one; use it or remove it"


def _expectations(source: Source) -> Found:
    rules, streams = source.expectations, [stream.stream for stream in source.streams]
    for name in rules.row_count:
        if name not in streams:
            yield ("expectations", "row_count", name), f"no stream {name}; expected one of this source; {choose(name, streams)}"
    named = {"not_null": {entity: tuple(fields) for entity, fields in rules.not_null.items()}, "required": dict(rules.required)}
    given = {record.entity for stream in source.streams for record in stream.records}
    for rule, entities in named.items():
        for entity, fields in entities.items():
            if entity not in given:
                yield ("expectations", rule, entity), f"this source gives no {entity}; expected an entity it maps; {choose(entity, sorted(given))}"
                continue
            known = ENTITIES[entity].by_name if entity in ENTITIES else {}
            for field in fields:
                if known and field not in known:
                    yield ("expectations", rule, entity), f"{entity} has no field {field}; expected a canonical field; {choose(field, known)}"
    for field in source.trust_fields:
        if field not in ENTITIES["person_record"].by_name:
            yield ("trust_fields", field), f"no person field {field}; expected a canonical field; {choose(field, ENTITIES['person_record'].by_name)}"


def _examples(source: Source) -> Found:
    streams = {stream.stream: stream for stream in source.streams}
    codes = [problem.code for problem in Problem]
    for at, example in enumerate(source.examples):
        path: Path = ("examples", at)
        if example.stream not in streams:
            yield (*path, "stream"), f"no stream {example.stream}; expected one of this source; {choose(example.stream, streams)}"
            continue
        stream = streams[example.stream]
        known = (*stream.used, *stream.ignore)
        for column in example.given:
            if column not in known:
                yield (*path, "given", column), f"column {column} is neither mapped nor ignored; expected a column of the stream; {choose(column, known)}"
        labels = {f"{record.entity}#{record.part}" if record.part else record.entity: record.entity for record in stream.records}
        for label, fields in example.expect.items():
            if label not in labels:
                yield (*path, "expect", label), f"the stream gives no {label}; expected a record it maps; {choose(label, labels)}"
                continue
            for field in fields or ():
                if labels[label] in ENTITIES and field != "source_key" and field not in ENTITIES[labels[label]].by_name:
                    yield (*path, "expect", label, field), f"no field {field}; expected a canonical field; {choose(field, ENTITIES[labels[label]].by_name)}"
        for code in (*example.problems, *example.findings):
            if code not in codes:
                yield (*path, "problems"), f"no reason {code}; expected a reason code; {choose(code, codes)}"
