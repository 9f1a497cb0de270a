"""A small hub for the pages of quarantine and loads: sixty refused rows of one pattern, codes nobody knows, a stopped batch, days of a dated source."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console import background
from hub.errors import StoppedError
from hub.pipeline import run_source
from mappings.load import load_named
from tests.conftest import TEMPLATE, VARIABLES, _admin

YAML = """\
source: {name}
department: {{zh: {zh}, en: {en}}}
steward: {name}@county.example
schedule: "{schedule}"
connector: {{type: delimited, path: "{home}/{file}.csv"}}
extract: {{mode: {mode}}}
streams:
  - stream: person
    key: [编号]
    ignore: [备注]
    records:
      - entity: person_record
        fields:
          name: {{name: 姓名}}
          id_number: {{id_number: 证件号码}}
          birth_date: {{date: 出生日期, formats: [y-m-d]}}
          sex_code: {{lookup: sex, from: 性别}}
          area_code: 地区
lookups: {{sex: {{"男": "1", "女": "2"}}}}
expectations: {{max_quarantine: 1.0}}
examples:
  - stream: person
    given: {{编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: null, 性别: null, 地区: null, 备注: null}}
    expect: {{person_record: {{name: 王芳}}}}
"""
HEAD = "编号,姓名,证件号码,出生日期,性别,地区,备注"
SECRET = "欧阳文博"
"""A name no page shows unasked."""


def write(home: Path, file: str, rows: list[str]) -> None:
    (home / f"{file}.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")


def good(count: int, first: int = 0) -> list[str]:
    return [f"G{n},王芳,,{1950 + n % 50}-01-0{1 + n % 9},女,330106,x" for n in range(first, first + count)]


def declare(home: Path, name: str, zh: str, en: str, mode: str = "snapshot", schedule: str = "0 2 * * *") -> None:
    file = f"{name}_{{date}}" if mode == "dated" else name
    text = YAML.format(name=name, zh=zh, en=en, home=home, file=file, mode=mode, schedule=schedule)
    (home / "sources" / f"{name}.yml").write_text(text, encoding="utf-8")


def put(home: Path) -> None:
    """Declare the sources, as they stand when everything is loaded."""
    declare(home, "levy", "税务局", "Taxation bureau of the county")
    declare(home, "register", "登记处", "Registration office of the county", schedule="0 3 * * 1")
    declare(home, "days", "民政局", "Civil affairs", "dated", "30 */6 * * *")


def build(home: Path) -> None:
    """Declare the sources and load what there is."""
    put(home)
    bad = [f"B{n},{SECRET},330106{1950 + n % 50}0101002X,{1 + n % 28:02d}／{1 + n % 12:02d}/ {1950 + n % 50},女,330106,x" for n in range(60)]
    hopeless = [f"H{n},{SECRET},,约{n}年,男,330106,x" for n in range(4)]
    write(home, "levy", good(40) + bad + hopeless)
    run_source(load_named(home / "sources", "levy"))
    write(home, "register", [*good(180), "C1,张三,,1990-01-02,M,330106,x", "C2,李四,,1990-01-02,M,330106,x", "C3,李四,,1990-01-02,U,330109,x"])
    run_source(load_named(home / "sources", "register"))
    write(home, "register", good(100))
    try:
        run_source(load_named(home / "sources", "register"))
    except StoppedError:
        pass
    else:
        raise AssertionError("eighty endings have to stop the batch")
    for day in range(1, 6):
        write(home, f"days_2026110{day}", good(20 + day * 3, day * 100))
    run_source(load_named(home / "sources", "days"))


@pytest.fixture(scope="session")
def built(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The hub as a database to copy, and the folder of its installation; made once for all files of the group."""
    home, name = tmp_path_factory.mktemp("built"), f"t_{secrets.token_hex(6)}"
    (home / "sources").mkdir()
    _admin(server_url, f"create database {name} template {TEMPLATE}")
    with _installed(home, server_url.rpartition("/")[0] + f"/{name}"):
        build(home)
    yield name, home
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def office(built: tuple[str, Path], server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of it for the tests of a file, in force while they run: its database, its keys, its files."""
    template, folder = built
    home, name = tmp_path_factory.mktemp("office"), f"t_{secrets.token_hex(6)}"
    shutil.copytree(folder, home, dirs_exist_ok=True)
    put(home)
    _admin(server_url, f"create database {name} template {template}")
    with _installed(home, server_url.rpartition("/")[0] + f"/{name}"):
        yield home
        background.begin("levy", "end", lambda: None).result(120)  # what a test began is over before its warehouse is
    _admin(server_url, f"drop database {name} with (force)")


@contextmanager
def _installed(home: Path, url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        for name, value in (("HUB_HOME", home), ("HUB_SOURCES", home / "sources"), ("DATABASE_URL", url)):
            patch.setenv(name, str(value))
        yield
