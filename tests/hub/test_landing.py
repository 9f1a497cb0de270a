"""Batches in the store: complete when the manifest is there, sealed, and the same on a disk and on S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from fsspec.core import url_to_fs
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from hub import landing, settings
from hub.errors import ConfigError, FatalError, HubError, RetryableError

MARKER = "330106194910018873"
BATCH: tuple[landing.Layer, str, str] = ("landing", "pension", "b-1")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def forgotten_address() -> None:
    S3FileSystem.clear_instance_cache()  # fsspec keeps one instance a process; the address changes only in these tests


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A store of its own; S3 by nothing but settings."""
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        bucket = "b" + tmp_path.name.lower().replace("_", "-").strip("-")[-40:]
        monkeypatch.setenv("HUB_STORE", f"s3://{bucket}/hub")
        url_to_fs(f"s3://{bucket}")[0].mkdir(bucket)


def rows(*numbers: int) -> pa.Table:
    return pa.table({"AAC002": pa.array([f"{MARKER}{n}" if n else None for n in numbers], pa.large_string()), "row": list(numbers)})


def write(*names: str, meta: dict[str, object] | None = None) -> landing.Manifest:
    files = [landing.write_table(*BATCH, name, rows(0, i, i + 1)) for i, name in enumerate(names, 1)]
    return landing.write_manifest(*BATCH, files, meta or {})


def files_of(tmp_path: Path) -> dict[str, Path]:
    return {path.name: path for path in (tmp_path / "store").rglob("*") if path.is_file()}


@pytest.mark.usefixtures("store")
class TestEveryStore:
    def test_what_was_written_is_read(self) -> None:
        written = write("p-1", "p-2", meta={"取数": {"until": "2026-01-01"}, "rows": 6})
        manifest = landing.read_manifest(*BATCH)
        assert manifest == written
        assert manifest.rows == 6
        assert [(name, table.equals(rows(0, i, i + 1))) for i, (name, table) in enumerate(landing.tables(manifest), 1)] == [("p-1", True), ("p-2", True)]
        assert landing.read_table(manifest, "p-2", ["row"]).column_names == ["row"]

    def test_a_batch_is_complete_with_its_manifest(self) -> None:
        assert landing.batches("landing", "pension") == [] == landing.batches("landing", "pension", complete=False)
        entry = landing.write_table(*BATCH, "p-1", rows(1))
        assert landing.read_manifest(*BATCH) is None
        assert (landing.batches("landing", "pension"), landing.batches("landing", "pension", complete=False)) == ([], ["b-1"])
        landing.write_manifest(*BATCH, [entry], {})
        assert (landing.batches("landing", "pension"), landing.batches("landing", "pension", complete=False)) == (["b-1"], [])
        assert landing.batches("staging", "pension") == []
        with pytest.raises(FatalError, match="complete already"):
            landing.write_table(*BATCH, "p-1", rows(1))

    def test_what_a_killed_attempt_left_goes_with_the_next(self) -> None:
        landing.write_table(*BATCH, "p-9", rows(9))
        assert [entry.name for entry in write("p-1").files] == ["p-1"]
        filesystem, root = url_to_fs(settings.load().store)
        assert {path.rsplit("/", 1)[1] for path in filesystem.find(root)} == {"p-1.parquet.sealed", "manifest.json"}

    def test_discard_leaves_nothing_and_can_be_repeated(self) -> None:
        write("p-1", "p-2")
        landing.discard(*BATCH)
        landing.discard(*BATCH)
        filesystem, root = url_to_fs(settings.load().store)
        assert filesystem.find(root) == []
        assert landing.read_manifest(*BATCH) is None
        assert write("p-3").rows == 3

    def test_a_missing_file_is_named(self) -> None:
        manifest = write("p-1")
        filesystem, root = url_to_fs(settings.load().store)
        filesystem.rm_file(f"{root}/landing/pension/b-1/p-1.parquet.sealed")
        with pytest.raises(FatalError, match=r"^landing/pension/b-1/p-1\.parquet\.sealed: not in the store"):
            landing.read_table(manifest, "p-1")
        landing.discard(*BATCH)
        with pytest.raises(FatalError, match="not in the store; write it again"):
            landing.write_manifest(*BATCH, manifest.files, {})


def test_nothing_is_readable_on_disk(tmp_path: Path) -> None:
    write("p-1")
    contents = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(contents) == 5  # file, manifest, two of keys, lock
    assert not any(MARKER.encode() in content or b"AAC002" in content or b"PAR1" in content for content in contents)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files_of(tmp_path).values())


def test_every_altered_file_is_found(tmp_path: Path) -> None:
    manifest = write("p-1", "p-2")
    files = files_of(tmp_path)
    first, second = files["p-1.parquet.sealed"], files["p-2.parquet.sealed"]
    whole = first.read_bytes()
    for content in (second.read_bytes(), whole[:-1], whole[:40], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        first.write_bytes(content)
        with pytest.raises(FatalError, match=r"^landing/pension/b-1/p-1\.parquet\.sealed: ") as caught:
            landing.read_table(manifest, "p-1")
        assert MARKER not in str(caught.value)
    first.write_bytes(whole)
    assert landing.read_table(manifest, "p-1").num_rows == 3


def test_a_file_of_an_earlier_attempt_does_not_pass_for_the_listed_one(tmp_path: Path) -> None:
    landing.write_table(*BATCH, "p-1", rows(1))
    earlier = files_of(tmp_path)["p-1.parquet.sealed"].read_bytes()
    manifest = write("p-1")
    files_of(tmp_path)["p-1.parquet.sealed"].write_bytes(earlier)
    with pytest.raises(FatalError, match="altered, cut or exchanged"):
        landing.read_table(manifest, "p-1")


@pytest.mark.parametrize("spoil", ["drop a file", "change meta", "no seal", "no JSON", "of another batch"])
def test_an_altered_manifest_is_found(spoil: str, tmp_path: Path) -> None:
    write("p-1", "p-2", meta={"rows": 6})
    path = files_of(tmp_path)["manifest.json"]
    body = json.loads(path.read_text(encoding="utf-8"))
    if spoil == "drop a file":
        body["files"].pop()
    elif spoil == "change meta":
        body["meta"]["rows"] = 3
    elif spoil == "no seal":
        del body["seal"]
    text = "no JSON" if spoil == "no JSON" else json.dumps(body)
    source, batch_id = "pension", "b-1"
    if spoil == "of another batch":
        batch_id = "b-2"
        path = path.parent.parent / batch_id / path.name
        path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FatalError, match=rf"^landing/pension/{batch_id}/manifest\.json: altered"):
        landing.read_manifest("landing", source, batch_id)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "人"])
def test_names_cannot_leave_the_folder(name: str) -> None:
    for source, batch_id, file in ((name, "b", "f"), ("s", name, "f"), ("s", "b", name)):
        with pytest.raises(ConfigError, match="letters, digits"):
            landing.write_table("landing", source, batch_id, file, rows(1))


def test_an_unknown_file_names_the_known_ones() -> None:
    with pytest.raises(FatalError, match="known: p-1"):
        landing.read_table(write("p-1"), "p-2")


def test_a_store_out_of_reach_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("HUB_STORE", "s3://nowhere/hub")
    with pytest.raises(RetryableError, match="could not be reached"):
        landing.read_manifest(*BATCH)


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(HubError, match=r"^landing/pension/b-1/p-1\.parquet\.sealed: "):
        landing.write_table(*BATCH, "p-1", rows(1))
