"""Codes people mapped, written back into a source file: only the lookup lines change, comments and layout stay."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

from hub.errors import ConfigError

Codes = Mapping[str, Mapping[str, str]]
"""Lookup -> value -> code."""


def with_codes(text: str, codes: Codes) -> str:
    """Give the text of a source file with codes added to its lookups, or changed there; ConfigError when a lookup is not in it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    tables = {key.value: table for key, table in _entries(_entry(root, "lookups"))}
    changes: list[tuple[int, int, str]] = []
    for lookup, values in codes.items():
        table = tables.get(lookup)
        if not isinstance(table, yaml.MappingNode):
            raise ConfigError(f"lookups.{lookup}: not in the file; add the table by hand")
        known = {key.value: value for key, value in _entries(table)}
        for value, code in values.items():
            if value in known:
                changes.append((known[value].start_mark.index, known[value].end_mark.index, _quoted(code)))
        changes += _added(text, table, {value: code for value, code in values.items() if value not in known})
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _added(text: str, table: yaml.MappingNode, values: Mapping[str, str]) -> list[tuple[int, int, str]]:
    pairs = [f"{_quoted(value)}: {_quoted(code)}" for value, code in values.items()]
    if not pairs:
        return []
    if table.flow_style:
        at = table.end_mark.index - 1  # before the closing brace
        while text[at - 1].isspace():
            at -= 1
        return [(at, at, (", " if table.value else "") + ", ".join(pairs))]
    key, value = table.value[-1]
    at = text.find("\n", value.end_mark.index)
    at = len(text) if at < 0 else at
    return [(at, at, "".join(f"\n{' ' * key.start_mark.column}{pair}" for pair in pairs))]


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _entries(node) if key.value == name), None)


def _entries(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a YAML one
