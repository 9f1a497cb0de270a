"""What was decided is not asked again: a case returns only when a key value it rested on has changed, saying which."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hub.pipeline.placing import KEY_FIELDS, basis, placed_of
from warehouse.db import Connection, query
from warehouse.identity import person_records_of, record_id

CHANGED = "changed"
"""Kind of a case that was decided on key values that have changed since."""
ASKED = ("contradiction", "bridge")
"""Kinds that the engine itself finds no more once a verdict on their pair is in force."""
COLUMNS = ("case_type", "left_id", "right_id", "weight", "probability", "reopened_act", "changed")


@dataclass(frozen=True)
class _Core:
    """A verdict in force: what a person said of two records."""

    left: str
    right: str
    verdict: str
    act_id: int
    weight: float


def remembered(connection: Connection, doubtful: pl.DataFrame, placements: pl.DataFrame, records: pl.DataFrame, *, everything: bool) -> pl.DataFrame:
    """Give the doubtful pairs of a run without those decided, with those whose key values changed, and with the drawn links of the audit sample.

    doubtful: as `match` gives cases; placements: record_id, cluster_id; records: as `identity.person_records` gives them, of all persons or
    (unless `everything`) of those a run touched.
    """
    cluster = dict(placements.select("record_id", "cluster_id").iter_rows())
    cores = [core for core in _cores(connection) if everything or core.left in cluster or core.right in cluster]
    here = set(cluster) if everything else {*cluster, *_placed(connection, {record for core in cores for record in (core.left, core.right)} - set(cluster))}
    changes = _changed(connection, cores, records, everything=everything)
    decided = {
        frozenset((cluster[core.left], cluster[core.right]))
        for core in cores
        if core.verdict in ("same", "different") and core.act_id not in changes and core.left in cluster and core.right in cluster
    }
    keep = [
        kind in ASKED or frozenset((left, right)) not in decided
        for kind, left, right in doubtful.select("case_type", "left_cluster", "right_cluster").iter_rows()
    ]
    frame = doubtful.filter(pl.Series(keep, dtype=pl.Boolean))
    frame = frame.with_columns(reopened_act=pl.lit(None, pl.Int64), changed=pl.lit(None, pl.List(pl.String))).select(*COLUMNS)
    more: list[tuple[object, ...]] = [
        (CHANGED, core.left, core.right, core.weight, _chance(core.weight), core.act_id, changes[core.act_id])
        for core in cores
        if core.act_id in changes and core.left in here and core.right in here and core.verdict in ("same", "different")
    ]
    more += _drawn(connection, cores, cluster)
    extra = pl.DataFrame(more, schema=frame.schema, orient="row")
    return pl.concat([extra, frame])  # the first of two rows about one pair is kept: that which says what changed


def _cores(connection: Connection) -> list[_Core]:
    """Verdicts in force, the latest of each pair."""
    last: dict[frozenset[str], _Core] = {}
    for _, left, right, verdict, act_id, weight in connection.execute(query("act.cores")):
        last[frozenset((left, right))] = _Core(left, right, verdict, act_id, float(weight or 0))
    return list(last.values())


def _placed(connection: Connection, wanted: set[str]) -> set[str]:
    """Those of some records that are there."""
    keys = [(source, key) for source, _, key in (record.partition("/") for record in wanted)]
    return {record_id(*record) for record in placed_of(connection, keys)} if keys else set()


def _changed(connection: Connection, cores: list[_Core], records: pl.DataFrame, *, everything: bool) -> dict[int, list[str]]:
    """Acts in force that rested on key values which are others now: act -> names of the fields."""
    acts = sorted({core.act_id for core in cores})
    if not acts:
        return {}
    rows = connection.execute(query("act.bases"), {"acts": acts}).fetchall()
    wanted = pl.DataFrame(list({(row[1], row[2]) for row in rows}), schema={"source": pl.String, "source_key": pl.String}, orient="row")
    known = records.join(wanted, on=["source", "source_key"], how="semi")
    if not everything:
        rest = wanted.join(known, on=["source", "source_key"], how="anti")
        known = pl.concat([known, person_records_of(connection, rest.rows())])
    now = basis(known)
    found: dict[int, set[str]] = {}
    for act_id, source, key, before in rows:
        after = now.get((source, key))
        if after is not None and after != before:
            found.setdefault(act_id, set()).update(name for name in KEY_FIELDS if after.get(name) != before.get(name))
    return {act: sorted(names, key=KEY_FIELDS.index) for act, names in found.items()}


def _drawn(connection: Connection, cores: list[_Core], cluster: dict[str, str]) -> list[tuple[object, ...]]:
    """Certain links drawn for the audit and not looked at yet; nothing in the queue tells them from other cases."""
    judged = {frozenset((core.left, core.right)) for core in cores}
    rows = connection.execute(query("sample.audit_links")).fetchall()
    return [
        ("possible", left, right, weight, _chance(weight), None, None)
        for left, right, weight in rows
        if frozenset((left, right)) not in judged and left in cluster and cluster[left] == cluster.get(right)
    ]


def _chance(weight: float) -> float:
    return float(1 / (1 + 2 ** -max(min(weight, 60), -60)))
