"""What a verdict would do, before it is given: who is whom after it, what comes together, and what stands against it.

Reads the whole of both persons as the warehouse's owner, whatever the reader's area: a conflict outside it counts too.
Counts, sums, dates and ids are given as they are; values of persons only in the form the reader may see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from hub.errors import AbsentError, ConfigError
from hub.pipeline import cases, conflicts
from hub.pipeline.cases import Case
from hub.pipeline.conflicts import Conflict, Record, Side
from hub.pipeline.golden import Value, trust, values_of
from hub.pipeline.persons import Form, masked
from hub.pipeline.placing import placed_of
from hub.pipeline.preview import After, Fact, Preview, Sample
from hub.pipeline.rules import rules
from matching.golden import golden_records
from warehouse import identity, pins
from warehouse.db import Connection, query

SAMPLES = 5


def preview(connection: Connection, case_id: str, form: Form = masked) -> Preview:
    """Say what `same` on a case would do; ConfigError for a case that does not wait."""
    return preview_case(connection, cases.get_case(connection, case_id), form)


def preview_case(connection: Connection, case: Case, form: Form = masked) -> Preview:
    """Say what `same` on a case that was read would do."""
    pair = (case.left_source, case.left_key), (case.right_source, case.right_key)
    told = preview_pair(connection, *pair, form)
    one_already = len(told.people[0].sides) == 1 and case.kind in ("possible", "changed")
    return _as_two(connection, told, pair, form) if one_already else told


def _as_two(connection: Connection, told: Preview, pair: tuple[Record, Record], form: Form) -> Preview:
    """Show a case whose records are one person already as any other: one of them apart. Nothing comes together, so nothing needs a second person."""
    [whole] = told.people[0].sides
    ids = {(row["source"], row["source_key"]): row["candidate_id"] for row in identity.person_records_of(connection, pair).to_dicts()}
    alone = next((record for record in reversed(pair) if ids[record] != whole.person_id), pair[1])
    rest = tuple(record for record in whole.records if record != alone)
    shown = _previewed(connection, "verdict", [[Side(whole.person_id, rest), Side(ids[alone], (alone,))]], form, pair)
    [person] = shown.people
    hints = tuple(replace(conflict, level="hint") for conflict in person.conflicts)
    return replace(shown, people=(replace(person, conflicts=hints),), blocking=told.blocking, token=told.token)


def preview_pair(connection: Connection, left: Record, right: Record, form: Form | None = masked) -> Preview:
    """Say what `same` on two records would do: the persons they are of come together."""
    placed = places(connection, [left, right])
    return _previewed(connection, "verdict", [list(_sides(connection, list(dict.fromkeys((placed[left], placed[right])))))], form, (left, right))


def preview_merge(connection: Connection, person_ids: Sequence[str], form: Form | None = masked) -> Preview:
    """Say what bringing persons together would do."""
    wanted = list(dict.fromkeys(person_ids))
    if len(wanted) < 2:
        raise ConfigError("merge: expected two or more persons")
    return _previewed(connection, "merge", [list(_sides(connection, wanted))], form, None)


def preview_split(connection: Connection, person_id: str, records: Sequence[Record], form: Form | None = masked) -> Preview:
    """Say what taking some records out of a person, as a person of their own, would do."""
    [whole] = _sides(connection, [person_id])
    out, rest = _parted(whole, records)
    return _previewed(connection, "split", [[rest], [out]], form, None)


def preview_move(connection: Connection, person_id: str, records: Sequence[Record], to: str, form: Form | None = masked) -> Preview:
    """Say what moving some records of a person to another person would do; all of its records: a merge."""
    if person_id == to:
        raise ConfigError(f"move: {to} has these records already")
    whole, target = (next(iter(_sides(connection, [one]))) for one in (person_id, to))
    out, rest = _parted(whole, records)
    return _previewed(connection, "move", [[rest], [out, target]], form, None)


def preview_pin(connection: Connection, record: Record, field: str | None, ended: int | None = None, form: Form | None = masked) -> Preview:
    """Say what taking a field from this record, or ending a pin on it, would do to the golden record of its person."""
    side = _sides(connection, [places(connection, [record])[record]])
    pinned = pins.in_force(connection)
    if ended is not None:
        pinned = pinned.filter(pl.col("pin_id") != ended)
    if field is not None:
        again = (pl.col("source") == record[0]) & (pl.col("source_key") == record[1]) & (pl.col("field") == field)
        pinned = pl.concat([pinned.filter(~again), pl.DataFrame([(*record, field, 2**62)], schema=pinned.schema, orient="row")])
    told = _previewed(connection, "pin" if ended is None else "unpin", [list(side)], form, None, pinned)
    return replace(told, blocking=("key_field",) if field in rules().second_fields else ())


def compared(connection: Connection, pairs: Sequence[tuple[Record, Record]]) -> Preview:
    """Say of many pairs at once who would be whom and what stands against each, without golden records and sums."""
    placed = places(connection, [record for pair in pairs for record in pair])
    persons = list(dict.fromkeys(placed[record] for pair in pairs for record in pair))
    side = {one.person_id: one for one in _sides(connection, persons)}
    groups = [[side[person] for person in dict.fromkeys(placed[record] for record in pair)] for pair in pairs]
    keys = [record for one in side.values() for record in one.records]
    records = identity.person_records_of(connection, keys)
    found = conflicts.find(connection, groups, records, _golden_of(records, groups, pins.in_force(connection)))
    oldest = dict(zip(zip(records["source"], records["source_key"], strict=True), records.select("founding", "source", "candidate_id").rows(), strict=True))
    people = tuple(
        After(min(oldest[record] for one in sides for record in one.records)[-1], tuple(sides), (), (), (), tuple(told))
        for sides, told in zip(groups, found, strict=True)
    )
    before = {record: one.person_id for one in side.values() for record in one.records}
    codes = tuple(dict.fromkeys(conflict.code for told in found for conflict in told))
    return Preview("bulk", people, (), codes, (), _token(connection, keys, before, codes))


def as_it_stands(connection: Connection, records: Sequence[Record]) -> Preview:
    """Name what an act on some records rests on, where nothing comes together."""
    return Preview("undo", (), (), (), (), _token(connection, list(records), placed_of(connection, records), ()))


def places(connection: Connection, records: Sequence[Record]) -> dict[Record, str]:
    """Give whose each record is; ConfigError where one is not placed."""
    found = placed_of(connection, records)
    for source, key in records:
        if (source, key) not in found:
            raise AbsentError(f"person_record {source}/{key}: nobody's yet; `hub resolve` places new records")
    return found


def _sides(connection: Connection, person_ids: list[str]) -> tuple[Side, ...]:
    rows = connection.execute(query("consequence.members"), {"persons": person_ids}).fetchall()
    sides = tuple(Side(person, tuple((source, key) for of, source, key in rows if of == person)) for person in person_ids)
    for side in sides:
        if not side.records:
            raise AbsentError(f"person {side.person_id}: not known; `hub person find` looks by number or name")
    return sides


def _parted(whole: Side, records: Sequence[Record]) -> tuple[Side, Side]:
    out = tuple(record for record in whole.records if record in set(records))
    rest = tuple(record for record in whole.records if record not in set(records))
    if len(out) != len(set(records)) or not out or not rest:
        raise ConfigError(f"person {whole.person_id}: expected some, not all, of its {len(whole.records)} records")
    return Side(whole.person_id, out), Side(whole.person_id, rest)


def _previewed(
    connection: Connection, kind: str, groups: list[list[Side]], form: Form | None, pair: tuple[Record, Record] | None, pinned: pl.DataFrame | None = None
) -> Preview:
    """What an act would do; `form` None: what decides on it alone, without values, sums and samples, which nobody will look at."""
    keys = [record for sides in groups for side in sides for record in side.records]
    records = identity.person_records_of(connection, keys)
    pinned = pins.in_force(connection) if pinned is None else pinned
    golden = _golden_of(records, groups, pinned)
    found = conflicts.find(connection, groups, records, golden, pair)
    people = tuple(_after(connection, sides, records, pinned, tuple(told), form) for sides, told in zip(groups, found, strict=True))
    after = {record: person.person_id for person in people for record in person.records}
    before = {record: side.person_id for sides in groups for side in sides for record in side.records}
    kept = set(after.values())
    redirects = tuple(sorted({(old, after[record]) for record, old in before.items() if old not in kept}))
    blocking = tuple(dict.fromkeys(conflict.code for told in found for conflict in told if conflict.level == "second"))
    follow = tuple((source, key) for source, key in connection.execute(query("consequence.follow"), {"persons": list(dict.fromkeys(before.values()))}))
    return Preview(kind, people, redirects, blocking, follow, _token(connection, keys, before, blocking))


def _golden_of(records: pl.DataFrame, groups: Sequence[Sequence[Side]], pinned: pl.DataFrame) -> list[list[dict[str, str | None]]]:
    """Birth date and sex of each side by itself."""
    rows = [(source, key, f"{group}/{at}") for group, sides in enumerate(groups) for at, side in enumerate(sides) for source, key in side.records]
    label = pl.DataFrame(rows, schema={"source": pl.String, "source_key": pl.String, "person_id": pl.String}, orient="row")
    golden = golden_records(records.join(label, on=["source", "source_key"]), trust(), pinned, ("birth_date", "sex_code"))
    told = {row["person_id"]: row for row in golden.to_dicts()}
    return [[told[f"{group}/{at}"] for at in range(len(sides))] for group, sides in enumerate(groups)]


def _of(records: pl.DataFrame, keys: Sequence[Record]) -> pl.DataFrame:
    wanted = pl.DataFrame(list(keys), schema={"source": pl.String, "source_key": pl.String}, orient="row")
    return records.join(wanted, on=["source", "source_key"], how="semi")


def _after(connection: Connection, sides: Sequence[Side], records: pl.DataFrame, pinned: pl.DataFrame, told: tuple[Conflict, ...], form: Form | None) -> After:
    own = _of(records, [record for side in sides for record in side.records]).sort("founding", "source", "source_key")
    if form is None:
        return After(own["candidate_id"][0], tuple(sides), (), (), (), told)
    areas = {(source, key): area for source, key, area in own.select("source", "source_key", "area_code").iter_rows()}
    golden = tuple(_shown(value, form, areas) for value in values_of(own, pinned))
    member = [(at, source, key) for at, side in enumerate(sides) for source, key in side.records]
    values = dict(zip(("sides", "sources", "keys"), map(list, zip(*member, strict=True)), strict=True))
    samples = [Sample(*row) for row in connection.execute(query("consequence.samples"), {**values, "limit": SAMPLES})]
    return After(own["candidate_id"][0], tuple(sides), golden, _facts(connection, values, len(sides)), tuple(samples), told)


def _shown(value: Value, form: Form, areas: Mapping[Record, str | None]) -> Value:
    others = tuple((source, key, form(value.field, told, areas[source, key]) or "") for source, key, told in value.others)
    return replace(value, value=form(value.field, value.value, areas[value.source, value.source_key]) or "", others=others)


def _facts(connection: Connection, member: dict[str, list[object]], sides: int) -> tuple[Fact, ...]:
    rows = connection.execute(query("consequence.facts"), member).fetchall()
    found = []
    for entity, code in dict.fromkeys((row[1], row[2]) for row in rows):
        of = {row[0]: row for row in rows if (row[1], row[2]) == (entity, code)}
        counts = tuple(of[side][3] if side in of else 0 for side in range(sides))
        amounts = tuple(of[side][4] if side in of else None for side in range(sides))
        since = min((row[5] for row in of.values() if row[5] is not None), default=None)
        until = max((row[6] for row in of.values() if row[6] is not None), default=None)
        found.append(Fact(entity, code, counts, amounts, since, until))
    return tuple(found)


def _token(connection: Connection, keys: list[Record], before: dict[Record, str], blocking: tuple[str, ...]) -> str:
    """Name what a preview rests on, so that a verdict on another state can be refused and the difference be said."""
    values = {"sources": [source for source, _ in keys], "keys": [key for _, key in keys]}
    records = connection.execute(query("consequence.record_states"), values).fetchall()
    verdicts = connection.execute(query("consequence.verdicts_among"), values).fetchall()
    parts = {
        "records": sorted(records),
        "persons": sorted((*record, person) for record, person in before.items()),
        "verdicts": verdicts,
        "conflicts": sorted(blocking),
    }
    return ".".join(f"{name}={hashlib.sha256(repr(value).encode()).hexdigest()[:12]}" for name, value in parts.items())


def members_of(connection: Connection, person_ids: Sequence[str]) -> tuple[Record, ...]:
    """Give the records of persons; AbsentError where one is not known."""
    return tuple(record for side in _sides(connection, list(dict.fromkeys(person_ids))) for record in side.records)


def records_of(connection: Connection, plan: Mapping[str, Any]) -> tuple[Record, ...]:
    """Give the records an act, as a proposal keeps it, is about."""
    named = [*plan.get("records", ()), *plan.get("pair", ()), *(one for pair in plan.get("pairs", ()) for one in pair)]
    named += [plan["record"]] if "record" in plan else []
    persons = [*plan.get("persons", ()), *(plan[name] for name in ("person", "to") if name in plan)]
    return tuple(dict.fromkeys([*((source, key) for source, key in named), *(members_of(connection, persons) if persons else ())]))
