"""An installation of its own for every test: keys and store under a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("HUB_KEYS", "HUB_KEK", "HUB_STORE", "HUB_CRYPTO", "DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    return tmp_path
