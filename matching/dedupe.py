"""`hub dedupe`: the engine as a tool of its own, for any CSV or Parquet file of persons; no database.

Writes clusters.csv, cases.csv, pairs.parquet and report.html; the same file gives the same bytes of values again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow.parquet as pq

from hub.errors import ConfigError, SourceError
from matching.columns import Recognised, recognise
from matching.comparisons import KINDS
from matching.files import Table, read_table
from matching.fit import fit, fit_and_match
from matching.model import Model
from matching.report import render
from matching.spark import match_on_spark
from matching.spec import Spec, load_spec
from matching.types import Result

_SHORTENED = r"^\d(?:\.\d+)?[eE]\+?\d{2}$"
_PART = 1 << 18
"""Pairs written at once."""
Engine = Literal["local", "spark"]
_IDS = ("record_id", "id", "unique_id", "rec_id")


@dataclass(frozen=True)
class Deduped:
    """What was found and written."""

    recognised: Recognised
    records: int
    clusters: int
    cases: int
    files: tuple[Path, ...]
    model: Model
    result: Result


def _silent(stage: str, rows: int) -> None:
    """Tell nobody."""


def dedupe(
    path: Path,
    out: Path,
    model: Path | None = None,
    mapping: dict[str, str] | None = None,
    id_column: str | None = None,
    show_values: bool = False,
    *,
    engine: Engine = "local",
    recognised: Callable[[Recognised], None] | None = None,
    progress: Callable[[str, int], None] = _silent,
) -> Deduped:
    """Find the records of a file that are one person, and write the result into the folder `out`.

    Args:
        path: CSV or Parquet, one row per record.
        out: folder, made when absent.
        model: declaration of another kind of file; without it, Chinese person records.
        mapping: field of the model -> column of the file, over what is recognised.
        id_column: column of the record ids; else `record_id` or `id`, else the row number.
        show_values: show values in the report instead of masking them.
        engine: where records are compared: on this machine, or on Spark (`matching.spark`); the result is the same.
        recognised: told which columns were found, before the work begins.
        progress: told each stage and its number of records.

    Raises SourceError or ConfigErrors naming file, line and column, never a value.
    """
    spec = load_spec(model)
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out.name}: is a file; give a folder, which is made when absent")
    progress("reading", 0)
    read = read_table(path)
    table, mapped = read.frame, mapping or {}
    chosen = _id_column(table, id_column, path.name, mapped)
    found = recognise(table, spec, mapped, chosen, path.name)
    found = replace(found, notes=tuple(_notes(read, found, spec)))
    if recognised:
        recognised(found)
    records = _records(table, found, chosen, path.name)
    progress("matching", records.height)
    fitted, result = _on_spark(records, spec) if engine == "spark" else fit_and_match(records, spec)
    progress("writing", records.height)
    files = _write(out, path.name, records, found, fitted, result, show_values)
    return Deduped(found, records.height, result.records["cluster_id"].n_unique(), result.cases.height, files, fitted, result)


def _on_spark(records: pl.DataFrame, spec: Spec) -> tuple[Model, Result]:
    model = fit(records, spec)
    return model, match_on_spark(records, model)


def _notes(read: Table, found: Recognised, spec: Spec) -> Iterator[str]:
    """Say what was skipped, and what a spreadsheet spoilt."""
    if read.titles:
        yield f"above the header: {read.titles} of the first lines taken as titles"
    column = found.columns.get(spec.teacher or "")
    spoilt = int(read.frame[column].str.contains(_SHORTENED).sum()) if column else 0
    if spoilt:
        yield f"{column}: {spoilt} numbers were shortened by a spreadsheet (as 3.3E+17) and say nothing; format the column as text there and export again"


def _id_column(table: pl.DataFrame, wanted: str | None, file: str, mapping: dict[str, str]) -> str | None:
    if wanted is not None and wanted not in table.columns:
        raise ConfigError(f"{file}: --id {wanted}: no such column; it has {', '.join(table.columns)}")
    return wanted or next((name for name in _IDS if name in table.columns and name not in mapping.values()), None)


def _records(table: pl.DataFrame, found: Recognised, id_column: str | None, file: str) -> pl.DataFrame:
    """The file as person records, in its own order."""
    numbers = pl.int_range(pl.len(), dtype=pl.Int64)
    ids = pl.col(id_column) if id_column else (numbers + 1).cast(pl.String)
    records = table.select(ids.alias("record_id"), numbers.alias("founding"), *(pl.col(column).alias(field) for field, column in found.columns.items()))
    missing = records.with_row_index("row").filter(pl.col("record_id").is_null())
    if missing.height:
        raise SourceError(f"{file}: row {missing['row'][0] + 1}: column {id_column}: no record id ({missing.height} rows); every row needs its own")
    repeated = records.with_row_index("row").filter(pl.col("record_id").is_duplicated())
    if repeated.height:
        count = repeated["record_id"].n_unique()
        raise SourceError(f"{file}: row {repeated['row'][0] + 1}: column {id_column}: {count} ids stand on several rows; name another column with --id")
    return records


def _write(out: Path, name: str, records: pl.DataFrame, found: Recognised, model: Model, result: Result, show_values: bool) -> tuple[Path, ...]:
    out.mkdir(parents=True, exist_ok=True)
    clusters, cases, pairs, report = (out / file for file in ("clusters.csv", "cases.csv", "pairs.parquet", "report.html"))
    order = records.select("record_id").with_row_index("row")
    placed = order.join(result.records, on="record_id", maintain_order="left")
    placed.select("record_id", "cluster_id", "grade").write_csv(clusters)
    result.cases.with_columns(pl.col("weight", "probability").round(4)).write_csv(cases)
    _write_pairs(pairs, result.pairs, model.spec)
    report.write_text(render(name, records, found, model, result, show_values), encoding="utf-8")
    return clusters, cases, pairs, report


def _write_pairs(path: Path, pairs: pl.DataFrame, spec: Spec) -> None:
    """Write pairs part by part: with its levels in words a file of millions would not fit."""
    parts = (_named_levels(part, spec).to_arrow(compat_level=pl.CompatLevel.oldest()) for part in (pairs.iter_slices(_PART) if pairs.height else [pairs]))
    first = next(parts)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for table in chain([first], parts):
            writer.write_table(table)


def _named_levels(pairs: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """Write the level of every comparison by its name; null where a side is absent."""
    columns = []
    for comparison in spec.comparisons:
        names = {code + 1: level.name for code, level in enumerate(KINDS[comparison.kind].levels)}
        columns.append(pl.col(comparison.name).replace_strict(names, default=None, return_dtype=pl.String))
    return pairs.with_columns(columns)
