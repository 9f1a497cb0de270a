"""What every connector must do, whatever it reads: a class of tests that each connector's tests subclass.

A subclass writes given rows into a real file, database or service and gives the request for them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pyarrow as pa
import pytest

import connectors.parts
from connectors import CONNECTORS, options_problems
from connectors.base import Connector, Part, Request
from hub.errors import ConfigErrors, HubError, SourceError

Row = dict[str, str | None]
COLUMNS = ("key", "name", "note")
RARE = "䶮𠮷㐂\ue5e5ḿ龻𰀀𱍐"
"""U+4DAE U+20BB7 U+3402 U+E5E5 U+1E3F U+9FBB U+30000 U+31350."""
SECRET = "王绝密"
"""Stands in rows of which no message may tell anything."""


def numbered(count: int) -> list[Row]:
    return [{"key": f"K{at:05d}", "name": f"张三{at}", "note": f"n{at}"} for at in range(count)]


def taken(parts: Sequence[Part]) -> list[Row]:
    return [row for part in parts for row in part.table.to_pylist()]


def bare(rows: Sequence[Row]) -> list[Row]:
    """Take all padding off, and with it the difference between absent and empty."""
    return [{name: (value or "").strip(" ") for name, value in row.items()} for row in rows]


class Contract(ABC):
    keeps_null: ClassVar[bool] = False
    """the source tells absent values from empty ones"""
    null_for_empty: ClassVar[bool] = False
    """the source knows no empty text: it comes as null"""
    padded: ClassVar[bool] = False
    """values come with the source's own padding"""
    holds_rare: ClassVar[bool] = True

    @abstractmethod
    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        """Write rows into a real source and give the request for them (key column `key`)."""

    @abstractmethod
    def missing(self) -> Request:
        """Give a request for a source that is not there."""

    def connector(self, request: Request) -> Connector:
        return CONNECTORS[request.options["type"]]()

    def extract(self, request: Request) -> list[Part]:
        return list(self.connector(request).extract(request))

    def as_given(self, row: Row) -> Row:
        return {name: value.rstrip(" ") if self.padded and value else value for name, value in row.items()}

    def test_rows_come_as_text_in_their_order(self) -> None:
        rows = numbered(25)
        parts = self.extract(self.source(rows))
        assert [self.as_given(row) for row in taken(parts)] == rows
        assert all(field.type == pa.large_string() for part in parts for field in part.table.schema)
        assert not any(part.rejects for part in parts)

    def test_parts_are_bounded_and_positions_rise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connectors.parts, "PART_ROWS", 10)
        rows = numbered(35)
        parts = self.extract(self.source(rows))
        assert len(parts) > 3
        assert all(0 < part.rows <= 10 for part in parts)
        assert [self.as_given(row) for row in taken(parts)] == rows
        positions = [position for part in parts for position in part.positions.to_pylist()]
        assert positions == sorted(set(positions))
        assert positions[-1] - positions[0] == 34
        assert all(len(part.positions) == part.table.num_rows for part in parts)

    def test_again_gives_the_same(self) -> None:
        request = self.source(numbered(12))
        assert [part.table for part in self.extract(request)] == [part.table for part in self.extract(request)]

    def test_absent_and_empty_values(self) -> None:
        rows: list[Row] = [{"key": "1", "name": None, "note": ""}, {"key": "2", "name": "", "note": None}, {"key": "3", "name": "x", "note": " y "}]
        absent, empty = (None if self.keeps_null or self.null_for_empty else ""), (None if self.null_for_empty else "")
        expected: list[Row] = [{"key": "1", "name": absent, "note": empty}, {"key": "2", "name": empty, "note": absent}, rows[2]]
        found = taken(self.extract(self.source(rows)))
        if self.padded:
            found, expected = bare(found), bare(expected)
        assert found == expected

    def test_rare_characters(self) -> None:
        if self.holds_rare:
            rows: list[Row] = [{"key": sign, "name": f"张{sign}", "note": RARE} for sign in RARE]
            assert [self.as_given(row) for row in taken(self.extract(self.source(rows)))] == rows

    def test_a_column_that_is_gone_is_named(self) -> None:
        request = replace(self.source([{"key": SECRET, "name": SECRET, "note": SECRET}]), known_columns=("key", "name", "AAC003"))
        for look in (lambda: self.extract(request), lambda: self.connector(request).check(request)):
            with pytest.raises(SourceError) as caught:
                look()
            assert "AAC003" in str(caught.value)
            assert SECRET not in str(caught.value)
            assert caught.value.__cause__ is None

    def test_a_source_that_is_not_there(self) -> None:
        request = self.missing()
        with pytest.raises(HubError) as caught:
            self.extract(request)
        assert str(caught.value).startswith("here.rows")
        with pytest.raises(type(caught.value)):
            self.connector(request).check(request)

    def test_an_empty_source_gives_nothing(self) -> None:
        assert self.extract(self.source([])) == []

    def test_keys_are_the_key_columns(self) -> None:
        request = self.source(numbered(25))
        swept = pa.concat_tables(self.connector(request).keys(request))
        assert swept.column_names == ["key"]
        assert swept.column("key").to_pylist() == pa.concat_tables([part.table for part in self.extract(request)]).column("key").to_pylist()

    def test_check_tells_the_columns(self) -> None:
        request = self.source(numbered(3))
        probe = self.connector(request).check(request)
        assert probe.columns == COLUMNS
        assert probe.rows in (None, 3)

    def test_unknown_options_are_refused_all_at_once(self) -> None:
        request = self.source(numbered(1))
        wrong = replace(request, options={**request.options, "colour": "red", "connection": 7})
        problems = options_problems(request.options["type"], wrong.options)
        assert len(problems) >= 2
        assert any("connector.colour: unknown key; known: type" in problem or "connector.colour: unknown key; known: path" in problem for problem in problems)
        with pytest.raises(ConfigErrors) as caught:
            self.connector(request).check(wrong)
        assert caught.value.problems == [f"here.rows: {problem}" for problem in problems]
