"""Where in a source file a field is mapped: the lines an engineer has to look at when its rows are refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mappings import yaml_lines
from mappings.source import FieldMap, Source

AROUND = 2
LONGEST = 8


@dataclass(frozen=True)
class Passage:
    """Some lines of a source file; `first` is the number of the first of them, `lines` come with whether they are meant."""

    file: str
    first: int
    lines: tuple[tuple[str, bool], ...]

    @property
    def line(self) -> int:
        """Number of the first line that is meant."""
        return self.first + next((at for at, (_, meant) in enumerate(self.lines) if meant), 0)


def field_map(source: Source, stream: str, entity: str, field: str) -> FieldMap | None:
    """Give how a field of a stream's records is mapped, None where the file does not say."""
    declared = source.stream(stream)
    return next((record.fields[field] for record in declared.records if record.entity == entity and field in record.fields), None)


def columns_of(source: Source, stream: str, entity: str, field: str) -> tuple[str, ...]:
    """Give the raw columns a field is read from; those of the row's key for what concerns the row itself."""
    how = field_map(source, stream, entity, field)
    return how.columns if how else source.stream(stream).key.columns if entity == "raw" else ()


def passage(folder: Path, source: Source, stream: str, entity: str, field: str) -> Passage | None:
    """Give the lines of a source file that map a field, with a few around; None where it maps no such field."""
    path = folder / f"{source.source}.yml"
    text = path.read_text(encoding="utf-8")
    document = yaml_lines.parse(text)
    at = next(index for index, one in enumerate(source.streams) if one.stream == stream)
    records = source.streams[at].records
    where = next((("streams", at, "records", n, "fields", field) for n, one in enumerate(records) if one.entity == entity and field in one.fields), None)
    place: yaml_lines.Path | None = where or (("streams", at, "key") if entity == "raw" else None)
    if place is None or place not in document.lines:
        return None
    begin = document.lines[place]
    inside = [line for path_, line in document.lines.items() if path_[: len(place)] == place]
    end = min(max(inside, default=begin), begin + LONGEST)
    lines = text.splitlines()
    first, last = max(begin - AROUND, 1), min(end + AROUND, len(lines))
    return Passage(path.name, first, tuple((lines[number - 1], begin <= number <= end) for number in range(first, last + 1)))
