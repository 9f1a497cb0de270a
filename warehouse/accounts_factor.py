"""The second factor: time-based codes (TOTP, RFC 6238), each taken once, and recovery codes for a lost device."""

from __future__ import annotations

import hashlib
import secrets
import time

import pyotp

from hub import crypto
from hub.errors import RefusedError
from warehouse import audit
from warehouse.db import Connection, query
from warehouse.reseal import totp_context

STEP = 30
CODES = 10
ISSUER = "Guiyi"


def begin(connection: Connection, name: str) -> str:
    """Make a secret for an account that has no confirmed factor and give the `otpauth:` address of its code; it counts once confirmed."""
    row = connection.execute(query("account.get"), {"name": name}).fetchone()
    if row is None or row[6] is not None:
        raise RefusedError(f"account {name}: has a second factor; a security administrator can reset it")
    secret = pyotp.random_base32()
    connection.execute(query("account.set_totp"), {"name": name, "totp": crypto.seal([secret], totp_context(name))[0]})
    return address(name, secret)


def pending(connection: Connection, name: str) -> str | None:
    """Give the address of a secret that waits to be confirmed, or None."""
    row = connection.execute(query("account.get"), {"name": name}).fetchone()
    if row is None or row[4] is None or row[6] is not None:
        return None
    return address(name, crypto.unseal([row[4]], totp_context(name))[0] or "")


def address(name: str, secret: str) -> str:
    """Give the address an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def confirm(connection: Connection, name: str, code: str) -> list[str] | None:
    """Take the first code of a new factor and give the recovery codes, shown once; None when the code is wrong."""
    if pending(connection, name) is None or not check(connection, name, code):
        return None
    codes = [_grouped(secrets.token_hex(10)) for _ in range(CODES)]
    connection.execute(query("account.forget_codes"), {"name": name})
    for one in codes:
        connection.execute(query("account.add_code"), {"name": name, "hash": _hash(one)})
    audit.record(connection, name, "factor.confirm", name)
    return codes


def check(connection: Connection, name: str, code: str) -> bool:
    """Say whether a code is right and take it: the same code, or an older one, is refused from then on."""
    code = code.replace(" ", "")
    row = connection.execute(query("account.get"), {"name": name}).fetchone()
    if row is None or row[4] is None:
        return False
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return row[6] is not None and connection.execute(query("account.use_code"), {"name": name, "hash": _hash(code)}).fetchone() is not None
    totp, now = pyotp.TOTP(crypto.unseal([row[4]], totp_context(name))[0] or ""), int(time.time()) // STEP
    for step in (now, now - 1, now + 1):  # a clock may be half a minute off
        if secrets.compare_digest(totp.generate_otp(step), code):
            return connection.execute(query("account.use_step"), {"name": name, "step": step}).fetchone() is not None
    return False


def reset(connection: Connection, name: str, author: str) -> None:
    """Forget the factor of an account, so that its owner sets up another at the next sign-in."""
    if connection.execute(query("account.forget_factor"), {"name": name}).rowcount != 1:
        raise RefusedError(f"account {name}: not known; `hub user list` shows who is")
    connection.execute(query("account.forget_codes"), {"name": name})
    connection.execute(query("account.end_sessions"), {"account": name, "hash": b""})
    audit.record(connection, author, "factor.reset", name)


def codes_left(connection: Connection, name: str) -> int:
    """Count the recovery codes not used yet."""
    [(left,)] = connection.execute(query("account.codes_left"), {"name": name}).fetchall()
    return int(left)


def _grouped(text: str) -> str:
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.replace("-", "").strip().lower().encode("utf-8", "replace")).digest()
