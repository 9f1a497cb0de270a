"""`Model`: one fitted and frozen version of a declaration.

A model serialises to JSON.  Values of persons are in it only as keyed hashes, and only those frequent enough to matter.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from hub.errors import FatalError
from matching.hashing import looked_up, seed_of
from matching.spec import Spec
from matching.types import Floats, Keys, Small

ENGINE = 2
"""Number of the standardising and comparing code; a model fitted by another one must be fitted again."""


_STEPS = 256.0


def rounded(bits: Floats) -> Floats:
    """Round weights to multiples of 1/256 bit: their sums are exact, whatever the order."""
    return np.asarray(np.round(np.asarray(bits, dtype=np.float64) * _STEPS) / _STEPS)


@dataclass(frozen=True)
class FrequencyTable:
    """Frozen counts of the values of one part (hashes; only those above the lowest class)."""

    keys: Keys
    counts: np.ndarray
    bounds: tuple[int, ...]

    def classes(self, values: Keys) -> Small:
        """Rank values: 0 absent, 1 rare, 2 … more common."""
        ranks = np.append(1 + np.searchsorted(np.array(self.bounds), self.counts, side="left"), 1).astype(np.uint8)
        return np.where(values == 0, np.uint8(0), ranks[looked_up(self.keys, values.astype(np.uint64, copy=False))])


@dataclass(frozen=True)
class Weights:
    """What agreement is worth, in bits: base, one table per comparison, one per pair of comparisons that interact."""

    base: float
    main: dict[str, Floats]
    cross: dict[tuple[str, str], Floats] = field(default_factory=dict)
    m: dict[str, Floats] = field(default_factory=dict)
    u: dict[str, Floats] = field(default_factory=dict)
    """Shares of every level among matches (m) and non-matches (u), for the report."""

    def scaled(self, shift: float, scale: float) -> Weights:
        """Give calibrated weights: all times `scale`, the base moved by `shift` bits, rounded so that sums stay exact."""
        return replace(
            self,
            base=float(rounded(np.array([shift + scale * self.base]))[0]),
            main={name: rounded(scale * table) for name, table in self.main.items()},
            cross={pair: rounded(scale * table) for pair, table in self.cross.items()},
        )


@dataclass(frozen=True)
class Model:
    """One model version: declaration, frequencies, narrowed blocks, weights and thresholds, frozen together."""

    spec: Spec
    weights: Weights
    frequency: dict[str, FrequencyTable] = field(default_factory=dict)
    narrowed: dict[str, tuple[Keys, ...]] = field(default_factory=dict)
    """Per pass: keys of blocks narrowed by the first, second … narrowing part; the last list is closed altogether."""
    number: Floats | None = None
    """Bits of the number's levels, by class of birth dates and names: shape (9, levels)."""
    placing: Weights | None = None
    """Bits for placing a record or a person with a person, learned from the model's own first clusters; None where numbers teach."""
    certain: float = 0.995
    fitted: dict[str, Any] = field(default_factory=dict)
    """How the version was made and what it promises: records, labelled pairs, expected precision and recall by threshold."""
    key: bytes = b""
    """Secret mixed into every hash; never serialised."""

    @property
    def seed(self) -> int:
        """Seed of every hash."""
        return seed_of(self.key)

    @cached_property
    def version(self) -> str:
        """Name of this version: a hash of everything in it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Serialise without the secret key."""
        return json.dumps(
            {
                "engine": ENGINE,
                "seed_check": _seed_check(self.seed),
                "spec": self.spec.model_dump(mode="json"),
                "weights": _weights_out(self.weights),
                "frequency": {k: {"keys": _pack(t.keys), "counts": _pack(t.counts.astype(np.uint32)), "bounds": t.bounds} for k, t in self.frequency.items()},
                "narrowed": {k: [_pack(keys) for keys in lists] for k, lists in self.narrowed.items()},
                "number": None if self.number is None else self.number.tolist(),
                "placing": None if self.placing is None else _weights_out(self.placing),
                "certain": self.certain,
                "fitted": self.fitted,
            },
            sort_keys=True,
            ensure_ascii=False,
        )

    @staticmethod
    def from_json(text: str, key: bytes = b"") -> Model:
        """Read a version back.  Raises FatalError when it was fitted with another key or by another engine."""
        raw = json.loads(text)
        if raw["engine"] != ENGINE:
            raise FatalError(f"matching model: engine {raw['engine']} fitted it, this is engine {ENGINE}; fit again with `hub model fit`")
        if raw["seed_check"] != _seed_check(seed_of(key)):
            raise FatalError("matching model: it was fitted with another secret key; use that key or fit again with `hub model fit`")
        return Model(
            spec=Spec.model_validate(raw["spec"]),
            weights=_weights_in(raw["weights"]),
            frequency={
                k: FrequencyTable(_unpack(t["keys"], np.uint64), _unpack(t["counts"], np.uint32).astype(np.int64), tuple(t["bounds"]))
                for k, t in raw["frequency"].items()
            },
            narrowed={k: tuple(_unpack(keys, np.uint64) for keys in lists) for k, lists in raw["narrowed"].items()},
            number=None if raw["number"] is None else np.array(raw["number"]),
            placing=None if raw["placing"] is None else _weights_in(raw["placing"]),
            certain=raw["certain"],
            fitted=raw["fitted"],
            key=key,
        )

    @property
    def placer(self) -> Model:
        """The model that compares whole persons; itself where it does so from the start."""
        if self.placing is None:
            return self
        rules = self.spec.rules.model_copy(update={"method": "person"})
        return replace(self, weights=self.placing, placing=None, spec=self.spec.model_copy(update={"rules": rules}))

    def with_certain(self, certain: float) -> Model:
        """Give the same model with another threshold."""
        return replace(self, certain=certain)


def _seed_check(seed: int) -> str:
    return hashlib.sha256(b"guiyi seed check" + seed.to_bytes(8, "little")).hexdigest()[:8]


def _pack(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _unpack(text: str, kind: Any) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def _weights_out(weights: Weights) -> dict[str, Any]:
    return {
        "base": weights.base,
        "main": {k: v.tolist() for k, v in weights.main.items()},
        "cross": {f"{a} × {b}": v.tolist() for (a, b), v in weights.cross.items()},
        "m": {k: v.tolist() for k, v in weights.m.items()},
        "u": {k: v.tolist() for k, v in weights.u.items()},
    }


def _weights_in(raw: dict[str, Any]) -> Weights:
    tables = {part: {k: np.array(v) for k, v in raw[part].items()} for part in ("main", "m", "u")}
    cross: dict[tuple[str, str], Floats] = {}
    for pair, table in raw["cross"].items():
        first, second = pair.split(" × ")
        cross[first, second] = np.array(table)
    return Weights(raw["base"], tables["main"], cross, tables["m"], tables["u"])
