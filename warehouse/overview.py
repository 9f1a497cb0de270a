"""What waits for one person now, and what was decided over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.db import Connection, query


@dataclass(frozen=True)
class Mine:
    """One steward's own work today."""

    decided: int
    undone: int
    held: int
    lease_ends: datetime | None
    to_check: int
    """acts of others that wait for a second person"""
    oldest_to_check: datetime | None
    proposed: int
    """own acts that wait for a second person"""


@dataclass(frozen=True)
class Verdicts:
    """Verdicts of one day."""

    day: str
    same: int
    different: int
    open: int
    """unsure, or documents asked for"""

    @property
    def total(self) -> int:
        """All of them."""
        return self.same + self.different + self.open


def mine(connection: Connection, account: str) -> Mine:
    """Give what a steward did today and what waits for them."""
    [row] = connection.execute(query("overview.mine"), {"account": account}).fetchall()
    return Mine(*row)


def verdicts(connection: Connection, days: int = 30) -> list[Verdicts]:
    """Count verdicts by day, every day of the last `days` once."""
    return [Verdicts(*row) for row in connection.execute(query("overview.verdicts"), {"days": days})]


def repairs_to_check(connection: Connection, account: str) -> tuple[int, int]:
    """Count bulk repairs that wait for this person's approval, and their rows."""
    [row] = connection.execute(query("overview.plans"), {"account": account}).fetchall()
    return int(row[0]), int(row[1])
