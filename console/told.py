"""What is told of a case in words: the strongest evidence against and for as badges, and the model behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hub.pipeline.placing import model_key
from hub.pipeline.queue import Waiting
from matching import Model
from matching.explain import Sentence, explain
from warehouse import models
from warehouse.db import Connection

MOST = 2


@dataclass(frozen=True)
class Badge:
    """A piece of evidence in few words, in both languages, and whether it speaks against."""

    zh: str
    en: str
    against: bool


@lru_cache(maxsize=4)
def _model(version: int, text: str) -> Model:
    return Model.from_json(text, model_key())


def model_of(connection: Connection, version: int) -> Model:
    """Give a version's model; read once."""
    return _model(version, _text(connection, version))


_texts: dict[tuple[str, int], str] = {}


def _text(connection: Connection, version: int) -> str:
    """A version never changes, so its text is read once for each warehouse."""
    key = (connection.info.dbname, version)
    if key not in _texts:
        _texts[key] = models.get(connection, version)
    return _texts[key]


def badges(connection: Connection, rows: Sequence[Waiting]) -> dict[str, list[Badge]]:
    """Give for each case its strongest evidence against, then for, at most two in all."""
    return {row.case_id: _badges(explain(model_of(connection, row.model_version), row.levels), row.kind) if row.levels else [] for row in rows}


def _badges(told: Sequence[Sentence], kind: str) -> list[Badge]:
    said = [one for one in told if one.comparison not in ("before", "together", "others") and not (kind == "two_numbers" and one.comparison == "number")]
    against = [one for one in said if one.weight < -0.5][:2]
    return [Badge(one.zh, one.en, one.weight < 0) for one in (*against, *(one for one in said if one.weight > 0))][:MOST]
