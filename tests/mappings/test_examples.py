from __future__ import annotations

import pytest

from mappings.examples import run_examples
from tests.mappings.factory import declare, person, stream

GIVEN = {"stream": "rows", "given": {"no": "1", "xm": "王芳", "csrq": "1980年1月"}}


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ({"expect": {"person_record": {"name": "王芳", "birth_date": "1980-01"}}}, []),
        ({"expect": {"person_record": {"birth_date": "1980-01-01"}}}, ['for person_record.birth_date expected "1980-01-01" but got "1980-01"']),
        ({"expect": {"person_record": {"phone": "1"}}}, ['for person_record.phone expected "1" but got nothing']),
        ({"expect": {"person_record": None}}, ["for person_record expected no record but got one"]),
        ({"problems": ["name_missing"]}, ["for problems expected name_missing but got none"]),
        ({"findings": ["id_junk"]}, ["for findings expected id_junk too but got none"]),
        ({"scope": "old"}, ['for scope expected "old" but got nothing']),
    ],
)
def test_a_difference_is_told_in_words(example: dict[str, object], said: list[str]) -> None:
    source = declare(stream(person(birth_date={"date": "csrq"})), examples=[{**GIVEN, **example}])
    assert run_examples(source) == [f"clinic.yml: examples[0]: {line}" for line in said]


def test_parts_are_told_apart() -> None:
    parts = [{**person(), "part": "a"}, {"entity": "person_record", "part": "b", "fields": {"name": {"name": "csrq"}}}]
    expect = {"person_record#a": {"name": "王芳"}, "person_record#b": {"name": "乙", "source_key": "1#b"}}
    assert run_examples(declare(stream(*parts), examples=[{**GIVEN, "expect": expect}])) == [
        'clinic.yml: examples[0]: for person_record#b.name expected "乙" but got "1980年1月"'
    ]
