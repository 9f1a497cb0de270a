"""`hub source new` on the eight systems as they stand: what it drafts, held against the source files that ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub import settings
from hub.cli import app
from mappings.load import load_sources
from mappings.source import FieldMap, Source, Stream
from mappings.yaml_lines import parse

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker

SHIPPED = {source.source: source for source in load_sources(settings.REPO / "mappings" / "sources")[0]}
WHAT: dict[str, dict[str, str]] = {
    "pension": {"*": "pension:*"},
    "medical": {"*": "medical:*"},
    "work_injury": {"*": "work_injury:工伤台账.xlsx"},
    "unemployment": {"persons": "unemployment:SYRY.DBF", "benefits": "unemployment:SYDY.DBF"},
    "tax": {"*": "tax:SBF_20251031.csv"},
    "civil_affairs": {stream: f"civil_affairs:/api/v1/{stream}" for stream in ("deaths", "marriages", "relief")},
    "police": {"*": "police:CZRK.TXT"},
    "archive_room": {"*": "archive_room:档案目录.xlsx"},
}
"""What an engineer names of each department: everything at once, or a stream at a time."""
Place = tuple[str, str | None, str]


def draft(sample: str) -> Source:
    done = CliRunner().invoke(app, ["source", "new", sample])
    assert done.exit_code == 0, f"{sample}: {done.exception!r} {done.output}"
    return Source.model_validate(parse(done.stdout).value)


def fields(source: Source, stream: Stream) -> dict[Place, tuple[Any, ...]]:
    """Every field that is mapped from columns: by what function, from which columns (those of a fixed-width file by their bytes)."""
    declared = [column for options in (source.connector, stream.from_) for column in options.get("columns", ()) if isinstance(column, dict)]
    places = {column["name"]: (column["start"], column["width"]) for column in declared}

    def said(how: FieldMap) -> tuple[Any, ...]:
        return (how.function, *(places.get(column, column) for column in how.columns))

    return {(record.entity, record.part, name): said(how) for record in stream.records for name, how in record.fields.items() if how.columns}


def drafted_stream(guessed: Source, wanted: Stream) -> Stream:
    """The stream of a draft that reads the same table or sheet; a file of one has one."""
    same = [one for one in guessed.streams if any(name in wanted.from_ and one.from_.get(name) == wanted.from_[name] for name in ("table", "sheet"))]
    [found] = same or guessed.streams
    return found


def right(name: str) -> tuple[int, int]:
    """How many fields of the shipped file the command maps from the same columns by the same function, and how many there are."""
    drafts = {stream: draft(sample) for stream, sample in WHAT[name].items()}
    hits = of = 0
    for stream in SHIPPED[name].streams:
        guessed = drafts.get(stream.stream) or drafts["*"]
        wanted, found = fields(SHIPPED[name], stream), fields(guessed, drafted_stream(guessed, stream))
        hits, of = hits + sum(found.get(place) == how for place, how in wanted.items()), of + len(wanted)
    return hits, of


def test_at_least_85_percent_of_the_eights_fields_are_right_by_command(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_COUNTY", str(served))
    counts = {name: right(name) for name in SHIPPED}
    print(counts)
    assert sum(hits for hits, _ in counts.values()) / sum(of for _, of in counts.values()) >= 0.85, counts
