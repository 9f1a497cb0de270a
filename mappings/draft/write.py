"""The draft as a source file: every guess with its sureness beside it, everything open named in a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from mappings.canonical import ENTITIES
from mappings.draft.guess import RecordGuess, StreamGuess
from mappings.draft.how import Lookup
from mappings.source import Key


def source_file(name: str, connector: Mapping[str, Any], mode: str, streams: Sequence[StreamGuess], lookups: Mapping[str, Lookup]) -> str:
    """Give the text of a source file."""
    body = [line for stream in streams for line in _stream(stream, mode)]
    return "\n".join([*_head(name, connector, mode), *body, *_lookups(lookups), *_tail(streams)]) + "\n"


def flow(value: Any) -> str:
    """Give a value as one line of YAML."""
    text: str = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _head(name: str, connector: Mapping[str, Any], mode: str) -> Iterator[str]:
    yield "# A draft by `hub source new`: each guess carries how sure it is (0 to 1).  Read every line, correct it, delete these comments,"
    yield f"# then `hub check {name}` and `hub preview {name}`."
    yield f"source: {name}"
    yield f"department: {{zh: {name}, en: {name}}}  # its name in both languages"
    yield "steward: someone@example.org  # who answers for this source"
    yield f"connector: {flow(dict(connector))}"
    yield f"extract: {{mode: {mode}}}"
    yield ""
    yield "streams:"


def _stream(stream: StreamGuess, mode: str) -> Iterator[str]:
    yield f"  - stream: {flow(stream.stream)}"
    if stream.options:
        yield f"    from: {flow(dict(stream.options))}"
    yield f"    key: {flow(_key(stream.key))}  # identifies a row"
    if stream.rekey:
        yield f"    rekey: [{flow(stream.rekey)}]  # what the key was before the source corrected it"
    if mode == "cursor":
        updated = stream.taken["updated"]
        yield f"    cursor: {flow(updated.column)}"
    if stream.unknown:
        yield f"    # not recognised, map or ignore: {', '.join(stream.unknown)}"
    yield "    records:"
    for record in stream.records:
        yield from _record(record)
    yield ""


def _key(key: Key) -> Any:
    return {"personal": list(key.columns)} if key.personal else list(key.columns)


def _record(record: RecordGuess) -> Iterator[str]:
    yield f"      - entity: {record.entity}"
    if record.key:
        yield f"        key: {flow(_key(record.key))}"
    if record.part:
        yield f"        part: {record.part}"
    if record.when:
        yield f"        when: {flow(record.when)}"
    yield "        fields:"
    for field in ENTITIES[record.entity].fields:
        if guess := record.fields.get(field.name):
            yield f"          {field.name}: {flow(guess.how)}  # {guess.score:.2f} {guess.why}"
        elif field.required:
            yield f"          # {field.name}: required ({field.zh}), and no column was recognised"


def _lookups(lookups: Mapping[str, Lookup]) -> Iterator[str]:
    if not lookups:
        return
    yield "lookups:"
    for name, lookup in lookups.items():
        pairs = ", ".join(f"{flow(value)}: {flow(code)}" for value, code in lookup.codes.items())
        yield f"  {name}: {{{pairs}}}{_open(lookup)}"
    yield ""


def _open(lookup: Lookup) -> str:
    return f"  # decide what these mean: {', '.join(flow(value) for value in lookup.open)}" if lookup.open else ""


def _tail(streams: Sequence[StreamGuess]) -> Iterator[str]:
    yield "# examples: made-up rows, never real ones"
    yield "#   - stream: " + flow(streams[0].stream)
    yield "#     given: {column: value}"
    yield "#     expect: {entity: {field: value}}"
