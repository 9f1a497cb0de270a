"""Passwords: which are good enough (OWASP ASVS 5, 6.2), and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST, LONGEST = 12, 128
_BREACHED = frozenset(FREQUENCY_LISTS["passwords"])
_LOCAL = ("guiyi", "归一", "shebao", "woaini", "5201314", "1314520", "a123456", "qwe123", "zhongguo", "wodemima")
_STRONG = 3
"""zxcvbn's fourth of five grades: safely unguessable online."""
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_urlsafe())


def problems(password: str, account: str) -> list[tuple[str, str]]:
    """Give what is wrong with a password, English and Chinese; an empty list for a good one."""
    found = []
    if not SHORTEST <= len(password) <= LONGEST:
        found.append((f"between {SHORTEST} and {LONGEST} characters", f"长度应为 {SHORTEST} 到 {LONGEST} 个字符"))
    if account in password.lower():
        found.append(("without the name of the account", "不要包含账号名"))
    if _is_breached(password):
        found.append(("not one of those known from breaches", "不要使用已泄露的常见密码"))
    elif not found and (password.isdigit() or zxcvbn(password[:64], user_inputs=[account, *_LOCAL])["score"] < _STRONG):  # digits: a date, a number
        found.append(("harder to guess: four words that do not belong together do", "太容易猜到：四个互不相干的词就够强"))
    return found


def hashed(password: str) -> str:
    """Give what is kept of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Say whether this is the password; for an account that is not there it takes as long and is false."""
    try:
        return _hasher.verify(kept or _NOBODY, password[:LONGEST]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time() -> str:
    """Make a password for one use: 80 random bits in groups a person can type."""
    alphabet = "abcdefghjkmnpqrstvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def _is_breached(password: str) -> bool:
    text = password.lower()
    return text in _BREACHED or text.rstrip("0123456789!@#.?") in _BREACHED or text in _LOCAL
