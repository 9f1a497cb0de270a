"""Files made to hurt: one block of everybody, one name or number for all, fields of a megabyte; in bounded memory.

The suite runs them small; `--hurt 200000` runs them as large as that, each in a process of its own whose peak memory is held to 2 GiB.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from hub.settings import REPO
from matching.dedupe import dedupe

LONG, PEAK = 20_000, 2 << 30
NUMBER = "11010519491231002X"
RUN = """
import json, sys
from pathlib import Path
from benchmarks import memory
from matching.dedupe import dedupe
done = dedupe(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps([done.records, done.clusters, done.cases, memory.peak()]))
"""
GIVEN = "".join(map(chr, range(0x5100, 0x5900)))
"""Two thousand characters, so that even 200,000 names of three of them differ, and in sound too."""


def names(count: int) -> list[str]:
    """As many names as there are rows, nearly all different, of one surname."""
    chance = random.Random(7)
    return ["王" + "".join(chance.choices(GIVEN, k=3)) for _ in range(count)]


def phones(count: int) -> list[str]:
    return [str(13_000_000_000 + 7919 * row) for row in range(count)]


def one_block(count: int) -> pl.DataFrame:
    """Everybody of one surname, sex, birth date, address and employer."""
    rows = {"姓名": names(count), "手机号码": phones(count)}
    same = {"性别": "男", "出生日期": "1990-01-01", "住址": "幸福镇和平村1号", "工作单位": "幸福镇粮油加工厂", "户号": "330100001"}
    return pl.DataFrame(rows).with_columns(pl.lit(value).alias(name) for name, value in same.items())


def one_name(count: int) -> pl.DataFrame:
    """One name, and a telephone that nobody shares."""
    return pl.DataFrame({"姓名": ["王伟"] * (count // 4), "手机号码": phones(count // 4)})


def only_a_name(count: int) -> pl.DataFrame:
    """One name and nothing else: every row says the same."""
    return pl.DataFrame({"编号": range(count // 4), "姓名": ["王伟"] * (count // 4)})


def one_number(count: int) -> pl.DataFrame:
    """One valid number, typed to fill the field, on people of all names."""
    return pl.DataFrame({"姓名": names(count), "身份证号": [NUMBER] * count, "手机号码": phones(count)})


def one_empty_form(count: int) -> pl.DataFrame:
    """All values of all columns empty."""
    return pl.DataFrame({"姓名": [None] * count, "身份证号": [None] * count, "出生日期": [None] * count}, schema_overrides={"姓名": pl.String})


def one_family_phone(count: int) -> pl.DataFrame:
    """One telephone and address for everybody: the office that filled in the forms."""
    same = {"手机号码": "13800001111", "住址": "城关镇人民路1号"}
    born = [f"19{50 + row % 50}-{1 + row % 12:02}-{1 + row % 28:02}" for row in range(count)]
    return pl.DataFrame({"姓名": names(count), "出生日期": born}).with_columns(pl.lit(value).alias(name) for name, value in same.items())


CLUSTERS: dict[Callable[[int], pl.DataFrame], Callable[[int], range]] = {
    one_block: lambda n: range(n // 2, n + 1),
    one_name: lambda n: range(n // 4, n // 4 + 1),
    only_a_name: lambda n: range(n // 4, n // 4 + 1),
    one_number: lambda n: range(n // 3, n + 1),
    one_empty_form: lambda n: range(n, n + 1),
    one_family_phone: lambda n: range(n // 2, n + 1),
}
"""How many persons may be found: strangers are never one because a field is filled in alike."""


@pytest.mark.parametrize("make", CLUSTERS, ids=lambda make: make.__name__)
def test_everybody_alike_in_one_thing(make: Callable[[int], pl.DataFrame], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    count: int = request.config.getoption("--hurt")
    file = tmp_path / "people.csv"
    make(count).write_csv(file)
    records, clusters, cases = _found(file, tmp_path / "out", apart=count > LONG)
    assert records == make(count).height
    assert clusters in CLUSTERS[make](count), (clusters, cases)
    assert cases <= 2 * records


def _found(file: Path, out: Path, apart: bool) -> tuple[int, int, int]:
    if not apart:
        done = dedupe(file, out)
        return done.records, done.clusters, done.cases
    ran = subprocess.run([sys.executable, "-c", RUN, str(file), str(out)], cwd=REPO, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    records, clusters, cases, peak = json.loads(ran.stdout.splitlines()[-1])
    print(f"{records:,} records, {clusters:,} persons, {cases:,} cases, peak {peak / (1 << 30):.2f} GiB")
    assert peak <= PEAK
    return records, clusters, cases


def test_a_field_of_a_megabyte_in_every_column(tmp_path: Path) -> None:
    columns = ("姓名", "身份证号", "出生日期", "性别", "手机号码", "住址", "工作单位", "户号")
    rows = one_block(200).with_columns(身份证号=pl.lit(None, pl.String)).select(columns)
    huge = pl.DataFrame({column: ["王" * 1_000_000, "1" * 1_000_000, "-" * 1_000_000] for column in columns})
    pl.concat([rows, huge]).write_csv(tmp_path / "people.csv")
    done = dedupe(tmp_path / "people.csv", tmp_path / "out")
    assert done.records == 203
    assert done.files[3].stat().st_size < 2_000_000
