"""Model versions: fit a new one, also to what stewards decided, show its effect as a dry run, leave the decision to a person."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.pipeline.extract import Progress, silent
from hub.pipeline.increment import PERSON
from hub.pipeline.placing import current_model, model_key
from matching import fit, match
from warehouse import identity, models
from warehouse.db import connect


def propose(author: str, reason: str, progress: Progress = silent) -> tuple[int, dict[str, Any]]:
    """Fit a model on all records and verdicts, match with it without writing, and keep it as proposed with its effect.

    The effect is that of bringing it into force on these records and judgements: `hub model approve` does what it says.
    """
    with connect() as connection:
        records, judged = identity.person_records(connection), identity.judgements(connection, PERSON)
        progress("fitting", len(records))
        model = fit(records, key=model_key(), judgements=identity.verdicts(connection, PERSON))
        progress("dry run", len(records))
        after = match(records, model, judged)
        before = None if models.version_in_force(connection) is None else match(records, current_model(connection), judged)
        effect: dict[str, Any] = {"verdicts_heeded": model.fitted["verdicts"]}
        effect |= {"persons_after": after.records["cluster_id"].n_unique()} if before is None else effect_of(before.records, after.records)
        effect |= {"cases_after": _kinds(after.cases)} | ({} if before is None else {"cases_before": _kinds(before.cases)})
        return models.add(connection, model.to_json(), state="proposed", effect=effect, author=author, reason=reason), effect


def effect_of(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, Any]:
    """Count what a change of model does.

    links_made, links_unmade: pairs of records that are one person only after, only before; persons_touched: persons of before whose records are not the
    same after; persons_split, persons_merged; records_moved: records whose person's id is another; records_regraded: the others of another grade.
    """
    both = before.join(after, on="record_id", suffix="_after")
    kept = _links(both, ["cluster_id", "cluster_id_after"])
    parts = both.group_by("cluster_id", "cluster_id_after").len()
    into, out_of = parts.group_by("cluster_id").len(), parts.group_by("cluster_id_after").len()
    merged = out_of.filter(pl.col("len") > 1)["cluster_id_after"]
    changed = (pl.col("cluster_id_after").n_unique() > 1) | pl.col("cluster_id_after").is_in(merged.implode()).any()
    moved = both["cluster_id"] != both["cluster_id_after"]
    return {
        "persons_before": before["cluster_id"].n_unique(),
        "persons_after": after["cluster_id"].n_unique(),
        "links_made": _links(both, ["cluster_id_after"]) - kept,
        "links_unmade": _links(both, ["cluster_id"]) - kept,
        "persons_touched": int(both.group_by("cluster_id").agg(changed=changed)["changed"].sum()),
        "persons_split": int((into["len"] > 1).sum()),
        "persons_merged": len(merged),
        "records_moved": int(moved.sum()),
        "records_regraded": int((~moved & (both["grade"] != both["grade_after"])).sum()),
    }


def _links(records: pl.DataFrame, of: list[str]) -> int:
    """Pairs of records that are together by all of these columns."""
    size = records.group_by(of).len()["len"].cast(pl.Int64)
    return int((size * (size - 1) // 2).sum())


def _kinds(cases: pl.DataFrame) -> dict[str, int]:
    return dict(cases.group_by("case_type").len().sort("case_type").rows())
