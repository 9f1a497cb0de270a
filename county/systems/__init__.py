"""The eight systems as kinds of systems: two database servers, a web service, files; started, attached to and stopped together."""

from __future__ import annotations

import os
from pathlib import Path

from county.systems import civil_affairs, medical, pension

FILES = ("work_injury", "unemployment", "tax", "police", "archive_room")


def start(county_dir: Path) -> dict[str, str]:
    """Start what serves, or attach where it runs; write `connections.env` (0600) and give the addresses by source name."""
    county_dir = Path(os.path.abspath(county_dir))
    uris = {"pension": pension.start(county_dir), "medical": medical.start(county_dir), "civil_affairs": civil_affairs.start(county_dir)}
    uris |= {source: (county_dir / source).as_uri() for source in FILES}
    text = "".join(f"HUB_CONN_{source.upper()}={uri}\n" for source, uri in sorted(uris.items()))
    new = county_dir / "connections.env.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(county_dir / "connections.env")
    return uris


def stop(county_dir: Path) -> None:
    """Stop what serves; nothing of the county runs afterwards."""
    county_dir = Path(os.path.abspath(county_dir))
    for system in (civil_affairs, medical, pension):
        system.stop(county_dir)


def remove(county_dir: Path) -> None:
    """Stop what serves and delete both databases, wherever they lie."""
    county_dir = Path(os.path.abspath(county_dir))
    civil_affairs.stop(county_dir)
    medical.remove(county_dir)
    pension.remove(county_dir)
