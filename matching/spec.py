"""`Spec`: a matching model as declared in YAML, validated with every problem at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import ConfigErrors


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column of the records and how its values are read."""

    type: Literal["han_name", "citizen_number", "date", "phone", "address", "employer", "code", "sex", "text", "person_name", "digits"]
    birth_date: str | None = None
    sex: str | None = None


class Frequency(_Strict):
    """A part whose common values say less: `classes` are the counts above which a value is one class more common."""

    part: str
    of: str | None = None
    """Count distinct values of this part instead of records."""
    classes: tuple[int, ...]


class Pass(_Strict):
    """One blocking pass: records with equal keys meet; `a|b` takes either part; `where` restricts to values of a rank."""

    keys: tuple[str, ...]
    where: dict[str, int] = Field(default_factory=dict)
    narrow: tuple[str, ...] = ()
    limit: int = 80

    @property
    def name(self) -> str:
        """The pass as a steward or engineer reads it."""
        rare = "".join(f" [{part} ≤ {rank}]" for part, rank in self.where.items())
        return " + ".join(self.keys) + rare

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part the pass reads."""
        return (*(part for key in self.keys for part in key.split("|")), *self.where, *self.narrow)


class Comparison(_Strict):
    """One comparison: which columns, by which comparator; prior shares of its levels may be given instead of the comparator's own."""

    name: str
    kind: str
    columns: tuple[str, ...]
    m: dict[str, float] = Field(default_factory=dict)
    u: dict[str, float] = Field(default_factory=dict)


class Rules(_Strict):
    """How clusters are made and graded."""

    method: Literal["person", "linkage"] = "person"
    prior_bits: float = -8.0
    """Weight of a pair before any evidence, where nothing can be learned."""
    floor: float = -2.0
    """Pairs below this weight (bits) are no candidates."""
    certain: float = 0.995
    possible: float = 0.5
    precision: float = 0.9995
    """Precision of certain placements aimed at when the threshold can be learned."""


class Spec(_Strict):
    """A matching model as declared: columns, passes, comparisons, rules."""

    model: str
    about: str = ""
    columns: dict[str, Column]
    teacher: str | None = None
    """Column whose valid, self-consistent numbers label pairs and forbid joins."""
    frequency: tuple[Frequency, ...] = ()
    passes: tuple[Pass, ...]
    comparisons: tuple[Comparison, ...]
    rules: Rules = Rules()

    def uses_teacher(self, blocking: Pass) -> bool:
        """Say whether a pass looks at the teaching number."""
        return self.teacher is not None and any(part.startswith(f"{self.teacher}.") for key in blocking.keys for part in key.split("|"))


def load_spec(path: Path | None = None) -> Spec:
    """Read a declaration; without a path, the built-in one for Chinese person records.  Raises ConfigErrors naming every problem."""
    source = path.read_text(encoding="utf-8") if path else resources.files("matching").joinpath("person.yml").read_text(encoding="utf-8")
    where = path.name if path else "person.yml"
    try:
        spec = Spec.model_validate(yaml.safe_load(source))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigErrors([f"{where}: line {mark.line + 1 if mark else '?'}: not valid YAML"]) from None
    except ValidationError as error:
        raise ConfigErrors([f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]) from None
    return spec
