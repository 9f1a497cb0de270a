"""Bind one field's declaration: does its function exist, take these columns and give what the field needs?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.canonical import CODE_FORMS, CODES, Field, Kind
from mappings.dates import read_date, read_month
from mappings.functions import CALLS, read_amount
from mappings.source import FieldMap, Key, Source
from mappings.words import choose
from mappings.yaml_lines import Path

_ANYWHERE = ("constant", "first_of", "call")
_TEXTS = ("column", "text", "name", "id_number", "phone", "lookup", "join", *_ANYWHERE)
_FITTING: dict[Kind, tuple[str, ...]] = {
    "text": _TEXTS,
    "code": ("lookup", "column", *_ANYWHERE),
    "date": ("date", *_ANYWHERE),
    "partial_date": ("date", *_ANYWHERE),
    "month": ("month", *_ANYWHERE),
    "amount": ("amount", *_ANYWHERE),
    "integer": ("integer", *_ANYWHERE),
    "key": ("key", "first_of"),
}
"""Functions that can fill a field of each kind."""


def field_problems(source: Source, how: FieldMap, field: Field, path: Path) -> Iterator[tuple[Path, str]]:
    """Give the problems of one field's declaration, parts included."""
    function = how.function
    if function not in _FITTING[field.kind]:
        yield path, f"`{function}` cannot fill {field.name}, which is a {field.kind}; expected {' or '.join(_FITTING[field.kind])}; use one of them"
        return
    if function == "lookup":
        yield from _lookup(source, how.lookup or "", field, path)
    elif function == "call":
        yield from _call(how, field, path)
    elif function == "key":
        yield from _reference(source, Key(columns=how.key or (), personal=how.personal), field, path)
    elif function == "constant" and not fits(how.constant or "", field):
        yield path, f"constant is no {field.kind} of {field.name}; expected canonical text{_listed(field)}; correct it"
    for name, parts in (("first_of", how.first_of), ("join", how.join)):
        for at, part in enumerate(parts or ()):
            yield from field_problems(source, part, field, (*path, name, at))


def fits(text: str, field: Field) -> bool:
    """Tell whether a text is a value of the field in canonical form."""
    if field.kind == "code":
        return text in CODES[field.code_system] if field.code_system in CODES else bool(re.search(CODE_FORMS[field.code_system], text))
    if field.kind in ("date", "partial_date"):
        return read_date(text, ("iso", "y-m-d", "y"), field.kind == "partial_date")[0] == text
    if field.kind == "month":
        return read_month(text, ("y-m-d",))[0] == text
    if field.kind == "amount":
        return read_amount(text)[0] is not None
    return text.removeprefix("-").isdecimal() if field.kind == "integer" else 0 < len(text) <= field.length


def _lookup(source: Source, name: str, field: Field, path: Path) -> Iterator[tuple[Path, str]]:
    if name not in source.lookups:
        known = f"; {choose(name, source.lookups)}" if source.lookups else "; add it under `lookups:`"
        yield path, f"no lookup {name}; expected a table under `lookups:`{known}"
        return
    for value, code in source.lookups[name].items():
        if code is not None and not fits(code, field):
            yield ("lookups", name, value), f"{code} is no code of {field.name} ({field.code_system}); expected a canonical code{_listed(field)}; correct it"


def _call(how: FieldMap, field: Field, path: Path) -> Iterator[tuple[Path, str]]:
    call = CALLS.get(how.call or "")
    if call is None:
        yield path, f"no function {how.call}; expected one of mappings/functions.py; {choose(how.call or '', CALLS)}"
        return
    if len(how.of) != call.columns:
        yield path, f"{how.call} takes {call.columns} columns, found {len(how.of)}; expected `of:` with {call.columns}; correct it"
    if field.kind not in call.kinds:
        yield path, f"{how.call} gives {' or '.join(call.kinds)}, {field.name} is a {field.kind}; expected a function that gives one; choose another"


def _reference(source: Source, key: Key, field: Field, path: Path) -> Iterator[tuple[Path, str]]:
    """A reference must be able to meet a record: some record of that entity has a key of as many columns, personal or not."""
    given = [record.key or stream.key for stream in source.streams for record in stream.records if record.entity == field.refers_to and not record.part]
    if not given:
        yield path, f"refers to {field.refers_to}, which no stream of this source gives; expected one that does; map it or remove this field"
    elif not any(len(other.columns) == len(key.columns) and other.personal == key.personal for other in given):
        forms = " or ".join(sorted({f"{len(other.columns)} {'personal' if other.personal else 'open'} column(s)" for other in given}))
        yield path, f"no {field.refers_to} has a key of {len(key.columns)} {'personal' if key.personal else 'open'} column(s); expected {forms}; correct it"


def _listed(field: Field) -> str:
    return f" ({', '.join(CODES[field.code_system])})" if field.code_system in CODES else ""
