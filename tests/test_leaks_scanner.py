"""The scanner that says nothing leaked finds what did: every disguise, every compression, across blocks, and nothing else."""

from __future__ import annotations

import gzip
import random
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.leaks import BLOCK, Found, Hit, Needles, disguises, most, scan

VALUES = ["11010519491231002X", "440524188001010014", "13800138000"]
ALL = [(at, name, pattern) for at, value in enumerate(VALUES) for name, pattern in disguises(value)]


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize(("at", "name", "pattern"), ALL, ids=[f"{name}-{at}-{n}" for n, (at, name, _) in enumerate(ALL)])
def test_every_disguise_is_found_at_every_alignment(at: int, name: str, pattern: bytes) -> None:
    needles = Needles(VALUES)
    for shift in range(9):
        data = noise(1000 + shift) + pattern + noise(500)
        assert (name, at) in {(hit.disguise, hit.value) for hit in needles.scan(data, "here")}
        assert {hit.value for hit in needles.scan(noise(40, shift) + pattern, "at the very end")} == {at}


def test_a_value_across_two_blocks_is_found_once() -> None:
    value = VALUES[1].encode()
    for before in (1, 9, 17):
        data = b"\0" * (BLOCK - before) + value + b"\0" * 100
        assert [(hit.offset, hit.disguise) for hit in Needles(VALUES).scan(data, "here")] == [(BLOCK - before + len(value), "text")]


def test_compressed_files_are_opened(tmp_path: Path) -> None:
    text = ("x" * 99 + VALUES[0]).encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(gzip.compress(text)))
    with pa.CompressedOutputStream(str(tmp_path / "b.zst"), "zstd") as stream:
        stream.write(text)
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", text)
    pq.write_table(pa.table({"number": [VALUES[0]] * 3, "phone": [int(VALUES[2])] * 3}), tmp_path / "d.parquet", compression="zstd")
    (tmp_path / f"{VALUES[1]}.log").touch()
    found = scan([tmp_path], VALUES).leaks
    assert {(Path(hit.place.split(" ")[0].split(".xlsx")[0]).name, hit.disguise, hit.value) for hit in found} == {
        ("a.gz", "text", 0),
        ("b.zst", "text", 0),
        ("c", "text", 0),
        ("d.parquet", "text", 0),
        ("d.parquet", "int64-le", 2),
        (f"{VALUES[1]}.log", "text", 1),
    }


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    """Many values against many bytes: no chance hit, and fast enough for a data folder."""
    (tmp_path / "noise").write_bytes(noise(64 << 20))
    rng = random.Random(5)
    values = [f"529002{rng.randrange(10**12):012d}" for _ in range(5000)] + [f"1{rng.randrange(10**10):010d}" for _ in range(1000)]
    started = time.process_time()
    assert scan([tmp_path], values).leaks == []
    assert time.process_time() - started < 30


def test_a_file_that_only_begins_like_a_compressed_one_is_searched_as_it_is(tmp_path: Path) -> None:
    for number, head in enumerate((b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"PAR1")):
        (tmp_path / str(number)).write_bytes(head + noise(100) + VALUES[0].encode())
    assert [hit.place for hit in scan([tmp_path], VALUES).leaks] == [str(tmp_path / str(number)) for number in range(4)]


def test_what_chance_makes_is_told_apart(tmp_path: Path) -> None:
    """Sealed bytes written out, and a longer number backwards; the same digits anywhere else are a leak."""
    phone = VALUES[2]
    (tmp_path / "dump").write_text(f"\\\\x010000a{phone}282a006a6ec54e87bd56c59c\t9{phone[::-1]}77\n")
    assert sorted((hit.disguise, hit.within) for hit in scan([tmp_path], VALUES).hits) == [("reversed", "a longer number"), ("text", "sealed bytes")]
    assert scan([tmp_path], VALUES).leaks == []
    (tmp_path / "dump").write_text(f"call 86{phone}, or {phone[::-1]}; {phone}abc; {phone.encode().hex()}{'0a' * 20}; {'7' * 30}{phone}")
    assert sorted(hit.disguise for hit in scan([tmp_path], VALUES).leaks) == ["hex", "reversed", "text", "text", "text"]


def test_packed_numbers_may_be_met_as_often_as_chance_has_it(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(bytes.fromhex(f"0{VALUES[2]}"))
    assert [hit.disguise for hit in scan([tmp_path], VALUES).leaks] == ["bcd"]
    hit = Hit("here", 6, "bcd", 0)
    assert Found([hit], 1 << 33, 0.1).leaks == []
    assert Found([hit, hit], 1 << 33, 0.1).leaks == [], "one value in the table and in its log is met once"
    assert len(Found([hit, Hit("here", 9, "bcd", 1), Hit("there", 9, "bcd", 2)], 1 << 33, 0.1).leaks) == 3
    assert len(Found([hit, Hit("here", 9, "int64-le", 1)], 1 << 33, 0.1).leaks) == 1
    assert [most(expected) for expected in (0.0, 0.0005, 0.2, 1.0, 5.0)] == [0, 0, 3, 5, 13]
