"""Every column of the mart is described in both languages and traced to the departments' own columns."""

from __future__ import annotations

from hub.settings import REPO
from mappings.load import load_sources
from warehouse import dictionary
from warehouse.db import Connection

SOURCES = load_sources(REPO / "mappings" / "sources")[0]
HAS = """
select c.relname, a.attname, obj_description(c.oid), col_description(c.oid, a.attnum) from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped where c.relnamespace = 'mart'::regnamespace order by 1, a.attnum"""


def test_every_column_is_described_in_both_languages_and_traced(connection: Connection) -> None:
    known = dictionary.relations()
    missing = []
    for relation, column, table_comment, comment in connection.execute(HAS):
        described = {one.name: one for one in known[relation.removesuffix("_as_known")].columns}.get(column)
        if described is None or comment != f"{described.en} / {described.zh}" or not table_comment:
            missing.append(f"{relation}.{column}: no comment with `-- from` or `-- made:`")
        elif not (described.made or all(dictionary.source_columns(origin, SOURCES) for origin in described.origins)):
            missing.append(f"{relation}.{column}: no department gives it")
        elif not any("一" <= character <= "鿿" for character in described.zh):
            missing.append(f"{relation}.{column}: not in Chinese")
    assert missing == []


def test_the_dictionary_names_nothing_that_is_not_there(connection: Connection) -> None:
    there = {(relation, column) for relation, column, _, _ in connection.execute(HAS)}
    told = {(one.name, column.name) for one in dictionary.relations().values() for column in one.columns}
    assert told <= there


def test_a_column_leads_to_the_columns_of_each_department() -> None:
    [column] = [column for column in dictionary.relations()["contribution"].columns if column.name == "base_amount"]
    found = [(each.source, each.stream, each.columns) for origin in column.origins for each in dictionary.source_columns(origin, SOURCES)]
    assert found == [("pension", "ac43", ("aae180",)), ("tax", "lines", ("缴费工资",))]
    assert {column.codes for column in dictionary.relations()["person"].columns if column.name in ("sex_code", "area_code")} == {"GB/T 2261.1", "GB/T 2260"}
