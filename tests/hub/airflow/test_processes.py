"""Whose processes are whose: whole sessions are found and ended, strangers with a recycled number are not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hub.airflow import processes

TREE = """
import os, signal, time
if os.fork() == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(60)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A component with a child in a process group of its own, deaf to SIGTERM, as Airflow's tasks can be."""
    process = subprocess.Popen([sys.executable, "-c", TREE], start_new_session=True)
    processes.record(tmp_path, "scheduler", process.pid)
    deadline = time.monotonic() + 10
    while len(processes.members(tmp_path, "scheduler")) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    yield process
    for pid in processes.members(tmp_path, "scheduler"):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def test_all_of_a_session_are_members(tree: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert len(processes.members(tmp_path, "scheduler")) == 2
    assert processes.leader(tmp_path, "scheduler") == tree.pid


def test_ending_takes_the_deaf_child_too(tree: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert processes.end(tmp_path, ["scheduler"], seconds=0.5)
    assert processes.members(tmp_path, "scheduler") == []
    assert not processes.end(tmp_path, ["scheduler"], seconds=0.5)


def test_what_a_killed_leader_left_is_still_ours(tree: subprocess.Popen[bytes], tmp_path: Path) -> None:
    tree.kill()
    tree.wait()
    assert processes.leader(tmp_path, "scheduler") is None
    assert len(processes.members(tmp_path, "scheduler")) == 1
    processes.kill(tmp_path, ["scheduler"])
    assert processes.members(tmp_path, "scheduler") == []


def test_a_recycled_number_is_a_stranger(tree: subprocess.Popen[bytes], tmp_path: Path) -> None:
    old = {"pid": tree.pid, "started": psutil.Process(tree.pid).create_time() - 100}
    (tmp_path / "triggerer.pid").write_text(json.dumps(old), encoding="utf-8")
    assert processes.leader(tmp_path, "triggerer") is None
    assert processes.members(tmp_path, "triggerer") == []


def test_no_file_no_members(tmp_path: Path) -> None:
    assert processes.members(tmp_path, "api-server") == []
