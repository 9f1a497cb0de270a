"""The system of civil affairs: lists as JSON files, and the process that serves them."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import polars as pl

from county.layout import KEYS, STAMPS
from county.systems.flat_files import as_json_number
from county.systems.processes import end, free_port, is_ours, read_note, write_note
from hub.errors import RetryableError

NAME = "civil_affairs"
START_SECONDS = 30.0
SERVICE = Path(__file__).with_name("civil_service.py")


def write(county_dir: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Write the lists the service gives, in order of change."""
    folder = county_dir / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        ordered = frame.sort(STAMPS[NAME], *KEYS[NAME][name])
        rows = ordered.select(c for c in frame.columns if not c.startswith("_")).to_dicts()
        for row in rows if name == "relief" else []:
            row["monthlyAmount"] = as_json_number(row["monthlyAmount"])
        new = folder / f"{name}.json.new"
        new.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        new.chmod(0o600)
        new.replace(folder / f"{name}.json")


def start(county_dir: Path) -> str:
    """Start the service or attach to it; give its address with client and secret."""
    folder = county_dir / NAME
    folder.mkdir(parents=True, exist_ok=True)
    client = read_note(folder / "client.json")
    if not client:
        client = {"client": "guiyi-hub", "secret": secrets.token_urlsafe(24)}
        write_note(folder / "client.json", client)
    note = read_note(folder / "service.json")
    if not (note and is_ours(int(note["pid"]), _mark(folder)) and _answers(int(note["port"]))):
        note = _launch(folder, int(note.get("port", 0)))
    return f"http://{client['client']}:{client['secret']}@127.0.0.1:{note['port']}"


def stop(county_dir: Path) -> None:
    """Stop the service and wait for it."""
    note = read_note(county_dir / NAME / "service.json")
    if note:
        end(int(note["pid"]), _mark(county_dir / NAME))


def _mark(folder: Path) -> str:
    return f" {folder.absolute()} "


def _launch(folder: Path, wanted: int) -> dict[str, int]:
    port = free_port(wanted)
    process = subprocess.Popen(
        [sys.executable, str(SERVICE), str(folder.absolute()), str(port)],
        cwd="/", start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    note = {"pid": process.pid, "port": port}
    write_note(folder / "service.json", note)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port):
            return note
        time.sleep(0.05)
    raise RetryableError("county: the service of civil affairs does not start; free some memory and try again")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
