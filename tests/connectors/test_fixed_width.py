"""Fixed-width text, counted in bytes of GB18030 and in characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors import fixed_width
from connectors.base import Part, Request
from connectors.fixed_width import FixedWidth
from hub.errors import ConfigErrors, SourceError
from tests.connectors.contract import COLUMNS, SECRET, Contract, Row, numbered, taken

TRAILER = {"pattern": r"T(?P<rows>\d{6})"}


def line(unit: str, encoding: str, *cells: tuple[str | None, int]) -> bytes:
    """Pad cells to their widths, in bytes or characters."""
    if unit == "characters":
        return "".join((value or "").ljust(width) for value, width in cells).encode(encoding)
    return b"".join((value or "").encode(encoding).ljust(width) for value, width in cells)


class _Files(Contract):
    padded = True
    unit: ClassVar[str] = "bytes"
    encoding: ClassVar[str] = "gb18030"
    widths: ClassVar[dict[str, int]] = {"key": 10, "name": 20, "note": 40}

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        lines = [line(self.unit, self.encoding, *((row[name], self.widths[name]) for name in columns)) for row in rows]
        (self.folder / "rows.txt").write_bytes(b"".join(one + b"\r\n" for one in lines) + f"T{len(rows):06d}\r\n".encode())
        return Request("here", "rows", self.options(columns), ("key",))

    def options(self, columns: Sequence[str]) -> dict[str, Any]:
        start, laid = 1, []
        for name in columns:
            laid.append({"name": name, "start": start, "width": self.widths[name]})
            start += self.widths[name]
        path = str(self.folder / "rows.txt")
        return {"type": "fixed_width", "path": path, "encoding": self.encoding, "unit": self.unit, "columns": laid, "trailer": TRAILER}

    def missing(self) -> Request:
        request = self.source([])
        (self.folder / "rows.txt").unlink()
        return request


class TestBytes(_Files):
    pass


class TestCharacters(_Files):
    unit = "characters"


class TestUtf8Bytes(_Files):
    encoding = "utf-8"


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Request]:
    def write(content: bytes, **options: Any) -> Request:
        (tmp_path / "rows.txt").write_bytes(content)
        columns = [{"name": "key", "start": 1, "width": 2}, {"name": "name", "start": 3, "width": 4}]
        given = {"type": "fixed_width", "path": str(tmp_path / "rows.txt"), "encoding": "gb18030", "columns": columns, **options}
        return Request("here", "rows", given, ("key",))

    return write


def extract(request: Request) -> list[Part]:
    return list(FixedWidth().extract(request))


def refused(part: Part) -> list[tuple[int, str, str]]:
    return [(reject.position, reject.reason, reject.raw) for reject in part.rejects]


ZHANG = "张三".encode("gb18030")


def test_padding_stays(file: Callable[..., Request]) -> None:
    assert taken(extract(file(b"1 " + ZHANG + b"\n 2a b \n"))) == [{"key": "1 ", "name": "张三"}, {"key": " 2", "name": "a b "}]


def test_lines_of_another_length_are_refused_alone(file: Callable[..., Request]) -> None:
    (part,) = extract(file(b"01abcd\r\n02abc\r\n03abcde\r\n\r\n04abcd\r\n"))
    assert refused(part) == [(2, "too_short", "02abc"), (3, "too_long", "03abcde")]
    assert taken([part]) == [{"key": "01", "name": "abcd"}, {"key": "04", "name": "abcd"}]
    assert part.positions.to_pylist() == [1, 4]


@pytest.mark.parametrize("unit", ["bytes", "characters"])
def test_a_cell_cut_within_a_character_is_refused_with_its_bytes_shown(file: Callable[..., Request], unit: str) -> None:
    lines = [b"%02dabcd" % at for at in range(12)]
    lines[4] = b"04abc" + ZHANG[:1]
    (part,) = extract(file(b"\n".join([*lines, b""]), unit=unit))
    assert refused(part) == [(5, "undecodable", "04abc\\xd5")]
    assert part.table.num_rows == 11
    assert 5 not in part.positions.to_pylist()


def test_a_wrong_encoding_is_told_with_line_and_offset(file: Callable[..., Request]) -> None:
    secret = SECRET.encode("gb18030")[:4]
    with pytest.raises(SourceError, match="line 2, byte offset 7: not utf-8") as caught:
        extract(file(b"01abcd\n" + b"02" + secret + b"\n" + b"03" + secret + b"\n", encoding="utf-8"))
    assert SECRET[:2] not in str(caught.value)


CUT = [
    (b"01abcd\n02ab", {}, "the last line ends after 4 of 6 bytes"),
    (b"01abcd\n02abcd\n", {"trailer": TRAILER}, "closing line is missing after 1 rows"),
    (b"01abcd\n02abcd\nT0000", {"trailer": TRAILER}, "closing line is missing after 2 rows"),
    (b"01abcd\nT000002\n", {"trailer": TRAILER}, "says 2 rows, 1 were read"),
    (b"01abcd02ab", {"newline": False, "record_length": 6}, "the last line ends after 4 of 6 bytes"),
    (b"", {}, r"empty \(0 bytes\)"),
]


@pytest.mark.parametrize(("content", "options", "message"), CUT)
def test_a_file_cut_short_is_refused_whole(file: Callable[..., Request], content: bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        extract(file(content, **options))


def test_records_without_line_ends(file: Callable[..., Request]) -> None:
    request = file(b"01ab\ncx02" + ZHANG + b"x", newline=False, record_length=7)
    assert taken(extract(request)) == [{"key": "01", "name": "ab\nc"}, {"key": "02", "name": "张三"}]


def test_headings_gaps_and_a_last_line_without_end(file: Callable[..., Request]) -> None:
    columns = [{"name": "name", "start": 4, "width": 2}, {"name": "key", "start": 1, "width": 2}]
    request = file(b"some heading\n01-ab..\n02-cd..", columns=columns, record_length=7, header_lines=1)
    assert taken(extract(request)) == [{"name": "ab", "key": "01"}, {"name": "cd", "key": "02"}]


def test_blocks_are_cut_at_lines_only(monkeypatch: pytest.MonkeyPatch, file: Callable[..., Request]) -> None:
    content = b"".join(b"%02d" % at + ZHANG + b"\r\n" for at in range(50)) + b"T000050"
    request = file(content, trailer=TRAILER)
    for size in (1, 7, 64):
        monkeypatch.setattr(fixed_width, "BLOCK", size)
        assert taken(extract(request)) == [{"key": f"{at:02d}", "name": "张三"} for at in range(50)]


def test_many_lines_come_in_their_order(file: Callable[..., Request]) -> None:
    rows = numbered(300)
    content = b"".join(f"{at % 100:02d}{row['key'][-4:]}\n".encode() for at, row in enumerate(rows) if row["key"])
    assert [row["name"] for row in taken(extract(file(content)))] == [f"{at:04d}" for at in range(300)]


PROBLEMS = [
    ({"columns": [{"name": "a", "start": 0, "width": 1}]}, "connector.columns.0.start: input should be greater than or equal to 1"),
    ({"columns": [{"name": "a", "start": 1, "width": 1}, {"name": "a", "start": 2, "width": 1}]}, "columns: each name once"),
    ({"record_length": 5}, "record_length: the columns end at 6"),
    ({"newline": False}, "newline: records without line ends need record_length"),
    ({"columns": [{"name": "a", "start": 1, "width": 1, "type": "date"}]}, "connector.columns.0.type: unknown key"),
]


@pytest.mark.parametrize(("options", "problem"), PROBLEMS)
def test_options(file: Callable[..., Request], options: dict[str, Any], problem: str) -> None:
    request = file(b"01abcd\n")
    with pytest.raises(ConfigErrors) as caught:
        FixedWidth().check(replace(request, options={**request.options, **options}))
    assert problem in str(caught.value)
