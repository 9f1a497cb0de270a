"""DBF tables: kinds of columns, deleted rows, memo files, files cut short; written by the library `dbf` and by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dbf
import pytest

from connectors import dbf as reader
from connectors.base import Part, Request
from connectors.dbf import Dbf
from connectors.dbf_fields import Field
from hub.errors import SourceError
from tests.connectors.contract import COLUMNS, SECRET, Contract, Row, numbered, taken

Column = tuple[str, str, int]
"""Name, type, width."""


def write(path: Path, columns: Sequence[Column], records: Sequence[bytes], version: int = 0x03, deleted: Sequence[int] = (), flags: Sequence[int] = ()) -> None:
    """Write a table by the bytes: records without their deletion sign."""
    head = struct.pack("<B3BIHH20x", version, 125, 10, 31, len(records), 33 + 32 * len(columns), 1 + sum(width for _, _, width in columns))
    for at, (name, kind, width) in enumerate(columns):
        flag = flags[at] if flags else 0
        head += name.encode("gbk").ljust(11, b"\0") + kind.encode() + bytes(4) + struct.pack("<BBB", width & 0xFF, width >> 8, flag) + bytes(13)
    rows = b"".join((b"*" if at in deleted else b" ") + record for at, record in enumerate(records))
    path.write_bytes(head + b"\r" + rows + b"\x1a")


def request(path: Path, **options: Any) -> Request:
    return Request("here", "rows", {"type": "dbf", "path": str(path), **options})


def extract(path: Path, **options: Any) -> list[Part]:
    return list(Dbf().extract(request(path, **options)))


class TestDbf(Contract):
    padded = True
    encoding = "gb18030"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        records = [b"".join((row[name] or "").encode(self.encoding).ljust(40) for name in columns) for row in rows]
        write(self.folder / "ROWS.DBF", [(name, "C", 40) for name in columns], records)
        return replace(request(self.folder / "ROWS.DBF"), key=("key",))

    def missing(self) -> Request:
        return request(self.folder / "GONE.DBF")


class TestWrittenByALibrary(TestDbf):
    holds_rare = False  # the writer's GBK has no code for them

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        table = dbf.Table(str(self.folder / "rows.dbf"), "; ".join(f"{name} C(40)" for name in columns), codepage="cp936", on_disk=True)
        with table.open(dbf.READ_WRITE):
            for row in rows:
                table.append(tuple(row[name] or "" for name in columns))
        return replace(request(self.folder / "rows.dbf"), key=("key",))

    def test_check_tells_the_columns(self) -> None:
        probe = Dbf().check(self.source(numbered(3)))
        assert (tuple(name.lower() for name in probe.columns), probe.rows) == (COLUMNS, 3)

    @pytest.fixture(autouse=True)
    def _lower_case(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The library writes names in capitals, as such programs do."""
        read = Field.read
        monkeypatch.setattr(Field, "read", lambda *of: replace(read(*of), name=read(*of).name.lower()))


def test_kinds_of_columns(tmp_path: Path) -> None:
    columns = [("C", "C", 4), ("N", "N", 6), ("D", "D", 8), ("L", "L", 1), ("I", "I", 4), ("B", "B", 8), ("Y", "Y", 8), ("T", "T", 8)]
    noon = struct.pack("<ii", 2460980, 12 * 3600 * 1000)
    write(
        tmp_path / "a.dbf",
        columns,
        [
            b"a b   1.5020251031T" + struct.pack("<idq", -5, 1e20, -12345) + noon,
            b"    " + b" " * 6 + b" " * 8 + b"?" + struct.pack("<idq", 0, 0.1, 5) + bytes(8),
        ],
        version=0x30,
    )
    assert taken(extract(tmp_path / "a.dbf")) == [
        {"C": "a b ", "N": "  1.50", "D": "20251031", "L": "T", "I": "-5", "B": "100000000000000000000", "Y": "-1.2345", "T": "2025-10-31 12:00:00"},
        {"C": "    ", "N": None, "D": None, "L": None, "I": "0", "B": "0.1", "Y": "0.0005", "T": None},
    ]


def test_kinds_of_columns_of_a_library(tmp_path: Path) -> None:
    table = dbf.Table(str(tmp_path / "a.dbf"), "C C(4); N N(8,2); D D; L L; T T; I I; B B; Y Y; M M", dbf_type="vfp", codepage="cp936")
    with table.open(dbf.READ_WRITE):
        table.append(("张", 1.5, date(2025, 10, 31), True, datetime(2025, 10, 31, 8, 15, 7), 7, 2.5, 3.25, "备注\n" * 900))
    whole = bytearray((tmp_path / "a.dbf").read_bytes())
    whole[4] = 1  # the library leaves the last row of such a table out of the header's count
    (tmp_path / "a.dbf").write_bytes(whole)
    (row,) = taken(extract(tmp_path / "a.dbf"))
    assert {name.lower(): value for name, value in row.items()} == {
        "c": "张  ", "n": "    1.50", "d": "20251031", "l": "T", "t": "2025-10-31 08:15:07", "i": "7", "b": "2.5", "y": "3.2500", "m": "备注\n" * 900,
    }  # fmt: skip


def test_names_in_chinese_and_nulls_of_foxpro(tmp_path: Path) -> None:
    columns = [("姓名", "C", 4), ("备注", "C", 2), ("_NullFlags", "0", 1)]
    write(tmp_path / "a.dbf", columns, ["张三".encode("gbk") + b"ab\0", "李四".encode("gbk") + b"  \x01"], version=0x30, flags=[0, 2, 5])
    assert taken(extract(tmp_path / "a.dbf")) == [{"姓名": "张三", "备注": "ab"}, {"姓名": "李四", "备注": None}]


def test_deleted_rows_are_none_and_positions_are_record_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.dbf", [("key", "C", 2)], [b"%02d" % at for at in range(10)], deleted=[0, 4, 9])
    monkeypatch.setattr(reader, "BLOCK", 9)
    parts = extract(tmp_path / "a.dbf")
    assert [row["key"] for row in taken(parts)] == ["01", "02", "03", "05", "06", "07", "08"]
    assert [position for part in parts for position in part.positions.to_pylist()] == [2, 3, 4, 6, 7, 8, 9]
    assert Dbf().check(request(tmp_path / "a.dbf")).rows == 10


def test_a_name_cut_within_a_character_is_refused_with_its_bytes_shown(tmp_path: Path) -> None:
    write(tmp_path / "a.dbf", [("key", "C", 2), ("name", "C", 3)], [*(b"%02dabc" % at for at in range(11)), b"11" + "张三".encode("gbk")[:3]])
    (part,) = extract(tmp_path / "a.dbf")
    assert [(reject.position, reject.reason, reject.raw) for reject in part.rejects] == [(12, "undecodable", " 11张\\xc8")]
    assert part.table.num_rows == 11


def test_a_wrong_encoding(tmp_path: Path) -> None:
    name = SECRET.encode("gbk")
    write(tmp_path / "a.dbf", [("name", "C", len(name))], [name] * 5)
    with pytest.raises(SourceError, match="line 1, byte offset 65: not utf-8") as caught:
        extract(tmp_path / "a.dbf", encoding="utf-8")
    assert SECRET not in str(caught.value)


def damaged(path: Path, change: str) -> None:
    whole = path.read_bytes()
    match change:
        case "cut":
            path.write_bytes(whole[:-15])
        case "rows appended behind the count":
            path.write_bytes(whole[:-1] + b" 99abc 98abc")
        case "header cut":
            path.write_bytes(whole[:50])
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_bytes(f"{SECRET},".encode() * 50)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("cut", "its header counts 5 records, 2 are there; the file was cut short"),
        ("rows appended behind the count", "its header counts 5 records, 7 are there; close it properly"),
        ("header cut", "cut short within its header"),
        ("empty", r"empty \(0 bytes\)"),
        ("text", "not a DBF table"),
    ],
)
def test_damage(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "a.dbf"
    write(path, [("key", "C", 2), ("name", "C", 3)], [b"%02dabc" % at for at in range(5)])
    damaged(path, change)
    with pytest.raises(SourceError, match=message) as caught:
        extract(path)
    assert SECRET not in str(caught.value)


def test_columns_of_no_known_type(tmp_path: Path) -> None:
    write(tmp_path / "a.dbf", [("key", "C", 2), ("x", "V", 3), ("y", "@", 8)], [b"01abc" + bytes(8)])
    with pytest.raises(SourceError, match=r"columns of unknown type: x \(V\), y \(@\)"):
        extract(tmp_path / "a.dbf")


def test_memo_files(tmp_path: Path) -> None:
    columns = [("key", "C", 2), ("note", "M", 10), ("picture", "G", 10)]
    write(tmp_path / "A.DBF", columns, [b"01         1          ", b"02                    ", b"03         3          "], version=0x83)
    with pytest.raises(SourceError, match=r"its memo file .* is missing"):
        extract(tmp_path / "A.DBF")
    assert taken(extract(tmp_path / "A.DBF", memo=False)) == [{"key": "01"}, {"key": "02"}, {"key": "03"}]
    texts = ["备注".encode("gbk"), "长".encode("gbk") * 400]
    blocks = bytes(512) + (texts[0] + b"\x1a").ljust(1024, b"\0") + (texts[1] + b"\x1a\x1a").ljust(1024, b"\0")
    (tmp_path / "A.DBT").write_bytes(blocks)
    assert taken(extract(tmp_path / "A.DBF")) == [{"key": "01", "note": "备注"}, {"key": "02", "note": None}, {"key": "03", "note": "长" * 400}]
    assert "column picture left out (not text)" in Dbf().check(request(tmp_path / "A.DBF")).notes
    (tmp_path / "A.DBT").write_bytes(blocks[:1600])
    with pytest.raises(SourceError, match=r"A\.DBF \(A\.DBT\): the memo file ends within a text"):
        extract(tmp_path / "A.DBF")


def test_memo_files_of_dbase_4(tmp_path: Path) -> None:
    write(tmp_path / "a.dbf", [("note", "M", 10)], [b"         1"], version=0x8B)
    head = bytes(20) + struct.pack("<H", 64) + bytes(42)
    text = "备注".encode("gbk")
    (tmp_path / "a.dbt").write_bytes(head + b"\xff\xff\x08\x00" + struct.pack("<I", len(text) + 8) + text)
    assert taken(extract(tmp_path / "a.dbf")) == [{"note": "备注"}]
    (tmp_path / "a.dbt").write_bytes(head + b"\xff\xff\x08\x00" + struct.pack("<I", 900) + text)
    with pytest.raises(SourceError, match="ends before block 1 does or is damaged"):
        extract(tmp_path / "a.dbf")
