"""Which records are the same person: standardise, block, compare, score, cluster; see README.md for the calls."""

from __future__ import annotations

from matching.engine import JUDGEMENTS, match
from matching.fit import fit, fit_and_match
from matching.model import Model
from matching.spec import Spec, load_spec
from matching.types import Result

__all__ = ["JUDGEMENTS", "Model", "Result", "Spec", "fit", "fit_and_match", "load_spec", "match"]
