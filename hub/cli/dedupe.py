"""`hub dedupe`: the matching engine on one file of persons; needs no warehouse."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.errors import ConfigErrors
from matching.columns import Recognised
from matching.dedupe import Engine, dedupe


def run_dedupe(
    file: Annotated[Path, typer.Argument(help="CSV (any usual encoding and separator) or Parquet, one row per record")],
    out: Annotated[Path, typer.Option("--out", help="folder for clusters.csv, cases.csv, pairs.parquet and report.html")],
    model: Annotated[Path | None, typer.Option("--model", help="declaration of another kind of file (YAML); default: Chinese person records")] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help="which column is what, over what is recognised: name=姓名,id_number=证件号码")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="column of the record ids; default: record_id, id, else the row number")] = None,
    show_values: Annotated[bool, typer.Option("--show-values", help="show personal values in report.html instead of masking them")] = False,
    engine: Annotated[Engine, typer.Option("--engine", help="compare records on this machine, or on Spark (`pip install guiyi\\[spark]`)")] = "local",
    as_json: Json = False,
) -> None:
    """Find the records of a file that are one person; writes who is whom and a report that says how sure that is."""
    given = _mapping(mapping or [])

    def recognised(found: Recognised) -> None:
        if not as_json:
            show.table("columns", ["field", "column of the file", "known by"], found.rows())
            for note in found.notes:
                show.out.print(f"note: {note}", markup=False)

    started = perf_counter()
    with show.progress(f"dedupe {file.name}", quiet=as_json) as tell:
        done = dedupe(file, out, model, given, id_column, show_values, engine=engine, recognised=recognised, progress=tell)
    if as_json:
        counts = {"records": done.records, "persons": done.clusters, "cases": done.cases, "model": done.model.version}
        show.as_json(counts | {"columns": done.recognised.columns, "notes": done.recognised.notes, "files": [str(path) for path in done.files]})
        return
    rows = [("records", done.records), ("persons", done.clusters), ("cases for a person to decide", done.cases), ("seconds", perf_counter() - started)]
    show.table("", ["found", ""], rows)
    for path in done.files:
        show.out.print(str(path), markup=False)


def _mapping(given: list[str]) -> dict[str, str]:
    """Read `field=column` pairs, separated by commas or in several options."""
    pairs = [pair.strip() for text in given for pair in text.split(",") if pair.strip()]
    wrong = [pair for pair in pairs if not all(part.strip() for part in pair.partition("=")[::2])]
    fields = [pair.partition("=")[0].strip() for pair in pairs]
    problems = [f"--map {pair}: expected field=column, for example name=姓名" for pair in wrong]
    problems += [f"--map {field}=…: given twice; one column a field" for field in sorted({f for f in fields if fields.count(f) > 1})]
    if problems:
        raise ConfigErrors(problems)
    return {field: pair.partition("=")[2].strip() for field, pair in zip(fields, pairs, strict=True)}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dedupe")(run_dedupe)
