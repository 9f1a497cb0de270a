"""One warehouse a module; see there."""

from tests.warehouse.shared import database, warehouse

__all__ = ["database", "warehouse"]
