"""One warehouse a module, one small hub for the pages of quarantine and loads; see there."""

from tests.console.flow_office import built, office
from tests.warehouse.shared import database, warehouse

__all__ = ["built", "database", "office", "warehouse"]
