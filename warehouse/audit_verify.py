"""Verification of the audit trail: every entry hashed again and held against its neighbours and the seals outside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.errors import ConfigError
from warehouse.audit_seal import Seal, seals
from warehouse.db import Connection, query


@dataclass(frozen=True)
class Verdict:
    """What verification found; `problems` names the first fault of each chain (none: the trail is whole)."""

    entries: int
    seals: int
    unsealed: int
    """entries after the last seal: chained, but their owner could still write them anew"""
    sealed_at: datetime | None
    problems: list[str] = field(default_factory=list)


@dataclass
class _Chain:
    """One partition while it is read."""

    partition: int
    sealed: dict[int, tuple[bytes, int]]
    """entry number -> hash and number of the seal that names it"""
    number: int = 0
    link: bytes = b""
    good: int = 0
    """last entry a seal confirmed"""
    problem: str | None = None

    def __post_init__(self) -> None:
        self.link = hashlib.sha256(f"guiyi audit {self.partition}".encode()).digest()

    def take(self, number: int, previous: bytes, link: bytes, text: str) -> None:
        """Hold the next entry against what must stand there."""
        if self.problem is not None:
            return
        expected = self.number + 1
        if number != expected:
            self.problem = f"entry {self.partition}/{expected} is missing" if number > expected else f"entry {self.partition}/{number} was put in"
        elif previous != self.link:
            self.problem = f"entry {self.partition}/{number} is not in its place: reordered, or the one before it was exchanged"
        elif hashlib.sha256(previous + text.encode()).digest() != link:
            self.problem = f"entry {self.partition}/{number} was altered"
        elif number in self.sealed:
            if self.sealed[number][0] != link:
                first = self.good + 1
                self.problem = f"entries {self.partition}/{first} to {self.partition}/{number} are not those of seal {self.sealed[number][1]}: written anew"
            self.good = number
        self.number, self.link = number, link

    def end(self, head: tuple[int, bytes] | None) -> None:
        """Hold the end of the chain against the seals and the head."""
        last = max(self.sealed, default=0)
        if self.problem is None and self.number < last:
            self.problem = f"entry {self.partition}/{self.number + 1} is missing: seal {self.sealed[last][1]} names {last} entries"
        elif self.problem is None and head != (self.number, self.link):
            known = head[0] if head else 0
            self.problem = f"entry {self.partition}/{min(known, self.number) + 1} is missing or was put in: the chain's head names {known} entries"


def verify(connection: Connection) -> Verdict:
    """Read the whole trail and name the first entry of each chain that was altered, is missing or out of its place.

    Nobody can tell entries cut off after the last seal from entries never written, where the chain's head was cut too;
    `unsealed` says how many entries stand in that window now.
    """
    try:
        known = seals()
    except ConfigError as error:
        return Verdict(0, 0, 0, None, [str(error)])
    chains = _chains(known)
    entries = 0
    with connection.cursor().copy(query("audit.entries")) as copy:
        copy.set_types(["int2", "int8", "bytea", "bytea", "text"])
        for partition, number, previous, link, text in copy.rows():
            entries += 1
            chain = chains.get(partition)
            if chain is None:
                chain = chains[partition] = _Chain(partition, {})
            chain.take(number, previous, link, text)
    heads = {row[0]: (row[1], row[2]) for row in connection.execute(query("audit.heads"))}
    for partition in heads.keys() - chains.keys():
        chains[partition] = _Chain(partition, {})
    for chain in chains.values():
        chain.end(heads.get(chain.partition))
    problems = [chain.problem for _, chain in sorted(chains.items()) if chain.problem]
    sealed = known[-1].entries if known else 0
    return Verdict(entries, len(known), max(entries - sealed, 0), known[-1].at.astimezone(UTC) if known else None, problems)


def _chains(known: list[Seal]) -> dict[int, _Chain]:
    chains: dict[int, _Chain] = {}
    for one in known:
        for partition, (number, link) in one.heads.items():
            chains.setdefault(partition, _Chain(partition, {})).sealed[number] = (link, one.number)
    return chains
