"""Connectors: bytes in, raw rows out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Connector
from connectors.delimited import Delimited
from connectors.options import problems

CONNECTORS: dict[str, type[Connector]] = {
    "delimited": Delimited,
}
"""Type name -> class: a new format is one module and one line here."""


def options_problems(kind: str, options: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong with a stream's options (`connector:` with `from:` over it), a line each."""
    if kind not in CONNECTORS:
        return [f"connector.type: unknown connector {kind}; known: {', '.join(CONNECTORS)}"]
    return problems(CONNECTORS[kind].options, options)
