"""Every source file that ships: it loads, binds, its examples pass, and it says what a source should say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from connectors import options_problems
from hub.settings import REPO
from mappings.examples import run_examples
from mappings.load import load_source, load_sources

FOLDER = REPO / "mappings" / "sources"
FILES = sorted(FOLDER.glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_source_file_loads_and_its_examples_pass(path: Path) -> None:
    source = load_source(path)
    assert run_examples(source) == []
    assert len(source.examples) >= 3
    assert any(example.problems for example in source.examples), "one example must show a refused row"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_connector_takes_the_options_of_every_stream(path: Path) -> None:
    source = load_source(path)
    for stream in source.streams:
        assert options_problems(source.connector["type"], {**source.connector, **stream.from_}) == []


def test_the_files_are_clean_yaml() -> None:
    lint = subprocess.run([sys.executable, "-m", "yamllint", "-c", REPO / ".yamllint.yml", FOLDER], capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout


def test_the_county_has_its_eight_departments() -> None:
    sources, wrong = load_sources(FOLDER)
    assert wrong == []
    modes = {source.source: source.extract.mode for source in sources}
    cursor, snapshot = (
        dict.fromkeys(("pension", "medical", "civil_affairs"), "cursor"),
        dict.fromkeys(("work_injury", "unemployment", "police", "archive_room"), "snapshot"),
    )
    assert modes == {**cursor, **snapshot, "tax": "dated"}
    assert {source.source for source in sources if source.extract.sweep} == {"pension", "medical"}


def test_police_are_trusted_for_identity_and_civil_affairs_for_death() -> None:
    sources = {source.source: source for source in load_sources(FOLDER)[0]}

    def most_trusted(field: str) -> str:
        return max(sources.values(), key=lambda source: source.trust_fields.get(field, source.trust)).source

    assert {most_trusted(field) for field in ("name", "id_number", "birth_date", "sex_code")} == {"police"}
    assert most_trusted("status_code") == "civil_affairs"
    assert most_trusted("account") == "pension"
