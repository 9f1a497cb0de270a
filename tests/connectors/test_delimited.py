"""Delimited text: every encoding, every irregularity, nothing lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import rows as row_reading
from connectors import text
from connectors.base import Part, Reject, Request
from connectors.delimited import Delimited
from hub.errors import ConfigErrors, RetryableError, SourceError
from tests.connectors.contract import COLUMNS, RARE, SECRET, Contract, Row, numbered, taken


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Request]:
    def write(content: bytes | str, **options: Any) -> Request:
        path = tmp_path / "rows.csv"
        path.write_bytes(content.encode(options.get("encoding", "utf-8")) if isinstance(content, str) else content)
        return Request("here", "rows", {"type": "delimited", "path": str(path), **options}, ("key",))

    return write


def extract(request: Request) -> list[Part]:
    return list(Delimited().extract(request))


class _Files(Contract):
    encoding: ClassVar[str]
    ends: ClassVar[str] = "\r\n"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        written = io.StringIO(newline="")
        writer = csv.DictWriter(written, columns, lineterminator=self.ends)
        writer.writeheader()
        writer.writerows(rows)
        (self.folder / "rows.csv").write_bytes(written.getvalue().encode(self.encoding))
        return Request("here", "rows", {"type": "delimited", "path": str(self.folder / "rows.csv"), "encoding": self.encoding}, ("key",))

    def missing(self) -> Request:
        return Request("here", "rows", {"type": "delimited", "path": str(self.folder / "gone.csv")}, ("key",))


class TestGb18030(_Files):
    encoding = "gb18030"


class TestUtf8(_Files):
    encoding = "utf-8-sig"
    ends = "\n"


class TestUtf16(_Files):
    encoding = "utf-16"


class TestGbk(_Files):
    encoding = "gbk"
    holds_rare = False  # the writer refuses them; the reader takes them, see below


def test_gbk_files_with_rare_characters_are_read(file: Callable[..., Request]) -> None:
    request = file(f"key,name\n1,{RARE}\n".encode("gb18030"), encoding="gbk")
    assert taken(extract(request)) == [{"key": "1", "name": RARE}]


def test_reading_gbk_by_gb18030_changes_no_character() -> None:
    for first in range(0x81, 0xFF):
        for second in range(0x40, 0xFF):
            code = bytes([first, second])
            try:
                expected = code.decode("gbk")
            except UnicodeDecodeError:
                continue
            assert code.decode(text.codec("gbk")) == expected
    assert text.codec("cp936") == "gb18030"


CELLS = [
    ("quotes", 'key,name\n1,"a ""b"" c"\n', [{"key": "1", "name": 'a "b" c'}]),
    ("line ends in quotes", 'key,name\r\n1,"a\nb\r\nc"\r\n2,"d\re"\r\n', [{"key": "1", "name": "a\nb\r\nc"}, {"key": "2", "name": "d\re"}]),
    ("no last line end", "key,name\n1,a\n2,b", [{"key": "1", "name": "a"}, {"key": "2", "name": "b"}]),
    ("quoted, no last line end", 'key,name\n1,"a"', [{"key": "1", "name": "a"}]),
    ("nothing trimmed", "key,name\n 1 ,\ta \n", [{"key": " 1 ", "name": "\ta "}]),
    ("null characters", "key,name\n1,a\0b\n", [{"key": "1", "name": "a\0b"}]),
    ("quote inside a bare cell", 'key,name\n1,5" pipe\n2,b\n', [{"key": "1", "name": '5" pipe'}, {"key": "2", "name": "b"}]),
    ("lone carriage return", "key,name\n1,a\rb\n", [{"key": "1", "name": "a\rb"}]),
    ("blank lines", "key,name\n\n1,a\n\r\n2,b\n\n", [{"key": "1", "name": "a"}, {"key": "2", "name": "b"}]),
    ("headings over two lines", '"key","na\nme"\n1,a\n', [{"key": "1", "na\nme": "a"}]),
    ("headings twice and none", "key,name,name,\n1,a,b,c\n", [{"key": "1", "name": "a", "name#2": "b", "column#4": "c"}]),
    ("end-of-file sign", "key,name\n1,a\n\x1a", [{"key": "1", "name": "a"}]),
    ("headings only", "key,name", []),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in CELLS], ids=[case[0] for case in CELLS])
def test_cells(file: Callable[..., Request], content: str, expected: list[Row]) -> None:
    parts = extract(file(content))
    assert taken(parts) == expected
    assert not any(part.rejects for part in parts)


REJECTS = [
    ("too few", "key,name\n1,a\n2\n3,c\n", [(2, "too_few_columns", "2")]),
    ("too many", "key,name\n1,a,x\n2,b\n3,c\n", [(1, "too_many_columns", "1,a,x")]),
    ("never closed", 'key,name\n1,"a\n2,b\n3,c\n', [(1, "unclosed_quote", '1,"a')]),
    ("closed in the middle", 'key,name\n1,"a"b\n2,b\n3,c\n', [(1, "unclosed_quote", '1,"a"b')]),
    ("beside quoted cells", 'key,name\n1,"a\n\n"\n2\n3,"c"\n', [(2, "too_few_columns", "2")]),
]


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in REJECTS], ids=[case[0] for case in REJECTS])
def test_a_row_that_cannot_be_split_is_refused_alone(file: Callable[..., Request], content: str, expected: list[tuple[int, str, str]]) -> None:
    (part,) = extract(file(content))
    assert [(reject.position, reject.reason, reject.raw) for reject in part.rejects] == expected
    positions = part.positions.to_pylist()
    assert sorted([*positions, *(reject.position for reject in part.rejects)]) == [1, 2, 3]
    assert {row["key"] for row in taken([part])} == {str(position) for position in positions}


def test_a_row_cut_within_a_character_is_refused_with_its_bytes_shown(file: Callable[..., Request]) -> None:
    lines = [f"{at},张三".encode("gb18030") for at in range(20)]
    lines[7] = "7,张".encode("gb18030") + b"\xc8"
    (part,) = extract(file(b"\r\n".join([b"key,name", *lines]), encoding="gb18030"))
    assert [(reject.position, reject.reason, reject.raw) for reject in part.rejects] == [(8, "undecodable", "7,张\\xc8")]
    assert part.table.num_rows == 19


def test_a_wrong_encoding_is_told_with_line_and_offset_and_no_content(file: Callable[..., Request]) -> None:
    content = f"key,name\n1,a\n2,{SECRET}\n3,{SECRET}\n".encode("gb18030")
    with pytest.raises(SourceError, match=r"rows\.csv: line 3, byte offset 15: not utf-8 \(2 of 3 rows") as caught:
        extract(file(content, encoding="utf-8"))
    assert SECRET not in str(caught.value)


def test_headings_of_another_encoding(file: Callable[..., Request]) -> None:
    with pytest.raises(SourceError, match="line 1, byte offset 0: not utf-8"):
        Delimited().check(file("姓名,证件\n".encode("gb18030"), encoding="utf-8"))


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_utf8_declared_as_chinese_is_refused_although_it_would_decode(file: Callable[..., Request], encoding: str) -> None:
    content = ("key,name\n" + "".join(f"{at},张三李四\n" for at in range(5))).encode()
    content.decode("gb18030")
    with pytest.raises(SourceError, match="this file is UTF-8, declared"):
        extract(file(content, encoding=encoding))


def test_two_characters_that_happen_to_be_valid_utf8_are_no_proof(file: Callable[..., Request]) -> None:
    assert taken(extract(file("key,name\n1,联通\n".encode("gb18030"), encoding="gb18030"))) == [{"key": "1", "name": "联通"}]


def test_utf16_cut_short(file: Callable[..., Request]) -> None:
    with pytest.raises(SourceError, match="byte offset 24: not utf-16"):
        extract(file("key,name\n1\n".encode("utf-16") + b"\x00\xd8", encoding="utf-16"))


def test_a_file_of_no_bytes(file: Callable[..., Request]) -> None:
    with pytest.raises(SourceError, match=r"empty \(0 bytes\)"):
        extract(file(b""))


def test_a_cell_of_ten_megabytes(file: Callable[..., Request]) -> None:
    cell = "张\n" * 2_600_000
    assert taken(extract(file(f'key,name\n1,"{cell}"\n2,b\n'))) == [{"key": "1", "name": cell}, {"key": "2", "name": "b"}]


def test_headings_of_ones_own(file: Callable[..., Request]) -> None:
    assert taken(extract(file("1|a\n2|b\n", header=False, columns=["key", "name"], delimiter="|"))) == [{"key": "1", "name": "a"}, {"key": "2", "name": "b"}]
    assert taken(extract(file("x,y\n1,a\n", columns=["key", "name"]))) == [{"key": "1", "name": "a"}]
    with pytest.raises(SourceError, match="2 headings, 3 columns declared"):
        extract(file("x,y\n1,a\n", columns=["key", "name", "z"]))


def test_delimiters_of_several_characters_and_no_quotes(file: Callable[..., Request]) -> None:
    assert taken(extract(file('key|+|name\n1|+|"a\n', delimiter="|+|", quote=None))) == [{"key": "1", "name": '"a'}]
    assert taken(extract(file('key|+|name\n1|+|"a|+|b"\n', delimiter="|+|"))) == [{"key": "1", "name": "a|+|b"}]


def test_lines_before_and_behind(file: Callable[..., Request]) -> None:
    options = {"skip_rows": 2, "trailer": {"pattern": r"total (?P<rows>\d+)"}}
    assert taken(extract(file("exported\nfor us\nkey,name\n1,a\n2,b\ntotal 2\n", **options))) == [{"key": "1", "name": "a"}, {"key": "2", "name": "b"}]
    with pytest.raises(SourceError, match="says 3 rows, 2 were read"):
        extract(file("exported\nfor us\nkey,name\n1,a\n2,b\ntotal 3\n", **options))
    with pytest.raises(SourceError, match="closing line is missing after 1 rows"):
        extract(file("exported\nfor us\nkey,name\n1,a\n2,b\n", **options))
    with pytest.raises(SourceError, match="no headings after 2 lines"):
        extract(file("exported\n", skip_rows=2))


def test_blocks_are_cut_at_rows_only(file: Callable[..., Request], monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [{"key": str(at), "name": "张\n三" * (at % 7), "note": '"' * (at % 3)} for at in range(300)]
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    request = file(written.getvalue(), encoding="gb18030")
    for size in (1, 7, 100):
        monkeypatch.setattr(text.Transcoder, "block", size)
        monkeypatch.setattr(text.Transcoder.__init__, "__defaults__", (size,))
        assert taken(extract(request)) == rows


CELL = st.text(st.sampled_from("a张,\"\r\n'x𠮷 "), max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), max_size=12), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_what_a_csv_writer_writes_is_read_back(rows: list[tuple[str, str]], ends: str, cut: int) -> None:
    """However the text is cut into blocks, whichever path reads it."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=ends, quoting=csv.QUOTE_ALL).writerows(rows)
    shape = row_reading.Shape(("a", "b"), ",", '"')
    content, position, found = written.getvalue(), 1, []
    rest = b""
    for start in [*range(0, len(content), cut), None]:
        rest += b"" if start is None else content[start : start + cut].encode()
        while rest:
            got = row_reading.take(rest, shape, position, final=start is None)
            if not got.size:
                break
            rest, position = rest[got.size :], position + got.part.rows
            found += [(row["a"], row["b"]) for row in got.part.table.to_pylist()]
            assert not got.part.rejects
    assert found == rows


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab,"\r\n张'), max_size=60))
def test_any_text_is_read_to_its_end_and_every_character_is_accounted_for(content: str) -> None:
    """Both paths agree on whatever stands there, and all of it is in a row or in a reject."""
    shape = row_reading.Shape(("a", "b"), ",", '"')
    careful = row_reading._careful(f"{content}\n".encode(), shape, 1, final=True).part
    rest = content.encode()
    rows: list[Row] = []
    rejects: list[Reject] = []
    while rest:
        got = row_reading.take(rest, shape, 1 + len(rows) + len(rejects), final=True)
        assert got.size
        rest = rest[got.size :]
        rows += got.part.table.to_pylist()
        rejects += got.part.rejects
    assert rows == careful.table.to_pylist()
    assert rejects == list(careful.rejects)
    assert [reject.raw for reject in rejects] == [reject.raw for reject in careful.rejects]
    kept = "".join([*(value or "" for row in rows for value in row.values()), *(reject.raw for reject in rejects)])
    assert sorted(sign for sign in kept if sign in "ab张") == sorted(sign for sign in content if sign in "ab张")


def test_dated_files(tmp_path: Path) -> None:
    for day in ("20251001", "20251003"):
        (tmp_path / f"tax_{day}.csv").write_text(f"key,name\n{day},a\n")
    (tmp_path / "tax_20251399.csv").write_text("no date")
    request = Request("here", "rows", {"type": "delimited", "path": f"{tmp_path}/tax_{{date:%Y%m%d}}.csv"}, ("key",))
    assert [day.isoformat() for day in Delimited().intervals(request)] == ["2025-10-01", "2025-10-03"]
    dated = replace(request, start=datetime(2025, 10, 3), end=datetime(2025, 10, 4))
    assert taken(extract(dated)) == [{"key": "20251003", "name": "a"}]
    with pytest.raises(RetryableError, match=r"tax_20251002\.csv not found; run again"):
        extract(replace(request, start=datetime(2025, 10, 1), end=datetime(2025, 10, 4)))


def test_several_files_are_one_stream(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("name,key\nb,2\n")
    (tmp_path / "a.csv").write_text("key,name\n1,a\n")
    request = Request("here", "rows", {"type": "delimited", "path": f"{tmp_path}/*.csv"}, ("key",))
    parts = extract(request)
    assert taken(parts) == [{"key": "1", "name": "a"}, {"key": "2", "name": "b"}]
    assert [position for part in parts for position in part.positions.to_pylist()] == [1, 2]
    (tmp_path / "c.csv").write_text("key,nom\n3,c\n")
    with pytest.raises(SourceError, match=r"c\.csv: its columns are not those of a\.csv"):
        extract(request)


def test_what_is_there_instead_of_a_column_is_told_when_the_headings_are_headings(file: Callable[..., Request]) -> None:
    request = replace(file("key,name,phone2\n1,a,b\n"), known_columns=("key", "name", "phone"))
    with pytest.raises(SourceError, match=r"column phone missing at the source \(3 columns found\); not expected there: phone2"):
        extract(request)


def test_a_file_that_grows_while_it_is_read(file: Callable[..., Request], tmp_path: Path) -> None:
    request = file("key,name\n" + "".join(f"{row['key']},{row['name']}\n" for row in numbered(10)))
    stream = Delimited()._pieces(request)
    next(stream)
    with (tmp_path / "rows.csv").open("a") as growing:
        growing.write("11,x\n")
    with pytest.raises(RetryableError, match="changed while it was read"):
        list(stream)


PROBLEMS = [
    ({"encoding": "klingon"}, "connector.encoding: unknown encoding"),
    ({"header": False}, "columns: required when the file has no headings"),
    ({"quote": ","}, "quote: one ASCII character"),
    ({"delimiter": "\n"}, "delimiter: a line end"),
    ({"trailer": {"pattern": "("}}, "connector.trailer.pattern: not a regular expression"),
    ({"path": "x_{date:%H}.csv"}, "connector.path: unknown date code %H"),
    ({"path": "x_{day}.csv"}, "connector.path: only {date}"),
    ({"path": "sftp://me:secret@host/x.csv"}, "connector.path: no login or password in a path"),
    ({"columns": ["a", "a"]}, "columns: each name once"),
]


@pytest.mark.parametrize(("options", "problem"), PROBLEMS)
def test_options(file: Callable[..., Request], options: dict[str, Any], problem: str) -> None:
    request = file("key\n1\n")
    with pytest.raises(ConfigErrors) as caught:
        Delimited().check(replace(request, options={**request.options, **options}))
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)
