"""Great Expectations on one frame of context columns: which rows fail which rules.

Two passes, for measured reasons: BOOLEAN_ONLY for all rules, COMPLETE only for those that fail.  The frame's index is the
position, which COMPLETE lists whole and fast (named index columns are looked up row by row).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from expectations.suite import Rule, Suite, resolve
from hub.errors import FatalError

Failure = tuple[Rule, npt.NDArray[np.int64]]
"""A rule and the positions of the rows that fail it."""

_TEXT = pd.StringDtype(na_value=np.nan)
_PANDAS = {pa.string(): _TEXT, pa.large_string(): _TEXT}
_QUICK = {"result_format": "BOOLEAN_ONLY"}
_WHOLE = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "partial_unexpected_count": 0}


class Judge:
    """An ephemeral Great Expectations context; opened once a batch, as the library takes seconds to import."""

    def __init__(self, as_of: date) -> None:
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        # it logs the texts of exceptions, and those quote values
        logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
        self._gx, self._as_of = gx, as_of
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._batches = context.data_sources.add_pandas("staged").add_dataframe_asset("part").add_batch_definition_whole_dataframe("whole")

    def failures(self, suite: Suite, table: pa.Table) -> Iterator[Failure]:
        """Give each rule that rows of the table fail, with their positions; FatalError names a rule that could not run."""
        batch = self._batches.get_batch({"dataframe": _to_pandas(table, suite.columns)})
        quick = self._validate(suite.entity, batch, suite.rules, _QUICK)
        failing = [rule for rule, result in quick if not result.success]
        for rule, result in self._validate(suite.entity, batch, failing, _WHOLE):
            yield rule, np.asarray(result.result["unexpected_index_list"], np.int64)

    def _validate(self, entity: str, batch: Any, rules: Sequence[Rule], result_format: dict[str, Any]) -> list[tuple[Rule, Any]]:
        if not rules:
            return []
        by_id = {rule.id: rule for rule in rules}
        suite = self._gx.ExpectationSuite(name=entity, expectations=[self._expectation(entity, rule) for rule in rules])
        results = batch.validate(suite, result_format=result_format).results
        for result in results:
            if _raised(result.exception_info):
                raise _cannot_run(entity, result.expectation_config.meta["id"])
        return [(by_id[result.expectation_config.meta["id"]], result) for result in results]

    def _expectation(self, entity: str, rule: Rule) -> Any:
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
        from great_expectations.expectations.metadata_types import FailureSeverity

        try:
            return ExpectationConfiguration(
                type=rule.type, kwargs=resolve(rule.kwargs, self._as_of), meta={"id": rule.id}, severity=FailureSeverity(rule.severity)
            ).to_domain_obj()
        except Exception:  # the library raises what it likes, with the arguments in the text
            raise _cannot_run(entity, rule.id) from None


def _cannot_run(entity: str, rule: str) -> FatalError:
    return FatalError(f"gate: rule {rule} of {entity} could not run; correct its arguments in expectations/suites/{entity}.yml, or the type of its column")


def _raised(info: dict[str, Any]) -> bool:
    """Tell whether a rule raised: the library gives one flag, or one per metric."""
    flags = [info] if "raised_exception" in info else list(info.values())
    return any(flag["raised_exception"] for flag in flags)


def _to_pandas(table: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    narrow = table.select(columns)
    for at, column in enumerate(narrow.schema):
        if pa.types.is_decimal(column.type):
            narrow = narrow.set_column(at, column.name, narrow.column(at).cast(pa.float64()))
    return narrow.to_pandas(types_mapper=_PANDAS.get)
