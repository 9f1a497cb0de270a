"""Every page and endpoint: one module an area, each with its own `router`; a new module takes a line here."""

from console.routes import account, assets, loads, overview, programs, quarantine

MODULES = (assets, account, loads, overview, programs, quarantine)
ROUTERS = tuple(module.router for module in MODULES)
