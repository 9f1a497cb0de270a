"""Every page and endpoint: one module an area, each with its own `router`; a new module takes a line here."""

from console.routes import (
    account,
    analysis,
    api_cases,
    api_flow,
    api_persons,
    api_verdicts,
    assets,
    case,
    cases,
    loads,
    loads_acts,
    overview,
    person_acts,
    persons,
    programs,
    proposals,
    quarantine,
    quarantine_repair,
    quarantine_row,
    security,
)

MODULES = (
    account,
    analysis,
    api_cases,
    api_flow,
    api_persons,
    api_verdicts,
    assets,
    case,
    cases,
    loads,
    loads_acts,
    overview,
    proposals,
    persons,
    person_acts,
    programs,
    quarantine,
    quarantine_repair,
    quarantine_row,
    security,
)
"""In this order: `/persons/proposals` before `/persons/{person_id}`."""
ROUTERS = tuple(module.router for module in MODULES)
