"""YAML read strictly, with the line of every value: no key twice, and no text turned into something else unseen.

Truth values are `true` and `false` alone, so that a column called `no` is a column; days stay text; a number is one only
where it is plainly written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
NULL = "tag:yaml.org,2002:null"
NUMBERS = {"tag:yaml.org,2002:int": int, "tag:yaml.org,2002:float": float}
BOOL = "tag:yaml.org,2002:bool"
TRUTH = {"true": True, "false": False}


@dataclass
class Document:
    """A parsed file: its value, the line each path begins on, and what is wrong with it as YAML (path, message)."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[tuple[Path, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Give the line of a path, or of the nearest place above it that is written in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Document:
    """Parse a file; a syntax error, too, becomes a problem."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        document.lines[()] = error.problem_mark.line + 1 if error.problem_mark else 1
        document.problems.append(((), f"not YAML: {error.problem}; expected a mapping of keys to values; mend the syntax"))
        return document
    except yaml.YAMLError:
        document.problems.append(((), "not YAML: characters that a text file cannot hold; expected UTF-8 text; save it as such"))
        return document
    if not isinstance(node, yaml.MappingNode):
        document.problems.append(((), "not a source declaration; expected a mapping beginning with `source:`; see docs/add-a-source.md"))
        return document
    document.value = _value(document, node, ())
    return document


def _value(document: Document, node: yaml.Node, path: Path) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_value(document, child, (*path, index)) for index, child in enumerate(node.value)]
    return _scalar(document, node, path)


def _mapping(document: Document, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        here = (*path, key)
        if key_node.tag in NUMBERS and path[:1] == ("lookups",):
            document.problems.append((here, _unquoted(key)))
        if key in result:
            line = document.lines[here]
            document.lines[here] = key_node.start_mark.line + 1
            document.problems.append((here, f"duplicated key, first on line {line}; expected each key once; remove one of them"))
        document.lines[here] = key_node.start_mark.line + 1
        result[key] = _value(document, value_node, here)
    return result


def _scalar(document: Document, node: yaml.Node, path: Path) -> Any:
    if node.tag == NULL:
        return None
    text = str(node.value)
    if path[0] == "examples" or node.tag not in (*NUMBERS, BOOL):
        return text  # examples hold what a source sends: text, however it is written here
    if node.tag == BOOL:
        return TRUTH.get(text, text)
    if path[0] == "lookups":
        document.problems.append((path, _unquoted(text)))
        return text
    return _number(text, NUMBERS[node.tag])


def _unquoted(code: str) -> str:
    return f'code {code} is not quoted; expected quoted text, as YAML reads 0555 as another number; write "{code}"'


def _number(text: str, kind: type[int] | type[float]) -> int | float | str:
    """Give a number only where it is written plainly; octal, sexagesimal and the like stay the text they are."""
    try:
        number = kind(text)
    except ValueError:
        return text
    return number if not (kind is int and text.lstrip("+-") != str(abs(number))) else text
