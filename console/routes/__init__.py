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
    overview,
    persons,
    programs,
    quarantine,
)

MODULES = (account, analysis, api_cases, api_flow, api_persons, api_verdicts, assets, case, cases, loads, overview, persons, programs, quarantine)
ROUTERS = tuple(module.router for module in MODULES)
