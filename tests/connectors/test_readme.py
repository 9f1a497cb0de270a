"""The readme names every connector and every option there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from connectors import CONNECTORS, options_problems
from connectors.options import Options
from hub.settings import REPO

README = (Path(REPO) / "connectors" / "README.md").read_text(encoding="utf-8")


def options(model: type[Options]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        yield from nested(field.annotation)


def nested(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Options):
        yield from options(annotation)
    for part in get_args(annotation):
        yield from nested(part)


def test_every_option_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", README))
    for kind, connector in CONNECTORS.items():
        assert kind in named
        assert set(options(connector.options)) - {"type"} <= named, kind


def test_an_unknown_connector() -> None:
    assert options_problems("xml", {}) == ["connector.type: unknown connector xml; known: sql, delimited, fixed_width, excel, dbf, rest"]
