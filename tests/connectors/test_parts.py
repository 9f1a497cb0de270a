"""Cutting and joining pieces: nothing lost, nothing reordered, bounds kept."""

from __future__ import annotations

from unittest.mock import patch

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connectors import parts
from connectors.base import Part, Reject
from connectors.parts import assemble, counted, text_table, unique_names

PIECES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), st.integers(0, 40)), max_size=8)
"""Rows, rejects, bytes of a cell."""


@given(PIECES, st.integers(1, 10), st.integers(20, 400))
def test_assemble(wanted: list[tuple[int, int, int]], most: int, size: int) -> None:
    pieces, position = [], 1
    for rows, refused, width in wanted:
        table = text_table(["a"], [pa.array([f"{position + at:04d}" + "x" * width for at in range(rows)], pa.large_string())])
        rejects = tuple(Reject(position + rows + at, "too_few_columns", "") for at in range(refused))
        pieces.append(Part(table, counted(position, rows, rejects), rejects))
        position += rows + refused
    with patch.object(parts, "PART_ROWS", most), patch.object(parts, "PART_BYTES", size):
        made = list(assemble(pieces))
    assert all(0 < part.rows <= most for part in made)
    assert all(part.table.nbytes <= size or part.table.num_rows <= 1 for part in made)
    given_rows = [value for piece in pieces for value in piece.table["a"].to_pylist()]
    assert [value for part in made for value in part.table["a"].to_pylist()] == given_rows
    assert [place for part in made for place in part.positions.to_pylist()] == [int(value[:4]) for value in given_rows]
    assert [reject for part in made for reject in part.rejects] == [reject for piece in pieces for reject in piece.rejects]


def test_parts_of_other_columns_are_not_joined() -> None:
    first, second = (Part(text_table([name], [pa.array(["x"], pa.large_string())]), counted(1, 1)) for name in "ab")
    assert [part.table.column_names for part in assemble([first, second])] == [["a"], ["b"]]


def test_positions_leave_room_for_rejects() -> None:
    assert counted(5, 3, [Reject(6, "too_long", ""), Reject(7, "too_long", "")]).to_pylist() == [5, 8, 9]


def test_names() -> None:
    assert unique_names(["a", "a", None, "b", "", "a"]) == ("a", "a#2", "column#3", "b", "column#5", "a#3")
