"""From the pieces a reader produces to the parts of the contract: sized, numbered, with the columns the mapping needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from connectors.base import PART_BYTES, PART_ROWS, Part, Reject, Request
from hub.errors import ConfigError, SourceError


def text_table(names: Sequence[str], columns: Iterable[pa.Array]) -> pa.Table:
    """Put text columns under their names."""
    return pa.Table.from_arrays(list(columns), schema=text_schema(names))


def text_schema(names: Sequence[str]) -> pa.Schema:
    """Give the schema of raw rows: every column text."""
    return pa.schema([(name, pa.large_string()) for name in names])


def counted(start: int, rows: int, rejects: Sequence[Reject] = ()) -> pa.Array:
    """Give the positions `start`, `start` + 1 … of the rows of a table, leaving out those of the rejects among them."""
    positions = np.arange(start, start + rows + len(rejects), dtype=np.int64)
    return pa.array(np.delete(positions, [reject.position - start for reject in rejects]) if rejects else positions)


def assemble(pieces: Iterable[Part]) -> Iterator[Part]:
    """Cut and join pieces of any size into parts of at most PART_ROWS rows and about PART_BYTES; order is kept."""
    held: list[Part] = []
    rows = size = 0
    for piece in pieces:
        for slice_ in _slices(piece, PART_ROWS):
            if held and (rows + slice_.rows > PART_ROWS or size + slice_.table.nbytes > PART_BYTES or slice_.table.schema != held[0].table.schema):
                yield _join(held)
                held, rows, size = [], 0, 0
            if slice_.rows:
                held.append(slice_)
                rows, size = rows + slice_.rows, size + slice_.table.nbytes
    if held:
        yield _join(held)


def _slices(piece: Part, most: int) -> Iterator[Part]:
    """Cut a piece to at most `most` rows and, by halving, to about PART_BYTES; rejects go with the first slice that has room."""
    if piece.rows <= most and (piece.table.nbytes <= PART_BYTES or piece.table.num_rows <= 1):
        yield piece
        return
    if not piece.table.num_rows:
        yield Part(piece.table, piece.positions, piece.rejects[:most])
        yield from _slices(Part(piece.table, piece.positions, piece.rejects[most:]), most)
        return
    half = (piece.table.num_rows + 1) // 2
    yield from _slices(Part(piece.table.slice(0, half), piece.positions.slice(0, half)), most)
    yield from _slices(Part(piece.table.slice(half), piece.positions.slice(half), piece.rejects), most)


def _join(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    rejects = tuple(reject for part in parts for reject in part.rejects)
    return Part(pa.concat_tables([part.table for part in parts]), pa.concat_arrays([part.positions for part in parts]), rejects)


def unique_names(names: Sequence[str | None]) -> tuple[str, ...]:
    """Give each column a name of its own: the second `备注` becomes `备注#2`, a column without heading `column#7`."""
    seen: Counter[str] = Counter()
    given = []
    for at, name in enumerate(names, start=1):
        if not name:
            given.append(f"column#{at}")
            continue
        seen[name] += 1
        given.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(given)


def require_columns(request: Request, present: Sequence[str], place: str = "") -> None:
    """Raise SourceError naming the columns the mapping knows and the source no longer has.

    What the source has instead is told only when most known columns are there: otherwise the "headings" may be a
    person's row.
    """
    known = dict.fromkeys((*request.known_columns, *request.key, *([request.cursor] if request.cursor else [])))
    missing = [name for name in known if name not in set(present)]
    if not missing:
        return
    new = [name for name in present if name not in known]
    hint = f"; not expected there: {', '.join(new)}" if new and len(missing) * 2 < len(known) else ""
    found = f"{request.where}: {place}column {', '.join(missing)} missing at the source ({len(present)} columns found){hint}"
    raise SourceError(f"{found}; renamed there? correct the mapping or ask the department")


def key_tables(request: Request, parts: Iterable[Part]) -> Iterator[pa.Table]:
    """Give only the key columns of parts."""
    for part in parts:
        if part.table.num_rows:
            yield part.table.select(list(need_key(request)))


def need_key(request: Request) -> tuple[str, ...]:
    """Give the key columns; ConfigError when the stream has none."""
    if not request.key:
        raise ConfigError(f"{request.where}: no key columns given; a key sweep needs them")
    return request.key


def not_dated(request: Request) -> list[date]:
    """Refuse: only files with a date in their path come a day at a time."""
    raise ConfigError(f"{request.where}: extract mode `dated` needs a connector whose path holds {{date}}")
