"""The files pages rest on: all that lie in `static/`, named with their content's hash so that browsers keep them for good."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


@dataclass(frozen=True)
class File:
    """Content, media type and the hash that names this content."""

    content: bytes
    media_type: str
    mark: str


@cache
def files() -> dict[str, File]:
    """Read the folder once; a kind of file that is not in the list is not served."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if path.suffix in TYPES:
            content = path.read_bytes()
            found[path.name] = File(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16])
    return found


def address(name: str) -> str:
    """Give the address of a file; a template that names none that lies there is an error."""
    return f"/static/{name}?v={files()[name].mark}"
