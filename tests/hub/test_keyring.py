"""Where keys live, and what happens when they are missing, wrong or made by many at once."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub import crypto
from hub.errors import ConfigError
from hub.keyring import PURPOSES, add_key, add_keys, keyring, retire, rewrap


def test_first_use_makes_private_files(home: Path) -> None:
    ring = keyring()
    modes = {path.name: path.stat().st_mode & 0o777 for path in [home / "keys", *(home / "keys").iterdir()]}
    assert modes == {"keys": 0o700, "kek": 0o600, "keyring.json": 0o600, ".lock": 0o600}
    assert [key.purpose for key in ring.keys] == list(PURPOSES)
    assert len({key.secret for key in ring.keys}) == len(PURPOSES)
    assert {len(key.secret) for key in ring.keys} == {32}
    assert keyring() == ring


def test_secrets_stand_nowhere_in_the_open(home: Path) -> None:
    ring = keyring()
    written, kek = (home / "keys" / "keyring.json").read_text(), (home / "keys" / "kek").read_text()
    assert kek not in written
    assert kek not in repr(ring)
    for key in ring.keys:
        assert base64.b64encode(key.secret).decode() not in written
        assert repr(key.secret) not in repr(ring)


def test_sixteen_processes_make_one_keyring(home: Path) -> None:
    program = "from hub import crypto; print(crypto.surrogate(['1'], 'x')[0])"
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(16)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert all(process.returncode == 0 for process in running)


@pytest.mark.parametrize("form", ["base64", "hex"])
def test_kek_from_the_environment(form: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kek = os.urandom(32)
    monkeypatch.setenv("HUB_KEK", kek.hex() if form == "hex" else base64.b64encode(kek).decode())
    sealed = crypto.seal(["a"], b"")
    assert not (home / "keys" / "kek").exists()
    assert (home / "keys" / "keyring.json").exists()
    monkeypatch.setenv("HUB_KEK", base64.b64encode(kek).decode())
    assert crypto.unseal(sealed, b"") == ["a"]
    monkeypatch.setenv("HUB_KEK", os.urandom(32).hex())
    with pytest.raises(ConfigError, match="wrapped by key-encryption key"):
        crypto.unseal(sealed, b"")


@pytest.mark.parametrize("bad", ["short", "!" * 44, base64.b64encode(b"x" * 31).decode(), "zz" * 32])
def test_a_bad_kek_is_named_and_not_shown(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_KEK", bad)
    with pytest.raises(ConfigError, match="HUB_KEK: expected 32 bytes") as caught:
        keyring()
    assert bad not in str(caught.value)


def test_a_lost_kek_is_never_replaced(home: Path) -> None:
    keyring()
    (home / "keys" / "kek").unlink()
    (home / "keys" / "keyring.json").touch()  # as a restored copy would be: read again
    with pytest.raises(ConfigError, match="restore the file kek"):
        keyring()
    assert not (home / "keys" / "kek").exists()


@pytest.mark.parametrize("spoil", [lambda entries: entries[0].update(id=77), lambda entries: entries[0].pop("wrapped"), lambda entries: entries.append(1)])
def test_an_altered_keyring_is_refused(spoil: object, home: Path) -> None:
    keyring()
    path = home / "keys" / "keyring.json"
    body = json.loads(path.read_text())
    assert callable(spoil)
    spoil(body["keys"])
    path.write_text(json.dumps(body))
    with pytest.raises(ConfigError, match=r"keyring\.json"):
        keyring()


def test_a_surrogate_key_has_one_version() -> None:
    with pytest.raises(ConfigError, match="surrogate"):
        add_key("surrogate")
    assert add_key("seal") == len(PURPOSES) + 1
    assert keyring().active("seal").id == len(PURPOSES) + 1


def test_another_key_encryption_key_rewraps_the_ring_and_no_value(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, kek = crypto.seal(["a"], b""), (home / "keys" / "kek").read_text()
    rewrap()
    assert (home / "keys" / "kek").read_text() != kek
    assert crypto.unseal(sealed, b"") == ["a"]
    given = os.urandom(32).hex()
    rewrap(given)
    monkeypatch.setenv("HUB_KEK", given)
    assert crypto.unseal(sealed, b"") == ["a"]
    with pytest.raises(ConfigError, match="make the new one there"):
        rewrap()


def test_a_change_killed_before_its_last_step_is_finished_by_the_next_reader(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = crypto.seal(["a"], b"")
    replace = os.replace

    def killed(source: Path, target: Path) -> None:
        if Path(source).name == "kek.new":
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            rewrap()
    assert (home / "keys" / "kek.new").exists()
    assert crypto.unseal(sealed, b"") == ["a"]
    assert not (home / "keys" / "kek.new").exists()


def test_a_kms_gives_the_key_through_a_program(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kek = os.urandom(32).hex()
    monkeypatch.setenv("HUB_KEK_COMMAND", f"{sys.executable} -c \"print('{kek}')\"")
    sealed = crypto.seal(["a"], b"")
    monkeypatch.setenv("HUB_KEK", kek)
    assert crypto.unseal(sealed, b"") == ["a"]
    monkeypatch.delenv("HUB_KEK")
    monkeypatch.setenv("HUB_KEK_COMMAND", "/nonexistent/kms")
    with pytest.raises(ConfigError, match="HUB_KEK_COMMAND"):
        keyring()


def test_old_versions_are_found_and_retired() -> None:
    old = keyring().active("blind").id
    before = crypto.blind(["x"], "id_number")[0]
    new = add_keys(["blind", "seal", "wrap"])
    assert crypto.blinds("x", "id_number") == [crypto.blind(["x"], "id_number")[0], before]
    with pytest.raises(ConfigError, match="new values are written with it"):
        retire([new[0]])
    retire([old])
    assert crypto.blinds("x", "id_number") == crypto.blind(["x"], "id_number")
