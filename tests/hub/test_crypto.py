"""Sealed, blinded and hashed columns, in both schemes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub import crypto
from hub.errors import FatalError, HubError

MARKER = "330106194910018873"
TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too: a broken source can send them
SAME_HOME = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


@pytest.fixture(params=["aes", "sm4"])
def scheme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUB_CRYPTO", request.param)
    return str(request.param)


@pytest.mark.usefixtures("scheme")
class TestBothSchemes:
    @SAME_HOME
    @given(st.lists(st.none() | TEXT), st.binary(max_size=20))
    def test_what_is_sealed_opens(self, values: list[str | None], aad: bytes) -> None:
        assert crypto.unseal(crypto.seal(values, aad), aad) == values

    def test_each_value_bound_to_its_own_place(self) -> None:
        places = [b"phone|1", b"phone|2"]
        sealed = crypto.seal([MARKER, MARKER], places)
        assert crypto.unseal(sealed, places) == [MARKER, MARKER]
        with pytest.raises(FatalError, match="position 0"):
            crypto.unseal(sealed, places[::-1])

    def test_equal_values_seal_differently_and_show_nothing(self) -> None:
        sealed = crypto.seal([MARKER] * 1000, b"")
        assert len(set(sealed)) == 1000
        assert not any(value is None or MARKER.encode() in value for value in sealed)

    @pytest.mark.parametrize("place", [0, 1, 4, 5, 16, 17, 30, -1])
    def test_one_flipped_bit_is_found(self, place: int) -> None:
        good, bad = (value or b"" for value in crypto.seal([MARKER, MARKER], b"x"))
        broken = bytearray(bad)
        broken[place] ^= 1
        with pytest.raises(FatalError, match="position 1") as caught:
            crypto.unseal([good, bytes(broken)], b"x")
        assert MARKER not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("length", range(40))
    def test_a_cut_value_is_found(self, length: int) -> None:
        (sealed,) = crypto.seal([MARKER], b"x")
        assert sealed is not None
        with pytest.raises(FatalError, match="position 0"):
            crypto.unseal([sealed[:length]], b"x")

    def test_blind_is_equal_only_within_its_field(self) -> None:
        first, again, none, other = crypto.blind([MARKER, MARKER, None, "x"], "id_number")
        assert first == again
        assert first != other
        assert none is None
        assert first is not None
        assert len(first) == 16
        assert crypto.blind([MARKER], "phone") != [first]

    def test_surrogates_look_like_keys_and_keep_nulls(self) -> None:
        values = [None, *(str(i) for i in range(2000)), None, "0"]
        keys = crypto.surrogate(values, "police")
        assert keys[0] is keys[-2] is None
        assert keys[-1] == keys[1]
        texts = [key for key in keys if key is not None]
        assert all(len(key) == 27 and key[0] == "s" and set(key[1:]) <= set("abcdefghijklmnopqrstuvwxyz234567") for key in texts)
        assert len(set(texts)) == 2000
        assert crypto.surrogate(["0"], "tax") != [keys[1]]
        assert all(len(Counter(key[at] for key in texts)) > 1 for at in range(1, 27))  # every place is used
        assert crypto.surrogate([None], "tax") == [None]
        assert crypto.surrogate([], "tax") == []

    def test_keyed_hash(self) -> None:
        text, same, other = crypto.keyed_hash([MARKER, MARKER.encode(), b""])
        assert text == same != other
        assert len(text) == len(other) == 16

    def test_wrapped_key_opens_only_in_its_context(self) -> None:
        token = crypto.wrap(b"k" * 32, "landing/a")
        assert crypto.unwrap(token, "landing/a") == b"k" * 32
        for wrong, context in ((token, "landing/b"), (token[:-4] + "AAAA", "landing/a"), ("no token!", "landing/a")):
            with pytest.raises(FatalError):
                crypto.unwrap(wrong, context)

    def test_every_index_differs_in_another_installation(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        here = crypto.blind(["1"], "f"), crypto.surrogate(["1"], "f"), crypto.keyed_hash(["1"])
        (sealed,) = crypto.seal(["1"], b"")
        monkeypatch.setenv("HUB_HOME", str(tmp_path / "other"))
        there = crypto.blind(["1"], "f"), crypto.surrogate(["1"], "f"), crypto.keyed_hash(["1"])
        assert all(a != b for a, b in zip(here, there, strict=True))
        with pytest.raises(FatalError, match="position 0"):
            crypto.unseal([sealed], b"")


def test_schemes_live_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    aes, keys = crypto.seal(["a"], b""), crypto.surrogate(["1"], "police")
    monkeypatch.setenv("HUB_CRYPTO", "sm4")
    sm4 = crypto.seal(["b"], b"")
    assert [value[0] for value in aes + sm4 if value] == [1, 2]
    assert crypto.unseal(aes + sm4, b"") == ["a", "b"]
    assert crypto.surrogate(["1"], "police") == keys  # what is compared for equality keeps the scheme it began with
    monkeypatch.delenv("HUB_CRYPTO")
    assert [value[0] for value in crypto.seal(["c"], b"") if value] == [1]


def test_unknown_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CRYPTO", "rot13")
    with pytest.raises(HubError, match=r"HUB_CRYPTO.*aes, sm4"):
        crypto.seal(["a"], b"")


def test_old_keys_still_read_and_search() -> None:
    sealed, blinded, old = crypto.seal(["a"], b""), crypto.blind(["a"], "f"), crypto.keyring().active("blind").id
    crypto.add_key("seal")
    crypto.add_key("blind")
    new = crypto.seal(["b"], b"")
    assert [value[1:5] for value in sealed if value] != [value[1:5] for value in new if value]
    assert crypto.unseal(sealed + new, b"") == ["a", "b"]
    assert crypto.blind(["a"], "f") != blinded == crypto.blind(["a"], "f", key_id=old)
    with pytest.raises(FatalError, match="key 99"):
        crypto.blind(["a"], "f", key_id=99)


def test_a_key_another_process_added_is_found(home: Path) -> None:
    crypto.seal(["a"], b"")
    program = "from hub import crypto; crypto.add_key('seal'); print(crypto.seal(['b'], b'')[0].hex())"
    made = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert crypto.unseal([bytes.fromhex(made)], b"") == ["b"]


def test_bytes_that_are_no_text_do_not_open_as_text() -> None:
    with pytest.raises(FatalError, match="UTF-8"):
        crypto.unseal(crypto.seal([b"\xff"], b""), b"")


def test_as_many_places_as_values() -> None:
    with pytest.raises(ValueError, match="zip"):
        crypto.seal(["a", "b"], [b"1"])
