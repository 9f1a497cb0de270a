"""A first look at a sample: what it is, how it is written, and its rows read with just those options."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from connectors import options_problems
from connectors.guesses.service import listing
from connectors.sample import Seen, sniff
from hub.errors import ConfigError, HubError, SourceError
from tests.connectors.contract import SECRET
from tests.connectors.test_dbf import write as write_dbf
from tests.connectors.test_rest import ITEMS, tokens
from tests.connectors.web import Asked, Reply, serving

Connected = Callable[[str], str]


def only(seen: Seen) -> list[dict[str, str | None]]:
    """Rows of the one stream, after seeing that its options are sound."""
    assert options_problems(seen.connector["type"], seen.connector) == []
    (look,) = seen.streams
    assert (look.stream, look.options) == ("rows", {})
    return look.table.to_pylist()  # type: ignore[no-any-return]


TEXTS: list[tuple[str, bytes, dict[str, Any]]] = [
    ("gb18030 with headings", "姓名,出生日期\n张三,19800102\n李四,19810203\n".encode("gb18030"), {"encoding": "gb18030", "delimiter": ",", "header": True}),
    ("utf-8 with a mark", "姓名\t出生日期\n张三\t19800102\n李四\t19810203\n".encode("utf-8-sig"), {"encoding": "utf-8", "delimiter": "\t"}),
    ("utf-16", "姓名;出生日期\r\n张三;19800102\r\n李四;19810203\r\n".encode("utf-16"), {"encoding": "utf-16", "delimiter": ";", "header": True}),
    ("a title above", "参保人员\n姓名|出生日期\n张三|19800102\n李四|19810203\n".encode("gb18030"), {"delimiter": "|", "header": True, "skip_rows": 1}),
    ("quotes", '"姓名","地址"\n"张三","a,b\nc"\n"李四","d"\n'.encode(), {"encoding": "utf-8", "delimiter": ",", "header": True}),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_delimited(tmp_path: Path, content: bytes, expected: dict[str, Any]) -> None:
    (tmp_path / "Export of 2025.csv").write_bytes(content)
    seen = sniff(str(tmp_path / "Export of 2025.csv"))
    assert seen.name == "export_of_2025"
    assert {name: seen.connector[name] for name in expected} == expected
    assert [row["姓名"] for row in only(seen)] == ["张三", "李四"]


def test_delimited_without_headings(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1,张三,19800102\n2,李四,19810203\n")
    seen = sniff(str(tmp_path / "a.txt"))
    assert seen.connector["columns"] == ["column_1", "column_2", "column_3"]
    assert [row["column_2"] for row in only(seen)] == ["张三", "李四"]


def test_a_day_in_the_name_makes_a_dated_path(tmp_path: Path) -> None:
    (tmp_path / "SBF_2025-10-31.csv").write_text("key,name\n1,a\n2,b\n")
    seen = sniff(str(tmp_path / "SBF_2025-10-31.csv"))
    assert (seen.name, seen.connector["path"]) == ("sbf", f"{tmp_path}/SBF_{{date:%Y-%m-%d}}.csv")
    assert len(only(seen)) == 2


def checked(seventeen: str) -> str:
    """Append the check of GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(weight * int(digit) for weight, digit in zip(weights, seventeen, strict=True)) % 11]


def test_fixed_width(tmp_path: Path) -> None:
    days = [f"1980{at % 12 + 1:02d}15" for at in range(60)]
    people = [(checked(f"529002{day}{at:03d}"), "张三" if at % 2 else "欧阳小小", day) for at, day in enumerate(days)]
    lines = [
        b"D"
        + number.encode()
        + name.encode("gb18030").ljust(20)
        + day.encode()
        + f"甲街{'乙' * (at % 3)}".encode("gb18030").ljust(30)
        + (b"13800000000" if at % 3 else b"").ljust(15)
        for at, (number, name, day) in enumerate(people)
    ]
    (tmp_path / "CZRK.TXT").write_bytes(b"\r\n".join([b"HEAD", *lines, b"T000006020251031"]) + b"\r\n")
    seen = sniff(str(tmp_path / "CZRK.TXT"))
    assert [(column["start"], column["width"]) for column in seen.connector["columns"]] == [(1, 1), (2, 18), (20, 20), (40, 8), (48, 30), (78, 15)]
    assert (seen.connector["header_lines"], seen.connector["trailer"]) == (1, {"pattern": r"T(?P<rows>\d{7})\d{8}"})
    assert [(row["column_2"], (row["column_3"] or "").rstrip()) for row in only(seen)] == [person[:2] for person in people]


def test_workbooks_with_several_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title = "人员"
    for row in (["台账"], ["编号", "受伤情况", None], [None, "日期", "部位"], ["1", "2020", "手"]):
        first.append(row)
    for area in ("A1:C1", "A2:A3", "B2:C2"):
        first.merge_cells(area)
    second = book.create_sheet("支付")
    second.append(["编号", "金额"])
    second.append(["1", 7])
    book.create_sheet("说明").append(["只有文字"])
    hidden = book.create_sheet("隐藏")
    hidden.append(["a", "b"])
    hidden.append(["1", "2"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "工伤.xlsx")
    seen = sniff(str(tmp_path / "工伤.xlsx"))
    assert (seen.name, seen.connector) == ("source", {"type": "excel", "path": str(tmp_path / "工伤.xlsx")})
    assert [(look.stream, look.options) for look in seen.streams] == [
        ("sheet_1", {"sheet": "人员", "title_rows": 1, "header_rows": 2}),
        ("sheet_2", {"sheet": "支付", "header_rows": 1}),
    ]
    assert [look.table.to_pylist() for look in seen.streams] == [[{"编号": "1", "受伤情况/日期": "2020", "受伤情况/部位": "手"}], [{"编号": "1", "金额": "7"}]]


def test_dbf(tmp_path: Path) -> None:
    write_dbf(tmp_path / "SYRY.DBF", [("GRBH", "C", 3)], [b"S01", b"S02"])
    assert only(sniff(str(tmp_path / "SYRY.DBF"))) == [{"GRBH": "S01"}, {"GRBH": "S02"}]


def test_databases(tmp_path: Path, connected: Connected, server_url: str) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.executescript("create table AC01 (aac001); insert into AC01 values ('1'); create table ab01 (aab001)")
    name = connected(f"sqlite:///{tmp_path}/a.db")
    assert only(sniff(f"{name}:AC01")) == [{"aac001": "1"}]
    seen = sniff(f"{name}:*")
    assert (seen.name, seen.connector) == (name, {"type": "sql", "connection": name})
    assert [(look.stream, look.options, look.table.num_rows) for look in seen.streams] == [("ac01", {"table": "AC01"}, 1), ("ab01", {"table": "ab01"}, 0)]
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("create schema if not exists sniffed; drop table if exists sniffed.t; create table sniffed.t as select 1 as a")
        assert only(sniff(f"{connected(server_url)}:sniffed.t")) == [{"a": "1"}]
        admin.execute("drop schema sniffed cascade")


def test_a_service_behind_a_login(connected: Connected) -> None:
    answer = tokens(1000)
    with serving(lambda asked: answer(asked) if asked.path in ("/oauth/token", "/api/rows") else Reply({}, 404)) as web:
        name = connected(web.url.replace("//", f"//client:{SECRET}@"))
        seen = sniff(f"{name}:/api/rows")
        assert seen.connector["auth"] == {"type": "oauth2_client_credentials", "token_path": "/oauth/token"}
        assert (seen.connector["records"], seen.connector["page"]["more"], seen.connector["page"]["total"]) == ("items", "hasNext", "total")
        assert only(seen) == ITEMS
        with pytest.raises(ConfigError) as caught:
            sniff(f"{name}:/other")
        assert SECRET not in str(caught.value)


def test_an_answer_saved_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "deaths.json").write_text(json.dumps({"code": 0, "data": {"list": [{"name": "张三", "n": 1.5}], "pageNo": 1, "pageSize": 20}}))
    seen = sniff(str(tmp_path / "deaths.json"))
    assert seen.connector["records"] == "data.list"
    assert seen.connector["page"] == {"style": "page", "param": "pageNo", "size_param": "pageSize", "size": 20}
    assert only(seen) == [{"name": "张三", "n": "1.5"}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([{"a": 1}], {}),
        ({"rows": [{"a": 1}], "next": "/rows?from=7"}, {"records": "rows", "page": {"style": "next_link", "next": "next"}}),
        ({"rows": [{"a": 1}], "meta": {"cursor": "abc"}}, {"records": "rows", "page": {"style": "cursor", "param": "cursor", "next": "meta.cursor"}}),
        ({"rows": [1, 2]}, None),
        ("text", None),
    ],
)
def test_listings(body: Any, expected: dict[str, Any] | None) -> None:
    assert listing(body) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (f"{SECRET}\n".encode() * 3, "no known format"), (b"[1, 2]", "JSON without a list"), (f'{{"a": "{SECRET}'.encode(), "not JSON")],
)
def test_samples_of_no_known_format(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.dat").write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        sniff(str(tmp_path / "a.dat"))
    assert SECRET not in str(caught.value)


def test_samples_that_are_not_there(tmp_path: Path) -> None:
    for sample in (str(tmp_path / "gone.csv"), "nobody:table"):
        with pytest.raises(HubError, match="not found"):
            sniff(sample)


def test_a_service_that_answers_without_rows(connected: Connected) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"status": "ok"})

    with serving(answer) as web, pytest.raises(SourceError, match="no list of objects"):
        sniff(f"{connected(web.url)}:/health")
