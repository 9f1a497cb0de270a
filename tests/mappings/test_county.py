"""The shipped source files over a whole county: no clean row is refused, every planted fault is, for its reason."""

from __future__ import annotations

import polars as pl
import pytest

from hub.settings import REPO
from mappings.apply import Mapped, map_part
from mappings.load import load_sources
from mappings.problems import Problem
from tests.mappings.books import Raw, books

PEOPLE, SEED = 3000, 5
SOURCES = {source.source: source for source in load_sources(REPO / "mappings" / "sources")[0]}
STREAMS = [(source.source, stream.stream) for source in SOURCES.values() for stream in source.streams]
OURS = {problem.code for problem in Problem}


def county_mapped(source: str, stream: str) -> tuple[Raw, Mapped]:
    raw = books(PEOPLE, SEED)[0][source, stream]
    return raw, map_part(SOURCES[source], stream, raw.table, 1)


def test_every_stream_of_the_county_has_its_mapping() -> None:
    assert sorted(books(PEOPLE, SEED)[0]) == sorted(STREAMS)


@pytest.mark.parametrize(("source", "stream"), STREAMS)
def test_clean_rows_map_and_faulty_ones_are_refused_for_their_reason(source: str, stream: str) -> None:
    raw, mapped = county_mapped(source, stream)
    assert mapped.unmapped == ()
    refused = mapped.problems.filter(pl.col("severity") == "refuse").group_by("row_number").agg(pl.col("code").unique())
    rows = mapped.rows.with_columns(raw.fault.alias("fault")).join(refused, on="row_number", how="left")
    clean = rows.filter((pl.col("fault") == "") & pl.col("code").is_not_null())
    assert clean["code"].explode().unique().to_list() == [], "clean rows refused"
    reasons = books(PEOPLE, SEED)[1]
    for fault, codes in rows.filter(pl.col("fault") != "").select("fault", "code").iter_rows():
        expected = reasons[source, stream, fault]
        assert (expected in (codes or [])) == (expected in OURS), fault
        assert expected in OURS or codes is None, f"{fault}: the gate's to find, and the mapping refused it"


@pytest.mark.parametrize(("source", "stream"), STREAMS)
def test_references_meet_their_records(source: str, stream: str) -> None:
    """Every person, employer and reversed line a clean record names is there, under the very key."""
    raw, mapped = county_mapped(source, stream)
    clean = mapped.rows.filter(raw.fault == "")["row_number"]
    givers = [name for owner, name in STREAMS if owner == source and gives(name, source)]
    people = pl.concat([county_mapped(source, name)[1].records["person_record"]["source_key"] for name in givers])
    for entity, frame in mapped.records.items():
        if entity == "person_record":
            continue
        keys = frame.filter(pl.col("row_number").is_in(clean.implode()))
        if "person_key" in keys.columns:
            assert keys["person_key"].drop_nulls().is_in(people.implode()).all()
        if "reverses_key" in keys.columns:
            assert keys["reverses_key"].drop_nulls().is_in(frame["source_key"].implode()).all()


def gives(stream: str, source: str) -> bool:
    return any(record.entity == "person_record" for record in SOURCES[source].stream(stream).records)
