"""A sealed file opens whole, unaltered and under its own name, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.envelope import CHUNK, new_key, open_chunks, seal_chunks
from hub.errors import FatalError
from hub.schemes import SCHEMES, TAG_BYTES

KEY = new_key()
HEADER = 5


def sealed(data: bytes, name: str = "n", scheme: str = "aes") -> bytes:
    return b"".join(seal_chunks(KEY, memoryview(data), name, SCHEMES[scheme]))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_round_trip_at_the_borders(size: int, scheme: str) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert open_chunks(KEY, sealed(data, scheme=scheme), "n") == data


@given(st.binary(max_size=300), st.integers(min_value=0), st.integers(1, 255))
def test_any_altered_byte_is_found(data: bytes, place: int, change: int) -> None:
    broken = bytearray(sealed(data))
    broken[place % len(broken)] ^= change
    with pytest.raises(FatalError, match=r"^n: "):
        open_chunks(KEY, bytes(broken), "n")


FILE = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
STEP = CHUNK + TAG_BYTES
FIRST, SECOND, LAST = FILE[HEADER : HEADER + STEP], FILE[HEADER + STEP : HEADER + 2 * STEP], FILE[HEADER + 2 * STEP :]


ALTERED = {
    "empty": b"",
    "header only": FILE[:HEADER],
    "cut": FILE[:-1],
    "longer": FILE + b"x",
    "first chunk": FILE[:HEADER] + FIRST,
    "no last chunk": FILE[:HEADER] + FIRST + SECOND,
    "exchanged chunks": FILE[:HEADER] + SECOND + FIRST + LAST,
    "left out chunk": FILE[:HEADER] + FIRST + LAST,
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_cut_and_reordered_files_are_found(altered: bytes) -> None:
    with pytest.raises(FatalError, match=r"^n: "):
        open_chunks(KEY, altered, "n")


def test_another_name_or_key_does_not_open() -> None:
    for key, name in ((KEY, "other"), (new_key(), "n")):
        with pytest.raises(FatalError, match=f"^{name}: "):
            open_chunks(key, sealed(b"a"), name)
