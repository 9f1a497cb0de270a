"""Judges a year of person ids by the event log and the seeded truth; shares no code with the engine, the hub or the simulation.

The log has a line for every record whose person id changed: day, record, the id the record brings along (`own`), from, to.  The truth has a line a
day: the records that arrived or changed, with their person and by what others resemble them, and the persons a judgement spoke of.

A record without a number is placed by what it has in common with a person and with whom else it might belong to: it may move although nothing of its
own changed, when a person who resembles it gains, loses or changes a record.  Such moves are counted apart (`moved_by_rivals`); one that nothing
explains is a violation.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def check(log: Path, truth: Path) -> dict[str, Any]:
    """Replay the log day by day and count what must not be; `violations` is the sum."""
    lines = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
    events: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in log.read_text(encoding="utf-8").splitlines():
        events[json.loads(line)["day"]].append(json.loads(line))
    state = _State()
    for line in lines:
        state.day(line, events[line["day"]])
    broken = {
        "ids_changed_for_same_records": state.same_records,
        "ids_changed_though_nobody_touched_the_person": state.untouched,
        "log_does_not_follow_itself": state.torn,
        "chains_that_do_not_resolve": state.unresolved(),
        "ids_given_to_other_people": state.reused,
    }
    return {
        "events": sum(map(len, events.values())),
        "ids_ever": len(state.ever),
        "redirects": state.redirects,
        "moved_by_others": state.neighbours,
        "moved_by_rivals": state.rivals,
        **broken,
        "violations": sum(broken.values()),
    }


class _State:
    """What the log says up to a day."""

    def __init__(self) -> None:
        self.person: dict[str, int] = {}
        """record -> true person"""
        self.now: dict[str, str] = {}
        """record -> id"""
        self.own: dict[str, str] = {}
        """id -> the record that brought it"""
        self.ever: set[str] = set()
        self.looks: dict[str, set[str]] = {}
        """record -> by what others resemble it"""
        self.same_records = self.untouched = self.torn = self.redirects = self.reused = self.neighbours = self.rivals = 0

    def day(self, line: dict[str, Any], events: list[dict[str, Any]]) -> None:
        """Replay one day."""
        before = self._sets({event["from"] for event in events if event["from"]})
        touched = set(line["changed"].values()) | set(line["judged"])
        self.person.update(line["changed"])
        moved = {*line["changed"], *(record for record, person in self.person.items() if person in line["judged"])}
        stirred = self._looks_near(moved)
        self.looks.update((record, set(now)) for record, now in line["looks"].items())
        for event in events:
            record = event["record"]
            self.torn += self.now.get(record) != event["from"]
            self.own.setdefault(event["own"], record)
            self.now[record] = event["to"]
            self.ever.add(event["to"])
            self.redirects += event["from"] == event["own"]
        after = self._sets({event["to"] for event in events})
        stirred |= self._looks_near(moved)
        known = {frozenset(records): person for person, records in before.items()}
        for person, records in after.items():
            self.same_records += known.get(frozenset(records), person) != person
            self.reused += self.own.get(person) not in records
        for event in events:
            if event["from"] and self.person[event["record"]] not in touched:
                near = after[event["to"]] | before[event["from"]]
                if any(self.person[other] in touched for other in near):
                    self.neighbours += 1
                elif any(self.looks[other] & stirred for other in near):
                    self.rivals += 1
                else:
                    self.untouched += 1

    def _looks_near(self, records: set[str]) -> set[str]:
        """By what others resemble the persons of these records, all records of theirs."""
        persons = {self.now[record] for record in records if record in self.now}
        return {look for record, person in self.now.items() if person in persons for look in self.looks.get(record, ())}

    def _sets(self, ids: set[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {person: set() for person in ids}
        for record, person in self.now.items():
            if person in found:
                found[person].add(record)
        return found

    def unresolved(self) -> int:
        """Count ids from which no chain of redirects leads to a living one."""
        living, failed = set(self.now.values()), 0
        for person in self.ever:
            seen: set[str] = set()
            while person not in living and person not in seen:
                seen.add(person)
                person = self.now.get(self.own.get(person, ""), person)
            failed += person not in living
        return failed
