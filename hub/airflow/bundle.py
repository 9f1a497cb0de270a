"""Where Airflow's DAG files come from: one per source file, written whenever the sources folder is refreshed.

A department costs one YAML file, and Airflow parses and reports per Python file.  So each source gets a file of two
lines that reads its YAML when parsed: a broken one is an import error of that file alone, with the YAML's own line and
cause, and takes no other DAG along.  Its comment holds the YAML's hash, so a change is parsed at once.  Every process
that runs tasks writes the same files for itself; nothing is to be deployed beside the sources folder.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.base import BaseDagBundle

from hub import settings

INGEST = """\
# airflow DAG of {name}, sha256 {digest}; written by hub.airflow.bundle, changes here are lost
from dags.ingest import ingest

dag = ingest({path!r})
"""
WHOLE = """\
# airflow DAG over these sources: {names}; written by hub.airflow.bundle, changes here are lost
from dags.{module} import {module}

dag = {module}({names!r})
"""


class SourceBundle(BaseDagBundle):
    """DAG files for the sources in `HUB_SOURCES`, kept in the folder `airflow/dags` of `HUB_HOME`."""

    supports_versioning = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._path = settings.load().home / "airflow" / "dags"

    @property
    def path(self) -> Path:
        """Folder of the written files."""
        return self._path

    def initialize(self) -> None:
        """Write the files."""
        self.refresh()
        super().initialize()

    def get_current_version(self) -> None:
        """Give none: files follow the sources folder as it stands."""
        return

    def refresh(self) -> None:
        """Write what changed, remove what has no source any more."""
        write_dag_files(settings.load().sources, self._path)


def write_dag_files(sources: Path, folder: Path) -> None:
    """Write a DAG file per source file of a folder, and those over all of them; safe to call from many processes."""
    found = sorted(path for path in sources.glob("*.yml") if not path.name.startswith(".")) if sources.is_dir() else []
    names = [path.stem for path in found]
    wanted = {f"{module}.py": WHOLE.format(module=module, names=names) for module in ("resolve", "watch", "sample")}
    for path in found:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        wanted[f"ingest_{path.stem}.py"] = INGEST.format(name=path.name, digest=digest, path=str(path))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.py"):
        if old.name not in wanted:
            old.unlink(missing_ok=True)
    for name, text in wanted.items():
        target = folder / name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            new = folder / f".{name}.{os.getpid()}"
            new.write_text(text, encoding="utf-8")
            new.replace(target)
