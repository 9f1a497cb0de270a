"""Imports only go down: the one `layers` contract of pyproject.toml, run by import-linter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from hub import settings


def test_imports_only_go_down() -> None:
    command = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert command, "import-linter is not installed: make install"
    done = subprocess.run([command, "--no-cache"], cwd=settings.REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "imports only go down KEPT" in done.stdout
