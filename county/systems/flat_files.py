"""Files of desktop programs and nightly jobs: dBase tables, fixed-width registers, delimited days; written column by column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

DELETED = "_deleted"
"""Column of our own: the row carries dBase's deletion flag."""


def padded(values: pl.Series, width: int, encoding: str, right: bool = False) -> Bytes:
    """Encode a text column and pad every value with blanks to `width` bytes: one row a value; a value that does not fit is a mistake of ours."""
    unique = values.fill_null("").unique(maintain_order=True)
    encoded = [text.encode(encoding) for text in unique.to_list()]
    if max((len(e) for e in encoded), default=0) > width:
        raise ValueError(f"column {values.name}: a value is wider than {width} bytes")
    cells = np.array([e.rjust(width) if right else e.ljust(width) for e in encoded], dtype=f"S{width}").view(np.uint8).reshape(-1, width)
    at = values.fill_null("").replace_strict(unique, np.arange(len(unique)), return_dtype=pl.Int64).to_numpy()
    return np.asarray(cells[at])


def write_dbf(path: Path, frame: pl.DataFrame, fields: tuple[tuple[str, str, int, int], ...], day: np.datetime64) -> None:
    """Write a dBase III table: fields are (name, kind, width, decimals); rows flagged in `_deleted` stay, marked with `*`."""
    record = 1 + sum(width for _, _, width, _ in fields)
    year, month, date = (int(part) for part in str(day).split("-"))
    header = (
        bytes([3, year - 1900, month, date]) + frame.height.to_bytes(4, "little") + (33 + 32 * len(fields)).to_bytes(2, "little") + record.to_bytes(2, "little")
    )
    header += bytes(17) + bytes([0x7A]) + bytes(2)  # 0x7A: code page 936
    for name, kind, width, decimals in fields:
        header += name.encode("ascii").ljust(11, b"\0") + kind.encode("ascii") + bytes(4) + bytes([width, decimals]) + bytes(14)
    flag = (
        np.where(frame[DELETED].to_numpy(), ord("*"), ord(" ")).astype(np.uint8)[:, None]
        if DELETED in frame.columns
        else np.full((frame.height, 1), ord(" "), np.uint8)
    )
    columns = [flag]
    for name, kind, width, decimals in fields:
        values = frame[name]
        if kind == "N":
            values = _number_text(values, decimals)
        columns.append(padded(values, width, "gbk", right=kind == "N"))
    _replace(path, header + b"\r" + np.hstack(columns).tobytes() + b"\x1a")


def _number_text(values: pl.Series, decimals: int) -> pl.Series:
    number = values.cast(pl.Float64, strict=False)
    text = pl.Series(values.name, [None if v is None else f"{v:.{decimals}f}" for v in number.to_list()], dtype=pl.Utf8)
    return text.zip_with(number.is_not_null(), values.cast(pl.Utf8))


def write_fixed(path: Path, frame: pl.DataFrame, fields: tuple[tuple[str, int], ...], day: np.datetime64) -> None:
    """Write a fixed-width register in GB18030: lines marked `D`, then the trailer `T`, count and day; rows with a raw fault `cut` end early."""
    cut = frame["_fault"].str.starts_with("cut:").to_numpy()
    mark, end = np.full((frame.height, 1), ord("D"), np.uint8), np.tile(np.frombuffer(b"\r\n", np.uint8), (frame.height, 1))
    lines = np.hstack([mark, *(padded(frame[name], width, "gb18030") for name, width in fields), end])
    trailer = f"T{frame.height:09d}{str(day).replace('-', '')}\r\n".encode("ascii")
    short = b"".join(bytes(line[:100]) + b"\r\n" for line in lines[cut])
    _replace(path, lines[~cut].tobytes() + short + trailer)


def write_delimited(path: Path, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    """Write a comma-separated file in GB18030 with CRLF; raw faults: `cut` leaves the last columns out, `bytes` holds what no encoding has."""
    raw = frame["_fault"].str.extract(r"^(cut|bytes):").fill_null("")
    text = frame.filter(raw == "").select(columns).write_csv(line_terminator="\r\n", null_value="")
    lines = [text.encode("gb18030")]
    for kind, row in zip(
        raw.filter(raw != "").to_list(), frame.filter(raw != "").select(columns).write_csv(include_header=False, null_value="").splitlines(), strict=True
    ):
        cells = row.split(",")
        lines.append(
            ",".join(cells[:9]).encode("gb18030")
            if kind == "cut"
            else b",".join([c.encode("gb18030") for c in cells[:3]] + [b"\xff\xff"] + [c.encode("gb18030") for c in cells[4:]])
        )
        lines.append(b"\r\n")
    _replace(path, b"".join(lines))


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)


def as_json_number(value: Any) -> Any:
    """Give a number where the text is one, as a service would."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
