"""Judges partitions of records by the truth, in plain Python and apart from the engine: shares no code with `matching` or `county`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@dataclass(frozen=True)
class Score:
    """Pairs of records that are one person: true, found, and both."""

    true: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are true."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that are found."""
        return self.both / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.both / (self.true + self.found) if self.true + self.found else 1.0


def pairwise(found: Mapping[str, str], truth: Mapping[str, str]) -> Score:
    """Compare two partitions (record -> cluster, record -> person) of the same records by the pairs they join.

    Raises ValueError when they do not speak of the same records.
    """
    if found.keys() != truth.keys():
        raise ValueError(f"{len(found.keys() ^ truth.keys())} records are in one partition only")
    return Score(_pairs(truth.values()), _pairs(found.values()), _pairs((found[record], truth[record]) for record in truth))


def b_cubed(found: Mapping[str, str], truth: Mapping[str, str]) -> float:
    """Harmonic mean of B³ precision and recall (Bagga and Baldwin 1998)."""
    both = Counter((found[record], truth[record]) for record in truth)
    clusters, persons = Counter(found.values()), Counter(truth.values())
    precision = sum(n * n / clusters[cluster] for (cluster, _), n in both.items()) / max(len(truth), 1)
    recall = sum(n * n / persons[person] for (_, person), n in both.items()) / max(len(truth), 1)
    return 2 * precision * recall / (precision + recall) if precision + recall else 1.0


def reviewed(found: Mapping[str, str], truth: Mapping[str, str], cases: Iterable[tuple[str, str]]) -> Score:
    """Score what is left when a steward answers every listed pair of records rightly: the two clusters are joined where the records are one person."""
    parent = {cluster: cluster for cluster in found.values()}

    def root(cluster: str) -> str:
        while parent[cluster] != cluster:
            cluster = parent[cluster]
        return cluster

    for left, right in cases:
        if truth[left] == truth[right]:
            first, second = sorted((root(found[left]), root(found[right])))
            parent[second] = first
    return pairwise({record: root(cluster) for record, cluster in found.items()}, truth)


def numbers_apart(found: Mapping[str, str], numbers: Mapping[str, tuple[str | None, str | None, str | None]]) -> int:
    """Count clusters that hold two different valid, self-consistent citizen numbers; numbers: record -> (number, birth date, sex)."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    for record, (number, born, sex) in numbers.items():
        if (sound := sound_number(number, born, sex)) is not None:
            held[found[record]].add(sound)
    return sum(1 for sounds in held.values() if len(sounds) > 1)


def sound_number(number: str | None, born: str | None, sex: str | None) -> str | None:
    """Give a number's 18-character form where check and date hold and the record's own full birth date and sex agree with it, else None."""
    plain = (number or "").strip().upper()
    if len(plain) == 15 and plain.isdigit():
        plain = f"{plain[:6]}19{plain[6:]}"
        plain += _check(plain)
    day = "".join(c for c in born or "" if c.isdigit())
    if len(plain) != 18 or not plain[:17].isascii() or not plain[:17].isdigit() or plain[17] != _check(plain) or len(day) != 8 or plain[6:14] != day:
        return None
    return None if sex in ("1", "2") and (int(plain[16]) % 2 == 1) != (sex == "1") else plain


def _check(digits: str) -> str:
    return _CHECKS[sum(int(d) * w for d, w in zip(digits[:17], _WEIGHTS, strict=True)) % 11]


def _pairs(groups: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())
