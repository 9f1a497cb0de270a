"""The mart (`warehouse/views/*.sql`): made again after every migration and whenever a file changed, so that it follows tables and files.

A file may write `{known t}` for "row t is in force", `{key n}` for the project's key of person number n, `{secret}` for what
keys are made with, `{codes}` and `{divisions}` for lists, `{instant}` for the time asked about.  A file that does is made twice: `mart.x` as it stands now and
`mart.x_as_known` as it stood at the time a session sets as `mart.known_at` (now, when it sets none).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import sqlalchemy as sa

from mappings.canonical import CODES
from mappings.divisions import divisions

VIEWS = Path(__file__).parent / "views"
GRANTS = Path(__file__).parent / "grants.sql"
"""Functions the console calls stand there: a warehouse of an earlier version gets them without a migration."""
KEYED = "(select j.secret from access.project j join access.analyst a using (project) where a.role = session_user)"
INSTANT = "(select coalesce(nullif(current_setting('mart.known_at', true), '')::timestamptz, now()))"
COMMENT = "what analysts see: no identifiers"


def rebuild(connection: sa.Connection) -> None:
    """Make schema `mart` anew from the files, in the order of their names, in the caller's transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(f"drop schema if exists mart cascade; create schema mart; comment on schema mart is '{_mark()}'")
    for path in files():
        for text in statements(path):
            cursor.execute(text)


def is_current(connection: sa.Connection) -> bool:
    """Tell whether schema `mart` was made, and rights were given, from the files as they are."""
    return connection.execute(sa.text("select obj_description(to_regnamespace('mart'), 'pg_namespace')")).scalar() == _mark()


def files() -> list[Path]:
    """Give the files of the views in the order they are made."""
    return sorted(VIEWS.glob("*.sql"))


def statements(path: Path) -> list[str]:
    """Give the statements of one file: for now, and where it asks for a time, as known."""
    text = path.read_text(encoding="utf-8")
    now = _filled(text, r"\1.known_to = 'infinity'", "now()")
    if not re.search(r"\{known |\{instant\}", text):
        return [now]
    then = _filled(text, rf"\1.known_from <= {INSTANT} and \1.known_to > {INSTANT}", INSTANT)
    return [now, re.sub(r"(create view |on view |on column )mart\.(\w+)", r"\1mart.\2_as_known", then)]


def _filled(text: str, known: str, instant: str) -> str:
    text = re.sub(r"\{known (\w+)\}", known, text).replace("{instant}", instant)
    text = re.sub(r"\{key ([\w.]+)\}", r"case when \1 <> 0 then encode(substr(sha256({secret} || int4send(\1)), 1, 10), 'hex') end", text)
    codes = ", ".join(f"('{system}', '{code}', '{name}')" for system, codes in CODES.items() for code, name in codes.items())
    return text.replace("{secret}", KEYED).replace("{codes}", codes).replace("{divisions}", _divisions())


def _divisions() -> str:
    """Give the named divisions as rows of SQL."""
    rows = [(code, *names) for code, names in divisions().items()]
    return ", ".join("(" + ", ".join("'" + value.replace("'", "''") + "'" for value in row) + ")" for row in rows)


def _mark() -> str:
    made = "".join(text for path in files() for text in statements(path)) + GRANTS.read_text(encoding="utf-8")
    digest = hashlib.sha256(made.encode()).hexdigest()
    return f"{COMMENT} [{digest[:12]}]"
