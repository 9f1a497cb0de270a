"""An office with lives in it: persons in two sources, and of each, as a test wants, enrolments, contributions, benefits, deaths, archive items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.pipeline import run_source
from hub.pipeline.resolve import resolve
from mappings.load import load_named
from mappings.numbers import check_character

OFFICE = """\
source: {name}
department: {{zh: 经办中心, en: Office}}
steward: {name}@county.example
trust: {trust}
connector: {{type: delimited, path: "{home}/{name}-person.csv"}}
extract: {{mode: snapshot}}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields: {{name: {{name: 姓名}}, id_number: {{id_number: 证件号码}}, birth_date: {{date: 出生日期}}, sex_code: {{lookup: sex, from: 性别}},
                 phone: {{phone: 电话}}, address: {{text: 地址}}, area_code: 区划}}
  - stream: fact
    from: {{path: "{home}/{name}-fact.csv"}}
    key: [序号]
    records:
      - entity: enrolment
        when: {{类: enrolment}}
        fields: {{person_key: {{key: [编号]}}, insurance_code: 险种, area_code: 区划, start_date: {{date: 起}}, end_date: {{date: 止}}}}
      - entity: contribution
        when: {{类: contribution}}
        fields: {{person_key: {{key: [编号]}}, employer_key: {{key: [单位]}}, insurance_code: 险种, period_month: {{month: 月}},
                 person_amount: {{amount: 金额}}, employer_amount: {{amount: 单位金额}}}}
      - entity: benefit
        when: {{类: benefit}}
        fields: {{person_key: {{key: [编号]}}, insurance_code: 险种, benefit_code: 项目, period_month: {{month: 月}}, amount: {{amount: 金额}},
                 start_date: {{date: 起}}, end_date: {{date: 止}}}}
      - entity: death
        when: {{类: death}}
        fields: {{person_key: {{key: [编号]}}, death_date: {{date: 起}}}}
      - entity: archive_item
        when: {{类: archive_item}}
        fields: {{person_key: {{key: [编号]}}, archive_number: 序号, class_code: 项目, retention_code: {{constant: permanent}}, made_on: {{date: 起}}}}
  - stream: employer
    from: {{path: "{home}/{name}-employer.csv"}}
    key: [单位]
    records:
      - entity: employer_record
        fields: {{name: {{name: 单位名称}}}}
lookups: {{sex: {{"男": "1", "女": "2"}}}}
examples:
  - stream: person
    given: {{编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: "19491231", 性别: 女, 电话: null, 地址: null, 区划: "330106"}}
    expect: {{person_record: {{name: 王芳}}}}
"""
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉"
FACT = ("序号", "类", "编号", "单位", "险种", "项目", "月", "金额", "单位金额", "起", "止", "区划")


@dataclass(frozen=True)
class Life:
    """One person record, and what its source knows of the person; facts as columns of `FACT` beside key and kind."""

    key: str
    name: str
    number: str
    born: str
    sex: str
    phone: str
    address: str
    area: str = "330106"
    facts: tuple[Mapping[str, str], ...] = field(default=())

    def row(self) -> str:
        return ",".join((self.key, self.name, self.number, self.born, self.sex, self.phone, self.address, self.area))


def number(area: str, born: str, sequence: int) -> str:
    first = f"{area}{born.replace('-', '')}{sequence:03d}"
    return first + check_character(first)


def life(n: int, key: str, *facts: Mapping[str, str], **change: str) -> Life:
    """The n-th person under a key; every n is somebody else."""
    born = f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}"
    values = {
        "name": SURNAMES[n % 15] + GIVEN[n % 23] + GIVEN[(n * 7) % 23], "number": number("330106", born, n % 1000), "born": born,
        "sex": "男" if n % 2 else "女", "phone": f"139{7 * n + 11:08d}", "address": f"浙江省杭州市西湖区文三路{n}号", **change,
    }  # fmt: skip
    return Life(key, facts=facts, **values)


def write(home: Path, name: str, lives: Sequence[Life], trust: int = 50) -> None:
    (home / "sources" / f"{name}.yml").write_text(OFFICE.format(name=name, home=home, trust=trust), encoding="utf-8")
    rows = "".join(f"{one.row()}\n" for one in lives)
    (home / f"{name}-person.csv").write_text("编号,姓名,证件号码,出生日期,性别,电话,地址,区划\n" + rows, encoding="utf-8")
    facts = [{"序号": f"{one.key}-{at}", "编号": one.key, **fact} for one in lives for at, fact in enumerate(one.facts)]
    lines = "".join(",".join(fact.get(column, "") for column in FACT) + "\n" for fact in facts)
    (home / f"{name}-fact.csv").write_text(",".join(FACT) + "\n" + lines, encoding="utf-8")
    (home / f"{name}-employer.csv").write_text("单位,单位名称\nE1,云岭纺织厂\n", encoding="utf-8")


def load(home: Path, *names: str, then_resolve: bool = True) -> None:
    for name in names:
        run_source(load_named(home / "sources", name))
    if then_resolve:
        resolve()


def enrolled(line: str, since: str, until: str = "", area: str = "330106") -> dict[str, str]:
    return {"类": "enrolment", "险种": line, "起": since, "止": until, "区划": area}


def contributed(line: str, month: str, amount: str = "100", employer: str = "E1") -> dict[str, str]:
    return {"类": "contribution", "险种": line, "月": month, "金额": amount, "单位": employer, "单位金额": "200" if employer else ""}


def paid(kind: str, month: str, line: str = "110", amount: str = "3000", since: str = "", until: str = "") -> dict[str, str]:
    return {"类": "benefit", "险种": line, "项目": kind, "月": month, "金额": amount, "起": since, "止": until}


def died(day: str) -> dict[str, str]:
    return {"类": "death", "起": day}


def filed(kind: str, day: str) -> dict[str, str]:
    return {"类": "archive_item", "项目": kind, "起": day}
