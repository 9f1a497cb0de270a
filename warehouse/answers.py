"""Ready answers (`warehouse/answers/*.sql`): documented questions over the mart, run as the analyst, now or as known at a date.

The comment at the head of a file is its documentation, in both languages: `zh`, `en`, `means`, `means zh`, `param name: kind = default;
meaning / 含义`, `column name: meaning / 含义`, and `chart: category value` (value `count` counts rows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from hub.errors import ConfigError
from warehouse import analysis, views
from warehouse.db import query

ANSWERS = Path(__file__).parent / "answers"
FIRM = Decimal("0.5")
"""Share of a person's records that carry one number, from which on a finding stands on firm links."""
KINDS = ("date", "text", "integer", "numeric", "text[]")
_LINE = re.compile(r"^-- (zh|en|means|means zh|chart|param (\w+)|column (\w+)): (.*)$")
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)\b")


@dataclass(frozen=True)
class Parameter:
    """What a question asks for; `default` as written, None for none."""

    name: str
    kind: str
    default: str | None
    en: str
    zh: str


@dataclass(frozen=True)
class Answer:
    """A documented question; `columns` are name -> (English, Chinese), `chart` is category and value."""

    name: str
    zh: str
    en: str
    means: str
    means_zh: str
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, tuple[str, str]]
    chart: tuple[str, str]
    sql: str


@dataclass(frozen=True)
class Quality:
    """What stands beside the numbers: how fresh they are, how much waits in quarantine, how much rests on possible links.

    Of an answer that names persons also how many rows it gave, and how many of them stand on firm links: the bounds.
    """

    oldest: datetime | None
    newest: datetime | None
    rows_waiting: int
    waiting_share: Decimal
    records_doubtful: int
    doubtful_share: Decimal
    found: int | None = None
    firm: int | None = None

    def said(self) -> str:
        """Say it in one line, as it stands beside a table or in a file."""
        text = (
            f"published {self.oldest or 'never'} to {self.newest or 'never'} · {self.rows_waiting:,} rows wait ({self.waiting_share:.2%})"
            f" · {self.records_doubtful:,} records in doubtful pairs ({self.doubtful_share:.2%})"
        )
        return text if self.found is None else f"{text} · between {self.firm:,} and {self.found:,} rows: {self.firm:,} rest on firm links"


@dataclass(frozen=True)
class Answered:
    """The rows, what they can be relied on for, and the time they are of."""

    answer: Answer
    values: Mapping[str, str | None]
    result: analysis.Result
    quality: Quality
    known_at: datetime | None


@cache
def answers() -> dict[str, Answer]:
    """Read every question, by its name."""
    return {path.stem: _read(path) for path in sorted(ANSWERS.glob("*.sql"))}


def answer(name: str) -> Answer:
    """Give one question; ConfigError for a name there is none of."""
    if name not in answers():
        raise ConfigError(f"answer {name}: not known; `hub answers list` shows {', '.join(answers())}")
    return answers()[name]


def run(
    name: str,
    role: str,
    password: str,
    values: Mapping[str, str] | None = None,
    *,
    known_at: datetime | None = None,
    rows: int = analysis.ROWS,
    seconds: int = analysis.SECONDS,
) -> Answered:
    """Ask a question as the analyst; values are texts, those left out take their defaults.

    ConfigError names a parameter that is not one of the question's, or a value that is none of its kind.
    """
    asked = answer(name)
    given = filled(asked, values or {})
    found = analysis.run(statement(asked, known=known_at is not None), role, password, rows=rows, seconds=seconds, values=given, known_at=known_at)
    quality = analysis.run(as_known(_quality()) if known_at else _quality(), role, password, known_at=known_at)
    rows_given, firm = _bounds(found)
    beside = replace(Quality(*quality.rows[0]), found=rows_given, firm=firm)
    return Answered(asked, {k: None if v is None else str(v) for k, v in given.items()}, found, beside, known_at)


def _bounds(found: analysis.Result) -> tuple[int | None, int | None]:
    """Count the rows, and those whose persons hold together: half their records carry one number, and no pair of theirs waits."""
    if "agreement" not in found.columns:
        return None, None
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    firm = sum(row["agreement"] is not None and row["agreement"] >= FIRM and not row.get("doubts") for row in rows)
    return len(rows), firm


def statement(asked: Answer, *, known: bool) -> str:
    """Give the question as a statement with named parameters, over the mart as it is or as it was known."""
    kinds = {parameter.name: parameter.kind for parameter in asked.parameters}
    text = _PARAMETER.sub(lambda found: f"%({found[1]})s::{kinds[found[1]]}", asked.sql.replace("%", "%%"))
    return as_known(text) if known else text


def as_known(text: str) -> str:
    """Turn a statement over the mart as it is into one over the mart as it was known."""
    names = "|".join(sorted(known_views(), key=len, reverse=True))
    return re.sub(rf"\bmart\.({names})\b", r"mart.\1_as_known", text)


@cache
def known_views() -> frozenset[str]:
    """Name the relations that can be read as known at a time."""
    return frozenset(path.stem.partition("_")[2] for path in views.files() if len(views.statements(path)) > 1)


def filled(asked: Answer, values: Mapping[str, str]) -> dict[str, Any]:
    """Turn given texts into values, those left out into their defaults."""
    known = {parameter.name for parameter in asked.parameters}
    for name in values:
        if name not in known:
            raise ConfigError(f"answer {asked.name}: no parameter {name}; it has {', '.join(sorted(known)) or 'none'}")
    return {parameter.name: _value(asked, parameter, values.get(parameter.name, parameter.default)) for parameter in asked.parameters}


def _value(asked: Answer, parameter: Parameter, text: str | None) -> Any:
    if text is None or text == "":
        return None
    try:
        match parameter.kind:
            case "date":
                return date.fromisoformat(text)
            case "integer":
                return int(text)
            case "numeric":
                return Decimal(text)
            case "text[]":
                return [part.strip() for part in text.strip("{}").split(",")]
    except (ValueError, InvalidOperation):
        raise ConfigError(f"answer {asked.name}: parameter {parameter.name}: expected {parameter.kind}, as 2025-09-01, 12 or 0.5") from None
    return text


def instant(text: str) -> datetime:
    """Read a date (its end is meant) or a date and time; ConfigError for anything else."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.max, datetime.now().astimezone().tzinfo)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError("as known at: expected a date, 2025-12-31, or a date and time, 2025-12-31T12:00:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@cache
def _quality() -> str:
    return query("answers.quality").as_string()


def _read(path: Path) -> Answer:
    words: dict[str, str] = {}
    parameters, columns = [], {}
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        what, parameter, column, text = found.groups()
        if parameter:
            kind, _, rest = text.partition(" = ")
            default, _, meaning = rest.partition("; ")
            en, _, zh = meaning.partition(" / ")
            if kind not in KINDS:
                raise ConfigError(f"{path.name}: parameter {parameter}: kind {kind}, expected one of {', '.join(KINDS)}")
            parameters.append(Parameter(parameter, kind, None if default == "null" else default, en, zh))
        elif column:
            en, _, zh = text.partition(" / ")
            columns[column] = (en, zh)
        else:
            words[what] = text
    body = "\n".join(line for line in lines if not line.startswith("--"))
    category, _, value = words["chart"].partition(" ")
    return Answer(path.stem, words["zh"], words["en"], words["means"], words["means zh"], tuple(parameters), columns, (category, value), body)
