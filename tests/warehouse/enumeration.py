"""Everything a login role reaches: each relation, column, function and comment the catalogue lets it, read; and a search of it for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg import sql

from tests.leaks import Needles

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·]{2,}")
SCHEMAS = "has_schema_privilege(c.relnamespace, 'usage')"
RELATIONS = f"""select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'v', 'm', 'p', 'f', 't') and {SCHEMAS}
    and has_any_column_privilege(c.oid, 'select')
    union all select c.oid::regclass::text from pg_class c
    where case when c.relkind = 'S' then {SCHEMAS} and has_sequence_privilege(c.oid, 'select') else false end"""
COLUMNS = """select quote_ident(attname) from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
    and has_column_privilege(a.attrelid, a.attnum, 'select')"""
FUNCTIONS = """select p.oid::regproc::text, array(select format_type(t, null) from unnest(p.proargtypes[0:p.pronargs - p.pronargdefaults - 1]) t)
    from pg_proc p where p.prokind = 'f' and has_function_privilege(p.oid, 'execute') and has_schema_privilege(p.pronamespace, 'usage')
    and p.prorettype <> all (array['trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype])
    and (p.pronargs = p.pronargdefaults or p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))"""
SOURCES = "select prosrc || coalesce(obj_description(oid, 'pg_proc'), '') from pg_proc union all select description from pg_description"
SAMPLES = {"date": "current_date", "timestamp with time zone": "now()", "text": "'330106'", "integer": "1", "bigint": "1", "text[]": "array['330106']"}


def reachable(url: str) -> list[str]:
    """Name the relations a role may read any column of."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(RELATIONS)]


def everything(url: str) -> Iterator[str]:
    """Give the text of every row and every function's answer the role gets."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set statement_timeout = 0")
        for relation in reachable(url):
            columns = sql.SQL(", ").join(sql.SQL(row[0]) for row in connection.execute(COLUMNS, [relation]).fetchall())
            yield from _texts(connection, sql.SQL("select row({})::text from {}").format(columns, sql.SQL(relation)))
        for function, types in connection.execute(FUNCTIONS).fetchall():
            arguments = sql.SQL(", ").join(sql.SQL(SAMPLES.get(one, "null")) for one in types)
            yield from _texts(connection, sql.SQL("select f::text from {}({}) f").format(sql.SQL(function), arguments))
        yield from _texts(connection, sql.SQL(SOURCES))


def _texts(connection: psycopg.Connection[Any], statement: sql.Composed | sql.SQL) -> list[str]:
    """Read one thing; where the server refuses after all, what it says is what the role learns."""
    try:
        return [row[0] for row in connection.execute(statement) if row[0]]
    except psycopg.Error as refused:
        if connection.broken or isinstance(refused, psycopg.errors.QueryCanceled):  # that is no refusal
            raise
        return [str(refused)]


def people_in(texts: Iterable[str], values: Iterable[str], names: Iterable[str], public: Iterable[str] = ()) -> list[str]:
    """Say where people show: numbers and phones in any disguise, full names within any text; places, no value.

    `public`: names of employers, whose characters may be somebody's name by chance (三和盛印务 holds 和盛).
    """
    needles, wanted = Needles(values), set(names)
    lengths = sorted({len(name) for name in wanted})
    whole = "\n".join(texts)
    found = [f"{hit.disguise} at {hit.offset}" for hit in needles.scan(whole.encode(), "texts")]
    found += ["a name in other letters" for name in wanted if len(name) > 4 and not HAN.search(name) and name in whole]
    for run in set(HAN.findall(whole)) - {run for name in public for run in HAN.findall(name)}:
        if any(run[at : at + length] in wanted for length in lengths for at in range(len(run) - length + 1)):
            found.append(f"a name within {len(run)} characters")
    return found
