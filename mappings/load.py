"""Read source files: every problem of a file at once, each with its line, what was expected and what to do."""

from __future__ import annotations

import hashlib
import types
import typing
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.errors import ConfigErrors
from mappings import yaml_lines
from mappings.bind import bind
from mappings.source import Source
from mappings.words import choose

Problem = tuple[yaml_lines.Path, str]
"""Where in the file, and what is wrong there."""


def load_source(path: Path) -> Source:
    """Read one source file and bind it to the canonical model; raises ConfigErrors with all its problems."""
    if path.suffix != ".yml":
        raise ConfigErrors([f"{path.name}:1: file name ends in {path.suffix or 'nothing'}; expected .yml; rename it"])
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigErrors([f"{path.name}:1: not UTF-8; expected UTF-8 text; save it as such"]) from None
    except OSError as error:
        raise ConfigErrors([f"{path.name}:1: cannot be read ({error.strerror}); expected a source file; check its name and rights"]) from None
    return _bound(path, text)


@lru_cache(maxsize=256)
def _bound(path: Path, text: str) -> Source:
    """Bind what a file says; each stage of each batch asks for it, and one text is always one source."""
    document = yaml_lines.parse(text)
    source, problems = _validated(document)
    problems = [*document.problems, *problems]
    if source and source.source != path.stem:
        problems.append((("source",), f"{source.source} differs from the file's name; expected {path.stem}; rename one of them"))
    if problems or source is None:
        said = sorted({(document.line(where), _line(path, document.line(where), where, what)) for where, what in problems})
        raise ConfigErrors([line for _, line in said])
    return source


def load_sources(folder: Path) -> tuple[list[Source], list[str]]:
    """Read every source file of a folder; give the good ones by name, and all problems of the others.

    A bad file never hides a good one: whoever lists sources (DAGs, `hub check`) shows both.
    """
    sources, problems = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix not in (".yml", ".yaml") or path.name.startswith("."):
            continue
        try:
            sources.append(load_source(path))
        except ConfigErrors as error:
            problems += error.problems
    if not folder.is_dir():
        problems.append(f"{folder}: no such folder; expected the folder of source files; create it or correct HUB_SOURCES")
    return sources, problems


def load_named(folder: Path, name: str) -> Source:
    """Read the source of that name from a folder; raises ConfigErrors when it is absent or wrong."""
    path = folder / f"{name}.yml"
    if not path.is_file():
        known = sorted(file.stem for file in folder.glob("*.yml"))
        raise ConfigErrors([f"{path.name}:1: no such source file; expected it in the sources folder; {choose(name, known) if known else 'add it'}"])
    return load_source(path)


def yaml_hash(source: Source) -> str:
    """Give the SHA-256 of what a source declares; comments and layout of its file do not change it."""
    return hashlib.sha256(source.model_dump_json(by_alias=True).encode()).hexdigest()


def _line(path: Path, line: int, where: yaml_lines.Path, what: str) -> str:
    dotted = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(".")
    return f"{path.name}:{line}: {dotted}: {what}" if dotted else f"{path.name}:{line}: {what}"


def _validated(document: yaml_lines.Document) -> tuple[Source | None, list[Problem]]:
    """Validate; where the form is wrong in places, leave those out and bind the rest, so that one run tells all."""
    if document.value is None:
        return None, []
    value, problems = deepcopy(document.value), []
    left_out: set[yaml_lines.Path] = set()
    for _ in range(_MOST_ROUNDS):
        try:
            source = Source.model_validate(value)
        except ValidationError as error:
            wrong = _innermost([(_where(detail), detail) for detail in error.errors(include_url=False, include_context=True)])
            problems += [(where, _what(where, detail)) for where, detail in wrong if not _below(where, left_out)]
            for where, detail in wrong:
                left_out |= _mend(value, where, absent=detail["type"] == "missing" and where not in left_out)
        else:
            return source, [*problems, *((where, what) for where, what in bind(source) if not _explained(where, left_out))]
    return None, problems


_MOST_ROUNDS = 8


def _where(detail: ErrorDetails) -> yaml_lines.Path:
    """Give the place in the file: the columns of a key stand there as the key itself."""
    steps = detail["loc"]
    return tuple(step for at, step in enumerate(steps) if not (step == "columns" and at and steps[at - 1] == "key"))


def _innermost(wrong: list[tuple[yaml_lines.Path, ErrorDetails]]) -> list[tuple[yaml_lines.Path, ErrorDetails]]:
    """Leave out lists said to be empty only because their one entry is wrong."""
    places = [where for where, _ in wrong]

    def explained(where: yaml_lines.Path) -> bool:
        return any(len(other) > len(where) and other[: len(where)] == where for other in places)

    return [(where, detail) for where, detail in wrong if detail["type"] != "too_short" or not explained(where)]


def _below(where: yaml_lines.Path, paths: set[yaml_lines.Path]) -> bool:
    """Tell whether a place is one of `paths`, under or right above it: what was left out there explains it."""
    return any(where[: len(path)] == path or path[: len(where)] == where for path in paths)


def _explained(where: yaml_lines.Path, left_out: set[yaml_lines.Path]) -> bool:
    """Tell whether a problem may be there only because something was left out: at its place, a column unknown, a table unused."""
    return _below(where, left_out) or (bool(left_out) and (where[0] == "examples" or (where[0] == "lookups" and len(where) == 2)))


def _mend(value: Any, where: yaml_lines.Path, absent: bool) -> set[yaml_lines.Path]:
    """Fill in a missing key, else remove the innermost mapping entry that holds a wrong place; give the path changed."""
    holders = [value]
    for step in where:
        holder = holders[-1]
        inside = step in holder if isinstance(holder, dict) else isinstance(holder, list) and isinstance(step, int) and step < len(holder)
        if not inside:
            break
        holders.append(holder[step])
    if absent and len(holders) == len(where) and isinstance(holders[-1], dict):
        holders[-1][where[-1]] = "missing"
        return {where}
    for depth in range(len(holders) - 2, -1, -1):
        if isinstance(holders[depth], dict):
            del holders[depth][where[depth]]
            return {where[: depth + 1]}
    return set()


def _what(where: yaml_lines.Path, detail: ErrorDetails) -> str:
    """Say in our words what pydantic found."""
    kind, last = detail["type"], str(where[-1]) if where else ""
    if kind == "extra_forbidden":
        return f"unknown key; expected one of the declaration's; {choose(last, _keys_at(where[:-1]))}"
    if kind == "missing":
        return f"required key missing; expected `{last}:`; add it"
    if kind == "value_error":
        return f"{str(detail['msg']).removeprefix('Value error, ')}; correct this entry"
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(last, _PATTERNS[""])
    found = type(detail["input"]).__name__
    if kind == "string_type":
        return f"wrong type, {_TYPE_WORDS.get(found, found)}; expected text; put it in quotes"
    return f"{_TYPE_WORDS.get(found, found)} not allowed here; expected {str(detail['msg']).removeprefix('Input should be ')}; correct it"


_SIMPLE = {
    "too_short": "empty; expected at least one entry; add one",
    "string_too_short": "empty; expected a name; write it",
}
_PATTERNS = {
    "source": "not a name the hub can use; expected lower-case letters, digits and _, beginning with a letter; correct it",
    "": "not a span; expected a number with d, h, m or s, such as 36h; correct it",
}
_TYPE_WORDS = {"int": "number", "float": "number", "bool": "yes/no", "NoneType": "nothing", "dict": "mapping", "list": "list", "str": "text"}


def _keys_at(where: yaml_lines.Path) -> list[str]:
    """Give the keys the declaration knows at a place."""
    kind: Any = Source
    for step in where:
        kind = _inside(kind, step)
    fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    return [field.alias or name for name, field in fields.items()]


def _inside(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        return _plain(fields[str(step)].annotation) if str(step) in fields else None
    arguments = [argument for argument in typing.get_args(kind) if argument is not Ellipsis]
    return _plain(arguments[-1]) if arguments else None


def _plain(kind: Any) -> Any:
    """Strip `| None` and `Annotated`."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(argument for argument in typing.get_args(kind) if argument is not type(None))
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
