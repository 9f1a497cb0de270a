"""The rules of the gate as files: one suite per canonical entity, merged with a source's own thresholds at the leaf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from expectations.stops import SENTENCES
from hub.errors import ConfigError, ConfigErrors
from mappings import canonical
from mappings.canonical import CODE_FORMS, CODES, ENTITIES
from mappings.problems import Problem
from mappings.source import Source

FOLDER = Path(__file__).parent
COLUMNS = ("column", "column_A", "column_B")
"""Arguments of an expectation that name a column of the context."""


class Rule(BaseModel):
    """One expectation on the records of one entity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: str
    """canonical field the reason is printed beside"""
    code: str = Field(pattern=r"^[a-z][a-z_]+$")
    """reason code: `reasons.yml` or `mappings.problems`"""
    severity: Literal["critical", "warning"]
    """critical: the row goes to quarantine; warning: it loads and the finding is kept"""
    type: str = Field(pattern=r"^expect_column_")
    kwargs: dict[str, Any]
    """arguments; `{today: days}`, `{year_end: years}` (yyyymm), `{this_year: years}`, `{codes: system}`, `{form: system}` stand for values"""
    origin: str
    """where the rule comes from: a standard, the domain, the hub, the source's file"""

    @property
    def id(self) -> str:
        """How quarantine prints it and `optional` switches it off."""
        return f"{self.field}:{self.code}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the context it looks at."""
        return tuple(self.kwargs[name] for name in COLUMNS if name in self.kwargs)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Suite:
    """The rules one source's records of one entity are held to."""

    entity: str
    rules: tuple[Rule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the context the rules look at, each once."""
        return tuple(dict.fromkeys(column for rule in self.rules for column in rule.columns))


@cache
def baseline(entity: str) -> Suite:
    """Read the suite file of an entity; every problem of the file in one ConfigErrors."""
    name = f"expectations/suites/{entity}.yml"
    try:
        file = _File.model_validate(_read(FOLDER / "suites" / f"{entity}.yml"))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise ConfigErrors([f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found]) from None
    fields, seen = ENTITIES[entity].by_name, [rule.id for rule in file.rules]
    wrong = [f"{name}: {rule.id}: no field of that name; known: {', '.join(fields)}" for rule in file.rules if rule.field not in fields]
    wrong += [f"{name}: {rule.id}: no sentence; add the code to reasons.yml" for rule in file.rules if rule.code not in reasons()]
    wrong += [f"{name}: {each}: stands twice; give one of them another code" for each in sorted({each for each in seen if seen.count(each) > 1})]
    wrong += [f"{name}: entity {file.entity}: expected {entity}"] if file.entity != entity else []
    if wrong:
        raise ConfigErrors(wrong)
    return Suite(entity, file.rules)


def merged(source: Source, entity: str) -> Suite:
    """Give the baseline of an entity with the source's `required` added and its `optional` rules left out."""
    rules, off = baseline(entity).rules, source.expectations.optional.get(entity, ())
    known = {rule.id for rule in rules}
    names = ENTITIES[entity].by_name
    needed = source.expectations.required.get(entity, ())
    wrong = [f"{source.source}.yml: expectations.optional.{entity}: no rule {name!r}; known: {', '.join(sorted(known))}" for name in off if name not in known]
    wrong += [f"{source.source}.yml: expectations.required.{entity}: no field {name!r}; known: {', '.join(names)}" for name in needed if name not in names]
    if wrong:
        raise ConfigErrors(wrong)
    kept = [rule for rule in rules if rule.id not in off]
    missing = [_required(names[name]) for name in needed]
    return Suite(entity, (*kept, *(rule for rule in missing if rule.id not in {each.id for each in kept})))


def check(source: Source) -> None:
    """Refuse an `expectations:` block that names an entity, field, stream or rule there is not; all at once."""
    wanted = source.expectations
    named = {*wanted.required, *wanted.optional, *wanted.not_null}
    file = f"{source.source}.yml: expectations"
    wrong = [f"{file}: no entity {name!r}; known: {', '.join(ENTITIES)}" for name in sorted(named - ENTITIES.keys())]
    for entity, shares in wanted.not_null.items():
        fields = ENTITIES[entity].by_name if entity in ENTITIES else shares
        wrong += [f"{file}.not_null.{entity}: no field {name!r}; known: {', '.join(fields)}" for name in shares if name not in fields]
    streams = [stream.stream for stream in source.streams]
    wrong += [f"{file}.row_count: no stream {name!r}; known: {', '.join(streams)}" for name in wanted.row_count if name not in streams]
    for entity in sorted(named & ENTITIES.keys()):
        try:
            merged(source, entity)
        except ConfigErrors as error:
            wrong += error.problems
    if wrong:
        raise ConfigErrors(wrong)


@cache
def reasons() -> Mapping[str, tuple[str, str]]:
    """Give the sentence (zh, en) of every reason code a row or a batch can be refused or remarked upon for."""
    own = {code: (each["zh"], each["en"]) for code, each in _read(FOLDER / "reasons.yml").items()}
    return {**{problem.code: (problem.value.zh, problem.value.en) for problem in Problem}, **SENTENCES, **own}


def resolve(kwargs: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Put values for what stands in a rule's arguments as `{today: …}`, `{codes: …}` and so on."""
    return {name: _value(value, as_of) if isinstance(value, dict) else value for name, value in kwargs.items()}


def _value(stands: dict[str, Any], as_of: date) -> Any:
    [(word, of)] = stands.items()
    if word == "today":
        return int((as_of + timedelta(days=of)).strftime("%Y%m%d"))
    if word == "year_end":
        return (as_of.year + of) * 100 + 12
    if word == "this_year":
        return as_of.year + of
    if word == "codes":
        return list(CODES[of])
    if word == "form":
        return CODE_FORMS[of]
    raise ConfigError(f"expectations/suites: {word}: not known; expected today, year_end, this_year, codes or form")


def _required(field: canonical.Field) -> Rule:
    code = "key_missing" if field.kind == "key" else "name_missing" if field.name == "name" else "value_missing"
    kwargs = {"column": field.name}
    return Rule(field=field.name, code=code, severity="critical", type="expect_column_values_to_not_be_null", kwargs=kwargs, origin="source")


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
