"""Model versions: fit a new one, show its effect as a dry run, leave the decision to a person."""

from __future__ import annotations

from typing import Any

import polars as pl

from hub.pipeline.extract import Progress, silent
from hub.pipeline.increment import PERSON
from hub.pipeline.placing import model_key
from matching import Model, fit, match
from warehouse import identity, models
from warehouse.db import connect


def propose(author: str, reason: str, progress: Progress = silent) -> tuple[int, dict[str, Any]]:
    """Fit a model on all records, match with it without writing, and keep it as proposed with its effect."""
    with connect() as connection:
        records, judged = identity.person_records(connection), identity.judgements(connection, PERSON)
        progress("fitting", len(records))
        model = fit(records, key=model_key())
        progress("dry run", len(records))
        after = match(records, model, judged)
        found = models.current(connection)
        before = None if found is None else match(records, Model.from_json(found[1], model_key()), judged)
        effect = effect_of(None if before is None else before.records, after.records) | {"cases_after": len(after.cases)}
        return models.add(connection, model.to_json(), state="proposed", effect=effect, author=author, reason=reason), effect


def effect_of(before: pl.DataFrame | None, after: pl.DataFrame) -> dict[str, Any]:
    """Count what a change of model does: clusters that merge, split, stay, and records whose grade changes."""
    if before is None:
        return {"persons_after": after["cluster_id"].n_unique()}
    both = before.join(after, on="record_id", suffix="_after")
    into = both.group_by("cluster_id").agg(pl.col("cluster_id_after").n_unique().alias("n"))
    out_of = both.group_by("cluster_id_after").agg(pl.col("cluster_id").n_unique().alias("n"))
    return {
        "persons_before": before["cluster_id"].n_unique(),
        "persons_after": after["cluster_id"].n_unique(),
        "persons_split": int((into["n"] > 1).sum()),
        "persons_merged": int((out_of["n"] > 1).sum()),
        "records_regraded": int((both["grade"] != both["grade_after"]).sum()),
    }
