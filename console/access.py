"""Who may call each endpoint: one table, held against every route when the console starts.

`public` anybody · `begun` a session, also one that lacks a factor or an own password · `ready` a whole one ·
`role:steward cross_area` a whole one whose account holds one of the roles ·
`proven` a whole one with the password given in the last minutes, `proven:steward` also with one of these roles ·
`token:scope` a program with an API token, `token:scope steward` whose owner holds one of these roles.
Each area has a table of its own; `WHO` is all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi.routing import APIRoute

from hub.errors import ConfigError

Table = dict[tuple[str, str], str]
STEWARD, ENGINEER, DESK = "role:steward cross_area", "role:engineer", "role:steward cross_area engineer"

ACCOUNT: Table = {
    ("GET", "/"): "public",
    ("GET", "/health"): "public",
    ("GET", "/static/{name}"): "public",
    ("GET", "/sign-in"): "public",
    ("POST", "/sign-in"): "public",
    ("GET", "/second-factor"): "begun",
    ("POST", "/second-factor"): "begun",
    ("POST", "/sign-out"): "begun",
    ("GET", "/account/password"): "begun",
    ("POST", "/account/password"): "begun",
    ("GET", "/account/factor"): "begun",
    ("POST", "/account/factor"): "begun",
    ("GET", "/account"): "ready",
    ("POST", "/account/look"): "ready",
    ("GET", "/account/proof"): "ready",
    ("POST", "/account/proof"): "ready",
    ("GET", "/account/sessions"): "ready",
    ("POST", "/account/sessions/end"): "ready",
    ("GET", "/account/tokens"): "ready",
    ("POST", "/account/tokens"): "proven",
    ("POST", "/account/tokens/{token_id}/revoke"): "ready",
}

PROGRAMS: Table = {
    ("GET", "/api/account"): "token:account",
    ("GET", "/api/ledger"): "token:ledger",
    ("GET", "/api/audit"): "token:audit auditor",
}

_LOADS, _ROWS = "token:loads steward cross_area engineer", "token:quarantine steward cross_area engineer"
_PERSONS, _CASES, _VERDICTS = (f"token:{scope} steward cross_area" for scope in ("persons", "cases", "verdicts"))
API: Table = {
    ("GET", "/api/v1/openapi.json"): "public",
    ("POST", "/api/v1/known"): _PERSONS,
    ("POST", "/api/v1/persons/search"): _PERSONS,
    ("GET", "/api/v1/persons/{person_id}"): _PERSONS,
    ("GET", "/api/v1/persons/{person_id}/life"): _PERSONS,
    ("GET", "/api/v1/persons/{person_id}/history"): _PERSONS,
    ("POST", "/api/v1/persons/{person_id}/open"): _PERSONS,
    ("POST", "/api/v1/persons/merge"): _VERDICTS,
    ("POST", "/api/v1/persons/{person_id}/split"): _VERDICTS,
    ("POST", "/api/v1/persons/{person_id}/move"): _VERDICTS,
    ("POST", "/api/v1/persons/{person_id}/pins"): _VERDICTS,
    ("POST", "/api/v1/persons/{person_id}/pins/{pin_id}/end"): _VERDICTS,
    ("GET", "/api/v1/cases"): _CASES,
    ("GET", "/api/v1/cases/{case_id}"): _CASES,
    ("POST", "/api/v1/cases/{case_id}/claim"): _CASES,
    ("POST", "/api/v1/cases/{case_id}/release"): _CASES,
    ("GET", "/api/v1/cases/{case_id}/preview"): _CASES,
    ("POST", "/api/v1/cases/{case_id}/verdict"): _VERDICTS,
    ("GET", "/api/v1/lists"): _CASES,
    ("POST", "/api/v1/lists"): _CASES,
    ("POST", "/api/v1/lists/{list_id}/drop"): _CASES,
    ("GET", "/api/v1/rules"): _CASES,
    ("GET", "/api/v1/proposals"): _VERDICTS,
    ("POST", "/api/v1/proposals/{proposal_id}/approve"): _VERDICTS,
    ("POST", "/api/v1/proposals/{proposal_id}/refuse"): _VERDICTS,
    ("GET", "/api/v1/acts"): _VERDICTS,
    ("POST", "/api/v1/acts/{act_id}/undo"): _VERDICTS,
    ("GET", "/api/v1/samples"): _VERDICTS,
    ("POST", "/api/v1/samples"): _VERDICTS,
    ("POST", "/api/v1/bulk"): _VERDICTS,
    ("GET", "/api/v1/loads"): _LOADS,
    ("GET", "/api/v1/loads/{source}"): _LOADS,
    ("GET", "/api/v1/batches/{batch_id}"): _LOADS,
    ("POST", "/api/v1/batches/{batch_id}/decision"): "token:loads engineer",
    ("GET", "/api/v1/decisions"): _LOADS,
    ("GET", "/api/v1/codes"): _LOADS,
    ("POST", "/api/v1/codes"): "token:loads engineer",
    ("GET", "/api/v1/quarantine"): _ROWS,
    ("GET", "/api/v1/quarantine/{source}/{name}"): _ROWS,
    ("GET", "/api/v1/quarantine/rows/{batch_id}/{row_number}"): _ROWS,
    ("POST", "/api/v1/quarantine/{source}/{name}/repairs"): "token:quarantine steward cross_area",
    ("POST", "/api/v1/quarantine/{source}/replay"): _ROWS,
    ("GET", "/api/v1/repairs"): _ROWS,
    ("POST", "/api/v1/repairs/{plan_id}/decision"): "token:quarantine steward cross_area",
}

CASES: Table = {
    ("GET", "/cases"): STEWARD,
    ("POST", "/cases/find"): STEWARD,
    ("POST", "/cases/next"): STEWARD,
    ("POST", "/cases/{case_id}/claim"): STEWARD,
    ("POST", "/cases/{case_id}/release"): STEWARD,
    ("POST", "/cases/{case_id}/route"): STEWARD,
    ("POST", "/cases/undo"): STEWARD,
    ("GET", "/cases/{case_id}"): STEWARD,
    ("POST", "/cases/{case_id}/verdict"): STEWARD,
    ("POST", "/cases/{case_id}/second"): STEWARD,
    ("POST", "/cases/{case_id}/open"): STEWARD,
    ("POST", "/cases/{case_id}/pins"): STEWARD,
    ("POST", "/cases/{case_id}/pins/{pin_id}"): STEWARD,
    ("GET", "/cases/{case_id}/part"): STEWARD,
    ("POST", "/cases/{case_id}/part"): STEWARD,
    ("POST", "/cases/lists"): STEWARD,
    ("POST", "/cases/lists/{list_id}/drop"): STEWARD,
    ("GET", "/cases/bulk"): STEWARD,
    ("POST", "/cases/bulk/draw"): STEWARD,
    ("POST", "/cases/bulk/look"): STEWARD,
    ("POST", "/cases/bulk/propose"): STEWARD,
}

PERSONS: Table = {
    ("GET", "/persons"): STEWARD,
    ("POST", "/persons"): STEWARD,
    ("GET", "/persons/proposals"): STEWARD,
    ("POST", "/persons/proposals/{proposal_id}"): STEWARD,
    ("GET", "/persons/{person_id}"): STEWARD,
    ("POST", "/persons/{person_id}/open"): STEWARD,
    ("GET", "/persons/{person_id}/rows/{at}"): STEWARD,
    ("POST", "/persons/{person_id}/rows/{at}"): STEWARD,
    ("GET", "/persons/{person_id}/part"): STEWARD,
    ("POST", "/persons/{person_id}/part"): STEWARD,
    ("POST", "/persons/{person_id}/pins"): STEWARD,
    ("POST", "/persons/{person_id}/pins/{pin_id}"): STEWARD,
    ("POST", "/persons/{person_id}/acts/{act_id}/undo"): STEWARD,
}

QUARANTINE: Table = {
    ("GET", "/quarantine"): DESK,
    ("GET", "/quarantine/pattern/{source}/{name}"): DESK,
    ("POST", "/quarantine/pattern/{source}/{name}/try"): STEWARD,
    ("POST", "/quarantine/pattern/{source}/{name}/propose"): STEWARD,
    ("GET", "/quarantine/repair/{plan_id}"): DESK,
    ("POST", "/quarantine/repair/{plan_id}/decide"): STEWARD,
    ("GET", "/quarantine/row/{batch_id}/{row_number}"): DESK,
    ("POST", "/quarantine/row/{batch_id}/{row_number}/open"): STEWARD,
    ("POST", "/quarantine/row/{batch_id}/{row_number}/try"): STEWARD,
    ("POST", "/quarantine/row/{batch_id}/{row_number}/repair"): STEWARD,
    ("POST", "/quarantine/replay/{source}"): DESK,
    ("GET", "/quarantine/list/{source}"): DESK,
}

LOADS: Table = {
    ("GET", "/loads"): DESK,
    ("GET", "/airflow"): DESK,
    ("GET", "/loads/{source}"): DESK,
    ("GET", "/loads/{source}/mapping.yml"): ENGINEER,
    ("GET", "/loads/{source}/{batch_id}"): DESK,
    ("POST", "/loads/{source}/{batch_id}/decide"): ENGINEER,
    ("POST", "/loads/{source}/{batch_id}/resume"): ENGINEER,
    ("POST", "/loads/{source}/run"): ENGINEER,
    ("POST", "/loads/{source}/backfill"): ENGINEER,
    ("POST", "/loads/{source}/pause"): ENGINEER,
    ("POST", "/loads/{source}/rerun"): ENGINEER,
    ("POST", "/loads/{source}/codes"): ENGINEER,
}

ANALYSIS: Table = {
    ("GET", "/analysis"): "ready",
    ("GET", "/analysis/answer/{name}"): "ready",
    ("POST", "/analysis/answer/{name}"): "ready",
    ("POST", "/analysis/answer/{name}/download"): "ready",
    ("POST", "/analysis/answer/{name}/hand-over"): "ready",
    ("GET", "/analysis/dictionary"): "ready",
    ("GET", "/analysis/dictionary/{name}"): "ready",
    ("GET", "/analysis/sql"): "ready",
    ("POST", "/analysis/sql"): "ready",
    ("GET", "/analysis/handed"): "ready",
    ("POST", "/analysis/handed"): "ready",
    ("GET", "/analysis/cases"): STEWARD,
    ("GET", "/analysis/cases/{case_no}"): STEWARD,
    ("POST", "/analysis/cases/{case_no}/open"): STEWARD,
    ("POST", "/analysis/cases/{case_no}/close"): STEWARD,
}

SECURITY: Table = {
    ("GET", "/security"): "role:security auditor",
    ("POST", "/security/alerts/{alert_id}/settle"): "role:security",
}

WHO: Table = {**ACCOUNT, **PROGRAMS, **API, **CASES, **PERSONS, **QUARANTINE, **LOADS, **ANALYSIS, **SECURITY}


@dataclass(frozen=True)
class Rule:
    """One line of the table, read: level, scope of a token, and the roles of which one is needed (none: anybody at that level)."""

    level: str
    scope: str
    roles: frozenset[str]


def rule(method: str, path: str) -> Rule:
    """Give who may call an endpoint."""
    level, _, rest = WHO[method, path].partition(":")
    words = rest.split()
    if level == "token":
        return Rule(level, words[0], frozenset(words[1:]))
    return Rule("ready" if level == "role" else level, "", frozenset(words))


def endpoints(routes: Iterable[object]) -> set[tuple[str, str]]:
    """Give method and path of every endpoint."""
    return {(method, route.path) for route in routes if isinstance(route, APIRoute) for method in route.methods}


def check(routes: Iterable[object]) -> None:
    """Refuse to start with an endpoint nobody decided about, or a line about none."""
    known = endpoints(routes)
    if missing := sorted(known - WHO.keys()):
        raise ConfigError(f"console/access.py: {' '.join(missing[0])} is not in the table; say there who may call it")
    if left_over := sorted(WHO.keys() - known):
        raise ConfigError(f"console/access.py: {' '.join(left_over[0])} is no endpoint; take it out")
