"""Every page and endpoint: one module an area, each with its own `router`; a new module takes a line here."""

from console.routes import account, analysis, api_cases, api_flow, api_persons, api_verdicts, assets, loads, overview, persons, programs, quarantine

MODULES = (assets, account, analysis, programs, overview, loads, quarantine, persons, api_persons, api_cases, api_verdicts, api_flow)
ROUTERS = tuple(module.router for module in MODULES)
