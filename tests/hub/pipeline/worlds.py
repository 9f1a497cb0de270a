"""A town with lives in it, loaded and resolved once per worker; every test gets a copy of its own: database, keys, landing, files."""

from __future__ import annotations

import random
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.pipeline.conflicts import Record
from tests.conftest import TEMPLATE, VARIABLES, _admin
from tests.hub.pipeline.lives import Life, contributed, enrolled, filed, life, load, paid, write
from warehouse.db import connect

PEOPLE = 60
DOUBTFUL = range(40, 60)
"""Persons whose second record has no number, no phone, another address, and a birth date that is whole, partial or missing."""


def lives_of(source: str, count: int = PEOPLE) -> list[Life]:
    """What a source knows: persons 0 … 59, each with facts drawn from a fixed seed."""
    return [_life(source, n) for n in range(count)]


def _life(source: str, n: int) -> Life:
    draw = random.Random(f"{source}/{n}")
    facts = [enrolled(draw.choice(("110", "310")), f"{draw.randrange(2000, 2015)}-01-01")]
    facts += [contributed("110", f"2021-{month:02d}", str(draw.randrange(100, 900))) for month in range(1, draw.randrange(2, 6))]
    if draw.random() < 0.3:
        facts.append(paid(draw.choice(("pension", "medical", "unemployment")), f"2022-{draw.randrange(1, 4):02d}"))
    if draw.random() < 0.3:
        facts.append(filed("audit", "2001-01-01"))
    vague = {}
    if source == "pension" and n in DOUBTFUL:
        born = life(n, "x").born
        vague = {"number": "", "phone": "", "address": f"上海市黄浦区中山东路{n}号", "born": (born, born[:7], born[:4], "")[n % 4]}
    return life(n, f"{source[0]}{n}", *facts, **vague)


def put(home: Path) -> None:
    """Write what the two sources send."""
    write(home, "register", lives_of("register"), trust=90)
    write(home, "pension", lives_of("pension"))


@dataclass(frozen=True)
class World:
    """One copy of the town."""

    home: Path

    def places(self) -> dict[Record, str]:
        with connect() as connection:
            rows = connection.execute("select source, source_key, entity_id from identity.crosswalk where entity = 'person_record'").fetchall()
        return {(source, key): person for source, key, person in rows}

    def load(self) -> None:
        load(self.home, "register", "pension")


@pytest.fixture(scope="session")
def built(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The town as a database to copy, and the folder of its installation."""
    home, name = tmp_path_factory.mktemp("world"), f"t_{secrets.token_hex(6)}"
    _admin(server_url, f"create database {name} template {TEMPLATE}")
    with pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_HOME", str(home))
        patch.setenv("HUB_SOURCES", str(home / "sources"))
        patch.setenv("DATABASE_URL", server_url.rpartition("/")[0] + f"/{name}")
        (home / "sources").mkdir()
        put(home)
        load(home, "register", "pension")
    yield name, home
    _admin(server_url, f"drop database {name} with (force)")


@contextmanager
def copied(built: tuple[str, Path], server_url: str, home: Path, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Copy the town: its files into `home`, its database under a name of its own."""
    template, folder = built
    for item in folder.iterdir():
        if item.is_dir():
            shutil.copytree(item, home / item.name, dirs_exist_ok=True)
    put(home)
    name = f"t_{secrets.token_hex(6)}"
    _admin(server_url, f"create database {name} template {template}")
    patch.setenv("DATABASE_URL", server_url.rpartition("/")[0] + f"/{name}")
    yield World(home)
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture
def world(built: tuple[str, Path], server_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of the town for one test."""
    with copied(built, server_url, home, monkeypatch) as found:
        yield found
