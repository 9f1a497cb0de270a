"""DAG files follow the sources folder: one each, a new one by itself, and a broken one fails alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag

from hub.airflow.bundle import SourceBundle, write_dag_files
from hub.settings import REPO
from tests.hub.airflow.conftest import REGISTER


@pytest.fixture
def sources(home: Path) -> Path:
    (home / "sources" / "register.yml").write_text(REGISTER % home, encoding="utf-8")
    (home / "sources" / "broken.yml").write_text(
        (REGISTER % home).replace("source: register", "source: broken").replace("snapshot", "snapshoot"), encoding="utf-8"
    )
    return home / "sources"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_file_a_source_and_those_over_all(sources: Path, tmp_path: Path) -> None:
    write_dag_files(sources, tmp_path / "dags")
    assert names(tmp_path / "dags") == ["ingest_broken.py", "ingest_register.py", "resolve.py", "sample.py", "watch.py"]


def test_a_file_is_written_anew_only_when_its_source_changed(sources: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dags"
    write_dag_files(sources, folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (sources / "register.yml").write_text((REGISTER % tmp_path) + "# a word\n", encoding="utf-8")
    write_dag_files(sources, folder)
    assert {path.name for path in folder.iterdir() if path.stat().st_mtime_ns != before[path.name]} == {"ingest_register.py"}


def test_a_source_that_is_gone_takes_its_file_along(sources: Path, tmp_path: Path) -> None:
    write_dag_files(sources, tmp_path / "dags")
    (sources / "broken.yml").unlink()
    write_dag_files(sources, tmp_path / "dags")
    assert "ingest_broken.py" not in names(tmp_path / "dags")


def test_airflow_reads_them_and_names_what_is_broken(sources: Path, home: Path) -> None:
    bundle = SourceBundle(name="hub")
    bundle.initialize()
    assert bundle.path == home / "airflow" / "dags"
    bag = DagBag(str(bundle.path), bundle_path=bundle.path)
    assert sorted(bag.dags) == ["ingest_register", "resolve", "sample", "watch"]
    [(file, error)] = bag.import_errors.items()
    assert file.endswith("ingest_broken.py")
    assert "broken.yml:5: extract.mode: " in error


def test_the_shipped_sources_all_become_dags(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_dag_files(REPO / "mappings" / "sources", tmp_path / "dags")
    bag = DagBag(str(tmp_path / "dags"), bundle_path=tmp_path / "dags")
    assert bag.import_errors == {}
    assert len(bag.dags) == len(list((REPO / "mappings" / "sources").glob("*.yml"))) + 3
