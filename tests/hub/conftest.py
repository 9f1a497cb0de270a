"""An installation of its own for every test of the spine, whether it asks or not."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_installation(home: Path) -> None:
    """Keys and store lie under the test's own folder."""
