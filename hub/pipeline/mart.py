"""The mart follows what was published and resolved: one refresh at a time, a no-op where nothing changed."""

from __future__ import annotations

from hub import settings
from mappings.load import load_sources
from warehouse import star
from warehouse.db import source_lock


def refresh() -> dict[str, int]:
    """Refresh the mart; gives the persons touched and the rows shown and closed, per table."""
    sources, _ = load_sources(settings.load().sources)
    with source_lock("mart"):
        return star.refresh({source.source: (source.department.zh, source.department.en) for source in sources})
