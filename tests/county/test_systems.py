"""The systems as a stranger's programs see them: standard clients and readers, none of the hub's."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import polars as pl
import psycopg
import pymysql
import pytest
from dbfread import DBF
from openpyxl import load_workbook

import county
from county import systems
from county.books import BOOKS
from county.build import note, state_folder
from county.systems import civil_affairs, files, mariadb, medical
from county.systems.processes import is_ours, read_note
from county.tables import DAY0
from hub.errors import ConfigError
from tests.county.conftest import SEED, SMALL, Made, make

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker


def connections(served: Path) -> dict[str, str]:
    lines = (served / "connections.env").read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("HUB_CONN_").split("=", 1) for line in lines)


def state(served: Path, source: str, stream: str) -> pl.DataFrame:
    return pl.read_parquet(state_folder(served, note(served)["day"]) / f"{source}.{stream}.parquet")


def visible(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(c for c in frame.columns if not c.startswith("_"))


def test_connections_are_private(served: Path) -> None:
    assert stat.S_IMODE((served / "connections.env").stat().st_mode) == 0o600
    assert set(connections(served)) == {s.upper() for s in ("pension", "medical", "civil_affairs", *systems.FILES)}


def test_building_again_changes_nothing_and_another_county_is_refused(served: Path) -> None:
    before = (served / "connections.env").read_text(encoding="utf-8")
    county.build(served, SMALL, SEED)
    assert (served / "connections.env").read_text(encoding="utf-8") == before
    with pytest.raises(ConfigError, match="holds a county"):
        county.build(served, SMALL, SEED + 1)


def test_a_county_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 200"):
        county.build(tmp_path / "county", 199, SEED)


def test_status_counts_rows(served: Path) -> None:
    rows = {source: count for source, _, count in county.status(served)}
    assert set(rows) == set(BOOKS)
    assert rows["police"] == state(served, "police", "register").height


@pytest.mark.parametrize("table", ["ac01", "ab01", "ac02", "ac43", "ac61"])
def test_pension_holds_its_tables(served: Path, table: str) -> None:
    frame = visible(state(served, "pension", table))
    with psycopg.connect(connections(served)["PENSION"]) as connection:
        rows = connection.execute(f"SELECT {', '.join(f'{c}::text' for c in frame.columns)} FROM {table}").fetchall()
    assert len(rows) == frame.height
    key = [c for c in frame.columns if frame.schema[c] == pl.Utf8]
    assert sorted(str(r) for r in pl.DataFrame(rows, schema=frame.columns, orient="row", infer_schema_length=None).select(key).rows()) == sorted(
        str(r) for r in frame.select(key).rows()
    )


@pytest.mark.parametrize("table", ["psn_info_b", "insu_emp_info_b", "psn_insu_d", "setl_d"])
def test_medical_holds_its_tables(served: Path, table: str) -> None:
    frame = visible(state(served, "medical", table))
    uri = urlsplit(connections(served)["MEDICAL"])
    assert (uri.scheme == "mysql") == bool(mariadb.programs())
    if uri.scheme == "mysql":
        connection: Any = pymysql.connect(
            host=uri.hostname, port=uri.port or 0, user=uri.username, password=uri.password or "", database=uri.path[1:], charset="utf8mb4"
        )
    else:
        connection = sqlite3.connect(uri.path)
    with closing(connection):
        cursor = connection.cursor()
        cursor.execute(f"SELECT {', '.join(frame.columns)} FROM {table}")
        rows = cursor.fetchall()
    texts = [c for c in frame.columns if frame.schema[c] == pl.Utf8]
    at = [frame.columns.index(c) for c in texts]
    found = [tuple(None if row[i] is None else str(row[i]) for i in at) for row in rows]
    assert sorted(map(str, found)) == sorted(map(str, frame.select(texts).rows()))


def test_medical_falls_back_to_sqlite(small: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb, "PROGRAMS", ("no-such-server",))
    uri = medical.start(tmp_path)
    assert uri.startswith("sqlite:////")
    medical.load(uri, small.tables["medical"])
    people = small.tables["medical"]["psn_info_b"]
    gone = people["psn_no"].head(3)
    medical.change(uri, {"psn_info_b": people[10:12].with_columns(psn_name=pl.lit("改名"))}, {"psn_info_b": gone})
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as database:
        assert database.execute("SELECT count(*) FROM psn_info_b").fetchone()[0] == people.height - 3
        assert database.execute("SELECT count(*) FROM psn_info_b WHERE psn_name = '改名'").fetchone()[0] == 2
    medical.stop(tmp_path)


def test_work_injury_workbook(served: Path) -> None:
    book = load_workbook(served / "work_injury" / "工伤台账.xlsx")
    sheet = book["工伤人员台账"]
    assert str(sheet["A1"].value).startswith("清江市工伤保险人员台账")
    merged = {str(m) for m in sheet.merged_cells.ranges}
    assert {"A1:S1", "A2:A3", "B2:G2", "S2:S3"} <= merged
    frame = visible(state(served, "work_injury", "persons"))
    headings = [sheet.cell(3, c + 1).value or sheet.cell(2, c + 1).value for c in range(frame.width)]
    assert headings == frame.columns
    assert sheet.max_row == frame.height + 3
    kinds = {type(sheet.cell(r, 4).value).__name__ for r in range(4, sheet.max_row + 1)}
    assert {"datetime", "str", "int"} <= kinds
    assert [sheet.cell(r, 2).value for r in range(4, sheet.max_row + 1)] == frame["姓名"].to_list()
    payments = book["待遇支付"]
    assert payments.cell(payments.max_row, 1).value == "合计"


def test_archive_catalogue(served: Path) -> None:
    book = load_workbook(served / "archive_room" / "档案目录.xlsx", read_only=True)
    assert book.sheetnames == ["目录", "说明"]
    rows = list(book["目录"].iter_rows(values_only=True))
    frame = visible(state(served, "archive_room", "items"))
    assert list(rows[0]) == frame.columns
    assert [row[9] for row in rows[1:]] == frame["姓名"].to_list()


def test_unemployment_tables(served: Path) -> None:
    for name, stream in (("SYRY.DBF", "persons"), ("SYDY.DBF", "benefits")):
        frame = visible(state(served, "unemployment", stream))
        table = DBF(served / "unemployment" / name, encoding="gbk", raw=True)
        assert table.field_names == frame.columns
        rows = list(table)
        assert len(rows) == frame.height
        first = frame.columns[1]
        assert [row[first].rstrip().decode("gbk") for row in rows] == frame[first].fill_null("").to_list()


def test_tax_files(served: Path) -> None:
    lines = state(served, "tax", "lines")
    paths = sorted((served / "tax").glob("SBF_*.csv"))
    assert len(paths) >= 31
    rows = 0
    for path in paths:
        content = path.read_bytes()
        assert content.endswith(b"\r\n")
        rows += content.count(b"\r\n") - 1
        whole = b"\r\n".join(line for line in content.split(b"\r\n") if b"\xff" not in line).decode("gb18030")
        records = list(csv.DictReader(io.StringIO(whole)))
        assert all(r["明细序号"].startswith(path.stem[4:]) for r in records)
    assert rows == lines.height


def test_police_register(served: Path) -> None:
    frame = state(served, "police", "register")
    content = (served / "police" / "CZRK.TXT").read_bytes().split(b"\r\n")
    assert content[-1] == b""
    assert content[-2].startswith(b"T%09d" % frame.height)
    lines = content[:-2]
    assert len(lines) == frame.height
    whole = [line for line in lines if len(line) == 323]
    assert len(lines) - len(whole) == frame.filter(pl.col("_fault").str.starts_with("cut")).height
    names = [line[19:79].decode("gb18030").rstrip() for line in whole]
    assert names == frame.filter(~pl.col("_fault").str.starts_with("cut"))["姓名"].to_list()
    assert all(line[:1] == b"D" for line in lines)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """A patient client of the service."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self.base = f"http://{parts.hostname}:{parts.port}"
        self.basic = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        self.token, self.refused, self.busy = "none", 0, 0

    def open(self, path: str, headers: dict[str, str], data: bytes | None = None) -> dict[str, Any]:
        answer = httpx.request("GET" if data is None else "POST", self.base + path, content=data, headers=headers | FORM, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def sign_in(self) -> None:
        self.token = self.open("/oauth/token", {"Authorization": f"Basic {self.basic}"}, b"grant_type=client_credentials")["access_token"]

    def get(self, path: str) -> dict[str, Any]:
        while True:
            answer = httpx.get(self.base + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=10)
            if answer.status_code == 401:
                self.refused += 1
                self.sign_in()
            elif answer.status_code == 503 and answer.headers["Retry-After"] == "1":
                self.busy += 1
            else:
                return dict(answer.raise_for_status().json())

    def pages(self, name: str, size: int, since: str = "") -> Iterator[list[dict[str, Any]]]:
        number, more = 1, True
        while more:
            page = self.get(f"/api/v1/{name}?page={number}&size={size}&updatedSince={since}")
            yield page["items"]
            number, more = number + 1, page["hasNext"]


def test_civil_affairs_gives_everything_with_its_manners(served: Path) -> None:
    client = Client(connections(served)["CIVIL_AFFAIRS"])
    for name in ("deaths", "marriages", "relief"):
        pages = list(client.pages(name, 5))
        frame = state(served, "civil_affairs", name)
        keys = [json.dumps(item, sort_keys=True) for page in pages for item in page]
        assert len(set(keys)) == frame.height
        assert len(keys) == frame.height + 5
        assert pages[1] == pages[2]
        stamps = [item["updatedAt"] for page in [*pages[:2], *pages[3:]] for item in page]
        assert stamps == sorted(stamps)
    assert client.refused > 3
    assert client.busy > 0


def test_civil_affairs_since(served: Path) -> None:
    client = Client(connections(served)["CIVIL_AFFAIRS"])
    whole = [item for page in client.pages("deaths", 500) for item in page]
    since = whole[len(whole) // 2]["updatedAt"]
    assert [item for page in client.pages("deaths", 500, since) for item in page] == [item for item in whole if item["updatedAt"] >= since]


@pytest.mark.parametrize(
    ("path", "headers", "data", "code"),
    [
        ("/oauth/token", {}, b"grant_type=client_credentials&client_id=guiyi-hub&client_secret=wrong", 401),
        ("/oauth/token", {}, b"grant_type=password", 400),
        ("/api/v1/deaths", {}, None, 401),
        ("/api/v1/nobody", {}, None, 404),
    ],
)
def test_civil_affairs_refuses(served: Path, path: str, headers: dict[str, str], data: bytes | None, code: int) -> None:
    client = Client(connections(served)["CIVIL_AFFAIRS"])
    with pytest.raises(httpx.HTTPStatusError) as refused:
        client.open(path, headers, data)
    assert refused.value.response.status_code == code


def test_same_people_and_seed_give_the_same_bytes(small: Made, tmp_path: Path) -> None:
    again = make(SMALL, SEED)
    for name, made in (("one", small), ("two", again)):
        for source in systems.FILES:
            files.write(tmp_path / name, source, made.tables[source], DAY0)
        civil_affairs.write(tmp_path / name, made.tables["civil_affairs"])
    contents = [{p.relative_to(tmp_path / name): p.read_bytes() for p in sorted((tmp_path / name).rglob("*")) if p.is_file()} for name in ("one", "two")]
    assert len(contents[0]) == 31 + 1 + 2 + 1 + 1 + 3
    assert contents[0] == contents[1]
    for source in ("pension", "medical"):
        for stream, table in small.tables[source].items():
            assert table.equals(again.tables[source][stream])


def processes(served: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_ours(int(entry.name), str(served)):
            found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def test_stop_leaves_no_process_and_start_brings_all_back(served: Path) -> None:
    before = connections(served)
    assert processes(served)
    systems.stop(served)
    deadline = time.monotonic() + 10
    while processes(served) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes(served) == []
    systems.stop(served)
    assert systems.start(served) == {name.lower(): uri for name, uri in connections(served).items()}
    assert {n: u.rpartition(":")[0] for n, u in connections(served).items()} == {n: u.rpartition(":")[0] for n, u in before.items()}
    with psycopg.connect(connections(served)["PENSION"]) as connection:
        assert connection.execute("SELECT count(*) FROM ac01").fetchone() == (state(served, "pension", "ac01").height,)


def test_service_killed_hard_is_started_again(served: Path) -> None:
    pid = int(read_note(served / "civil_affairs" / "service.json")["pid"])
    os.kill(pid, 9)
    while is_ours(pid, str(served)):
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            time.sleep(0.02)
    uri = civil_affairs.start(served)
    assert Client(uri).open("/health", {}) == {"status": "ok"}
    systems.start(served)
