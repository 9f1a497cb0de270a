"""The API for programs: JSON for a token with the scope, the same functions as pages and commands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from console import gate
from warehouse import accounts_rights, accounts_tokens, audit, ledger
from warehouse.db import connect

router = APIRouter(prefix="/api")
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/account")
def account(request: Request) -> dict[str, Any]:
    """Give whose token this is and what they may."""
    owner = gate.who(request).account
    with connect() as connection:
        rights = [right for right in accounts_rights.rights(connection, owner) if right.decision == "approve"]
        tokens = accounts_tokens.tokens(connection, owner)
    return {
        "account": owner,
        "rights": [{"role": right.role, "areas": right.areas, "lines": right.lines} for right in rights],
        "tokens": [{"label": token.label, "scopes": token.scopes, "expires_at": token.expires_at} for token in tokens],
    }


@router.get("/ledger")
def read_ledger(source: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,60}$")] = None) -> list[dict[str, Any]]:
    """Give the ledger of every batch, or of one source's."""
    with connect() as connection:
        return [vars(line) for line in ledger.lines(connection, source=source)]


@router.get("/audit")
def read_audit(
    request: Request,
    actor: Annotated[str | None, Query(pattern=r"^[a-z][\w:.-]{0,60}$")] = None,
    action: Annotated[str | None, Query(pattern=r"^[a-z_.]{1,60}$")] = None,
    limit: Limit = 100,
) -> list[dict[str, Any]]:
    """Give entries of the audit trail, the latest first; that it was read is an entry too."""
    with connect() as connection:
        found = audit.read(connection, actor=actor, action=action, limit=limit)
        audit.record(connection, gate.who(request).account, "audit.read", "trail", entries=len(found))
    return [vars(entry) for entry in found]
