"""Prepared cases: pairs of records that differ in one of twelve ways, with lives behind them, compared and weighed by a fitted model."""

from __future__ import annotations

import functools
import json
from datetime import date
from typing import Any

import numpy as np
import polars as pl

import county
from hub import crypto
from hub.pipeline import queue
from hub.pipeline.golden import golden_rows
from hub.pipeline.pairs import pair_rows
from hub.pipeline.placing import model_key
from hub.pipeline.resolve import PERSON
from mappings.numbers import check_character
from matching import Model, fit
from matching.compare import compare
from matching.score import score
from matching.standardise import standardise
from matching.types import Pairs
from warehouse import identity, models, pins
from warehouse.copy import copy_in
from warehouse.db import Connection
from warehouse.records import seal_context

SURNAMES = "陈郭韩任李古刘武孙高王赵周吴郑"
GIVEN = ("国芳", "秀兰", "志强", "冬冬", "建军", "晓燕", "玉林", "桂英", "春梅", "文莉", "海波", "俊杰", "丽华", "永刚", "雪晴")
HOMOPHONE = dict(zip("芳兰强冬军燕林英梅莉波杰华刚晴", "方蓝墙东君艳琳瑛枚丽玻洁骅钢情", strict=True))
WAYS = ("homophone", "two_numbers", "old_number", "slip", "day_month", "no_number", "no_phone", "note", "year", "sex", "spelling", "address")
AREA = "330106"
Record = dict[str, Any]


def number(born: str, sequence: int) -> str:
    first = f"{AREA}{born}{sequence:03d}"
    return first + check_character(first)


def couple(n: int) -> tuple[Record, Record]:
    """Two records of what may be one person; way n % 12 says how they differ."""
    born = date(1950 + n % 30, 1 + n % 12, 1 + (n * 5) % 12 if n % 12 == 4 else 1 + n % 28)
    text = born.strftime("%Y%m%d")
    own = number(text, 100 + n)
    sex = "1" if int(own[16]) % 2 else "2"
    left: Record = {
        "name": SURNAMES[n % 15] + GIVEN[(n // 2) % 15], "id_number": own, "sex_code": sex, "birth_date": born.isoformat(), "ethnic_code": "01",
        "phone": f"138{n:08d}", "address": f"杭州市西湖区文三路{n + 1}号{1 + n % 9}幢{100 + n % 700}室", "area_code": AREA,
        "employer_name": f"西湖第{1 + n % 20}纺织厂",
        "former_name": None,
    }  # fmt: skip
    right = left | {"phone": None, "address": None, "employer_name": None, "ethnic_code": None}
    if n % 2:
        right["birth_date"] = left["birth_date"][:7]
    way = WAYS[n % 12]
    if way == "homophone":
        right |= {"name": left["name"][:-1] + HOMOPHONE[left["name"][-1]], "id_number": None}
    elif way == "two_numbers":
        other = date(born.year, born.month, 29 - born.day)
        right |= {"id_number": number(other.strftime("%Y%m%d"), 300 + n), "birth_date": other.isoformat()}
    elif way == "old_number":
        right |= {"id_number": own[:6] + own[8:17], "name": left["name"][0] + "某", "phone": None}
    elif way == "slip":
        right |= {"id_number": own[:14] + str((int(own[14]) + 1) % 10) + own[15:], "phone": None}
    elif way == "day_month":
        right |= {"birth_date": f"{born.year}-{born.day:02d}-{born.month:02d}", "id_number": None}
    elif way == "no_number":
        right |= {"id_number": None, "phone": f"139{n:08d}"}
    elif way == "no_phone":
        right |= {"id_number": None, "phone": None, "employer_name": None}
    elif way == "note":
        right |= {"name": left["name"] + "（死亡）", "id_number": None}
    elif way == "year":
        right |= {"birth_date": f"{born.year + 10}{born.isoformat()[4:]}", "id_number": None}
    elif way == "sex":
        right |= {"sex_code": "2" if sex == "1" else "1", "id_number": None}
    elif way == "spelling":
        right |= {"name": left["name"][0] + "?" + left["name"][-1], "id_number": None}
    else:
        right |= {"address": "绍兴市越城区解放路9号", "id_number": None, "phone": f"137{n:08d}"}
    return left, right


@functools.cache
def _model(key: bytes) -> Model:
    records = county.person_records(1500, 11).with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64))
    return fit(records.drop("person"), key=key)


def prepare(connection: Connection, count: int, *, first: int = 0, area: str = AREA) -> list[str]:
    """Write `count` cases with their records, lives, placements, golden records and queue; give their ids."""
    couples = [couple(n) for n in range(first, first + count)]
    connection.execute(
        "insert into ops.batch (batch_id, source, sequence, kind, state, published_at) select s || '-000001', s, 1, 'run', 'published', now() "
        "from unnest(array['pension', 'medical', 'police']) s on conflict do nothing"
    )
    names: list[tuple[str, str]] = []
    for n, (left, right) in enumerate(couples, first):
        for source, record in (("pension", left), ("medical", right), *((("police", left),) if n % 4 == 0 else ())):
            key = f"{source[0].upper()}{n:06d}"
            _write(connection, source, key, {**record, "area_code": area}, n + 1)
            names.append((source, key))
        _live(connection, n, area)
    _identify(connection, first, count)
    queue.fill(connection)
    return [row[0] for row in connection.execute("select case_id from identity.pair order by left_key")]


def _write(connection: Connection, source: str, key: str, record: Record, row: int) -> None:
    personal = {name: record[name] for name in ("id_number", "phone", "address") if record[name] is not None}
    if source == "pension":
        personal["account"] = f"6228480{row:012d}"
    values = {
        **{name: record[name] for name in ("name", "former_name", "sex_code", "birth_date", "ethnic_code", "area_code", "employer_name")},
        "source": source, "source_key": key, "id_type_code": "01", "batch_id": f"{source}-000001", "row_number": row,
        "sealed": crypto.seal([json.dumps(personal, ensure_ascii=False)], seal_context(PERSON, source, [key]))[0],
        "number": crypto.blind([record["id_number"]], "id_number")[0], "phone": crypto.blind([record["phone"]], "phone")[0],
    }  # fmt: skip
    connection.execute(
        "insert into core.person_record (source, source_key, name, former_name, id_type_code, sex_code, birth_date, ethnic_code, area_code, employer_name, "
        "sealed, id_number_blind, phone_blind, derived, hash, sequence, batch_id, row_number, first_sequence, first_row) values (%(source)s, %(source_key)s, "
        "%(name)s, %(former_name)s, %(id_type_code)s, %(sex_code)s, %(birth_date)s, %(ethnic_code)s, %(area_code)s, %(employer_name)s, %(sealed)s, "
        "%(number)s, %(phone)s, false, '\\x00', 1, %(batch_id)s, %(row_number)s, 1, %(row_number)s)",
        values,
    )


def _live(connection: Connection, n: int, area: str) -> None:
    """Enrolments and contributions of every couple, a pension for two of three."""
    facts = "derived, hash, sequence, batch_id, row_number, first_sequence, first_row) values (%s, %s, %s, %s, {}, false, '\\x00', 1, %s, %s, 1, %s)"
    for source, line in (("pension", "110"), ("medical", "310")):
        key = f"{source[0].upper()}{n:06d}"
        connection.execute(
            "insert into core.enrolment (source, source_key, person_key, insurance_code, area_code, start_date, end_date, status_code, "
            + facts.format("%s, %s, null, 'enrolled'"),
            [source, f"E{key}", key, line, area, date(1990, 1, 1), f"{source}-000001", n + 1, n + 1],
        )
    for month in range(1, 10 if n % 3 else 1):
        connection.execute(
            "insert into core.benefit (source, source_key, person_key, insurance_code, area_code, period_month, amount, benefit_code, "
            + facts.format("%s, %s, %s, 'pension'"),
            ["pension", f"B{n:06d}-{month}", f"P{n:06d}", "110", area, date(2025, month, 1), 2000 + n * 10, "pension-000001", n + 1, n + 1],
        )


def _identify(connection: Connection, first: int, count: int) -> None:
    records = identity.person_records(connection)
    model = _model(model_key())
    known = models.current(connection)
    version = known[0] if known else models.add(connection, model.to_json(), state="approved", effect=None, author="hub", reason="prepared")
    owner = {f"police/P{n:06d}": f"pension/P{n:06d}" for n in range(first, first + count)}
    ids = dict(records.select("record_id", "candidate_id").iter_rows())
    group: dict[str, list[str]] = {}
    for record in records["record_id"]:
        group.setdefault(owner.get(record, record), []).append(record)
    entity = {record: ids[members[0]] for members in group.values() for record in members}
    placed = records.select(
        "source", "source_key", "candidate_id", entity_id=pl.col("record_id").replace_strict(entity, return_dtype=pl.String), grade=pl.lit("certain"),
        model_version=pl.lit(version, pl.Int64),
    )  # fmt: skip
    identity.write_crosswalk(connection, PERSON, placed)
    identity.write_golden(connection, golden_rows(records, placed, pins.in_force(connection)))
    row = {record: at for at, record in enumerate(records["record_id"])}
    sides = [(row[f"pension/P{n:06d}"], row[f"medical/M{n:06d}"]) for n in range(first, first + count)]
    left, right = (np.array([pick(side) for side in sides], dtype=np.int64) for pick in (min, max))
    encoded = standardise(records, model)
    pairs = Pairs(left, right, np.ones(len(sides), dtype=np.uint64))
    scored = score(pairs, compare(encoded, pairs, model.spec), model)
    said = pl.DataFrame({"left_id": records["record_id"].gather(left), "right_id": records["record_id"].gather(right)})
    compared = said.hstack(pl.DataFrame({name: scored.levels.codes[:, slot] for slot, name in enumerate(scored.levels.names)}))
    kinds = ["two_numbers" if WAYS[n % 12] == "two_numbers" else "possible" for n in range(first, first + count)]
    doubtful = said.with_columns(case_type=pl.Series(kinds), weight=pl.Series(scored.weight), probability=pl.Series(scored.probability))
    rows = pair_rows(doubtful, version, PERSON, compared)
    copy_in(connection, ("identity", "pair"), rows)
