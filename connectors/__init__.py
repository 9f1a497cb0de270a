"""Connectors: bytes in, raw rows out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Connector
from connectors.dbf import Dbf
from connectors.delimited import Delimited
from connectors.excel import Excel
from connectors.fixed_width import FixedWidth
from connectors.options import problems
from connectors.rest import Rest
from connectors.sql import Sql

CONNECTORS: dict[str, type[Connector]] = {
    "sql": Sql,
    "delimited": Delimited,
    "fixed_width": FixedWidth,
    "excel": Excel,
    "dbf": Dbf,
    "rest": Rest,
}
"""Type name -> class: a new format is one module and one line here."""


def options_problems(kind: str, options: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong with a stream's options (`connector:` with `from:` over it), a line each."""
    if kind not in CONNECTORS:
        return [f"connector.type: unknown connector {kind}; known: {', '.join(CONNECTORS)}"]
    return problems(CONNECTORS[kind].options, options)
