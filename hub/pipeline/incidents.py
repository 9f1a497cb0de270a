"""Incidents: a source that is late, brings too little or too much, was stopped at the gate, or failed.

What is wrong is read from the batches themselves, so whoever looks sees the same; an incident is opened and closed by
comparing that with `ops.incident`, and its beginning and its end are told once each.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hub import notify, settings
from hub.errors import HubError
from hub.settings import duration
from mappings.load import load_sources
from mappings.source import Source
from warehouse import batches, incidents
from warehouse.db import Connection, connect
from warehouse.incidents import Health, Incident

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong now; `subject` is the batch where it is of one batch."""

    source: str
    kind: str
    en: str
    zh: str
    subject: str = ""


@dataclass(frozen=True)
class Status:
    """How one source is doing."""

    source: Source
    health: Health | None
    within: timedelta
    troubles: tuple[Trouble, ...] = field(default=())

    @property
    def state(self) -> str:
        """The worst of its troubles in one word; `new` before anything was published, else `ok`."""
        kinds = {trouble.kind for trouble in self.troubles}
        return next((kind for kind in ("failed", "stopped", "late", "volume") if kind in kinds), "ok" if self.health and self.health.batch_id else "new")


def statuses(sources: Sequence[Source]) -> list[Status]:
    """Give how each source is doing, with the incidents that are open."""
    with connect() as connection:
        found = _observe(connection, sources)
        failed = [Trouble(one.source, one.kind, one.en, one.zh, one.subject) for one in incidents.open_ones(connection) if one.kind == "failed"]
    return [
        Status(one.source, one.health, one.within, (*one.troubles, *(trouble for trouble in failed if trouble.source == one.source.source))) for one in found
    ]


def watch() -> None:
    """Open incidents for what is wrong, close those that are over, and tell what was not told yet."""
    sources, _ = load_sources(settings.load().sources)
    with connect() as connection:
        wanted = {(trouble.source, trouble.kind, trouble.subject): trouble for status in _observe(connection, sources) for trouble in status.troubles}
        names = {source.source for source in sources}
        known = {(one.source, one.kind, one.subject): one for one in incidents.open_ones(connection) if one.kind != "failed" and one.source in names}
        for trouble in wanted.values():
            incidents.begin(connection, trouble.source, trouble.kind, trouble.subject, trouble.en, trouble.zh)
        incidents.end(connection, [one.incident_id for key, one in known.items() if key not in wanted] + incidents.mended(connection))
    _tell()


def failed(source: str, stage: str) -> None:
    """Open an incident: a source (or DAG) failed for good in a stage; the log of that run says why."""
    with connect() as connection:
        en = f"{source}: {stage} failed and is not tried again by itself; the log of the run says why."
        incidents.begin(connection, source, "failed", "", en, f"{source}：{stage} 阶段失败，不再自动重试；原因见该次运行的日志。")
    _tell()


def recovered(source: str) -> None:
    """Close the failures of a source or DAG that has worked again."""
    with connect() as connection:
        incidents.end(connection, incidents.failures(connection, source))
    watch()


def _observe(connection: Connection, sources: Sequence[Source]) -> list[Status]:
    health, age = incidents.health(connection), incidents.age(connection)
    stopped: dict[str, list[Trouble]] = {}
    for one in batches.waiting(connection):
        en, zh = "; ".join(stop["en"] for stop in one.stops), "；".join(stop["zh"] for stop in one.stops)
        en = f"{one.batch_id} was stopped at the gate: {en} Decide with `hub gate approve {one.batch_id}` or reject."
        stopped.setdefault(one.source, []).append(Trouble(one.source, "stopped", en, f"{one.batch_id} 被闸门拦下：{zh}。", one.batch_id))
    found = []
    for source in sources:
        one_health = health.get(source.source)
        within = duration(f"{source.source}.yml: freshness.within", source.expectations.freshness.within)
        troubles = (*stopped.get(source.source, []), *_late(source, one_health, within, age), *_volume(connection, source, one_health))
        found.append(Status(source, one_health, within, troubles))
    return found


def _late(source: Source, health: Health | None, within: timedelta, age: float) -> Iterator[Trouble]:
    """A source that never published is late once the warehouse itself is older than the source may be."""
    since = health.age if health and health.age is not None else age
    if since > within.total_seconds():
        hours, allowed = f"{since / 3600:,.0f}", source.expectations.freshness.within
        en = f"{source.source}: nothing published for {hours} hours; expected within {allowed}."
        yield Trouble(source.source, "late", en, f"{source.department.zh}（{source.source}）：已 {hours} 小时无新数据发布；要求 {allowed} 以内。")


def _volume(connection: Connection, source: Source, health: Health | None) -> Iterator[Trouble]:
    """Too few rows can be said only of a source known for the whole time asked about."""
    limits = source.expectations.volume
    if health is None or (limits.min is None and limits.max is None):
        return
    over = duration(f"{source.source}.yml: volume.over", limits.over)
    rows = incidents.volume(connection, source.source, over)
    few = limits.min is not None and rows < limits.min and health.known_for > over.total_seconds()
    many = limits.max is not None and rows > limits.max
    if few or many:
        bound, en, zh = (limits.min, "at least", "至少") if few else (limits.max, "at most", "至多")
        text = f"{source.source}: {rows:,} rows in {limits.over}; expected {en} {bound:,}."
        yield Trouble(source.source, "volume", text, f"{source.department.zh}（{source.source}）：{limits.over} 内 {rows:,} 行；要求{zh} {bound:,} 行。")


def _tell() -> None:
    """Tell what was not told yet; what cannot be delivered now is tried again by the next watch."""
    with connect() as connection:
        for incident in incidents.untold(connection):
            try:
                notify.send(_message(incident))
            except HubError as error:
                log.warning("incident %s of %s is not told yet: %s", incident.incident_id, incident.source, error)
            else:
                incidents.mark_told(connection, incident.incident_id)


def _message(incident: Incident) -> notify.Message:
    state = "over" if incident.closed_at else "open"
    since = incident.opened_at.astimezone().isoformat(timespec="minutes")
    return notify.Message(state, incident.source, incident.kind, incident.subject, incident.en, incident.zh, since)
