"""How every connector reads its options: a strict model, unknown keys refused, all problems of a block at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.errors import ConfigErrors

Model = TypeVar("Model", bound="Options")


class Options(BaseModel):
    """A block of a source file that refuses unknown keys and wrong types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def problems(model: type[Options], options: Mapping[str, Any]) -> list[str]:
    """Say everything that is wrong with a block of options, a line each; no value of it is repeated."""
    try:
        model.model_validate(dict(options))
    except ValidationError as error:
        return [_line(model, dict(problem)) for problem in error.errors(include_url=False, include_input=False)]
    return []


def parse(model: type[Model], options: Mapping[str, Any], where: str) -> Model:
    """Read a block of options; raises ConfigErrors with every problem of it."""
    if found := problems(model, options):
        raise ConfigErrors([f"{where}: {problem}" for problem in found])
    return model.model_validate(dict(options))


def _line(model: type[Options], problem: dict[str, Any]) -> str:
    place = ".".join(("connector", *map(str, problem["loc"])))
    match problem["type"]:
        case "extra_forbidden":
            known = f"; known: {', '.join(_names(model))}" if len(problem["loc"]) == 1 else ""
            return f"{place}: unknown key{known}"
        case "missing":
            return f"{place}: missing; it is required"
        case "value_error":
            return f"{place}: {problem['ctx']['error']}"
        case _:
            return f"{place}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _names(model: type[Options]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
