"""Keys under a temporary folder for the whole folder of tests: surrogates need them, nothing else is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("HUB_KEYS", "HUB_KEK", "HUB_CRYPTO"):
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_HOME", str(tmp_path_factory.mktemp("home")))
        yield
