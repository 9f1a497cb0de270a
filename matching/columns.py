"""Which column of an unknown file is what: by its header, else by its content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

import numpy as np
import polars as pl
import yaml

from hub.errors import ConfigErrors
from mappings.canonical import PERSON_RECORD
from matching.spec import Spec
from matching.standardise.dates import read_date
from matching.standardise.names import read_name
from matching.standardise.numbers import VALID, citizen_number
from matching.standardise.sounds import surnames

_SAMPLE = 2000
_COMMON = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_SIGNS = {
    "phone": re.compile(r"^(?:\+?86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$|^0\d{2,3}-?\d{7,8}$"),
    "address": re.compile(r"[省市县区旗镇乡村路街巷].*(?:\d|[村组号室栋])"),
    "employer_name": re.compile(r"(?:公司|厂|局|学校|中学|小学|医院|中心|银行|合作社|集团|委员会|站|所|院|店|经营部)(?:[（(].*)?$"),
    "sex_code": re.compile(r"^(?:男|女|男性|女性|[MFmf])$"),
}


@dataclass(frozen=True)
class Recognised:
    """What was found: field -> column of the file, and how (`given`, `header`, `content`); columns nobody knows."""

    columns: dict[str, str]
    how: dict[str, str]
    unknown: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What was seen in the file that its owner should know."""

    def rows(self) -> list[tuple[str, str, str]]:
        """Give field, column and how it was known, one row per field, then the columns nobody knows."""
        found = [(field, column, self.how[field]) for field, column in self.columns.items()]
        return [*found, *(("–", column, "not used") for column in self.unknown)]

    def lines(self) -> list[str]:
        """One line per field, to be printed."""
        found = [f"{field} = {column} ({self.how[field]})" for field, column in self.columns.items()]
        return [*found, *([f"not used: {', '.join(self.unknown)}"] if self.unknown else [])]


def recognise(frame: pl.DataFrame, spec: Spec, given: dict[str, str], reserved: str | None, file: str) -> Recognised:
    """Find the model's columns in a file.

    Raises ConfigErrors when `given` names a field or column that does not exist, or nothing can be recognised.
    """
    problems = [f"{file}: --map {f}={c}: the file has no column {c}; it has {', '.join(frame.columns)}" for f, c in given.items() if c not in frame.columns]
    problems += [f"{file}: --map {f}={c}: no field {f}; known: {', '.join(spec.columns)}" for f, c in given.items() if f not in spec.columns]
    if problems:
        raise ConfigErrors(problems)
    columns, how = dict(given), dict.fromkeys(given, "given")
    for field in spec.columns:
        free = [c for c in frame.columns if c not in columns.values() and c != reserved]
        if field not in columns and (column := next((c for c in free if _plain(c) in _headers(field)), None)):
            columns[field], how[field] = column, "header"
    if spec.teacher:
        for column in [c for c in frame.columns if c not in columns.values() and c != reserved]:
            if (guess := _by_content(frame[column])) and guess in spec.columns and guess not in columns:
                columns[guess], how[guess] = column, "content"
    if not columns or (spec.teacher and not {"name", "id_number"} & set(columns)):
        mend = "say which with --map name=COLUMN, or, where these names cannot be read, save the file in UTF-8"
        raise ConfigErrors([f"{file}: no column recognised as name or identity number among {', '.join(frame.columns)}; {mend}"])
    used = {*columns.values(), reserved}
    return Recognised({f: columns[f] for f in spec.columns if f in columns}, how, tuple(c for c in frame.columns if c not in used))


def _headers(field: str) -> frozenset[str]:
    canonical = PERSON_RECORD.by_name.get(field)
    official = {canonical.zh, canonical.code} if canonical else set()
    table = yaml.safe_load(resources.files("matching").joinpath("columns.yml").read_text(encoding="utf-8"))
    return frozenset(_plain(header) for header in {field, *official, *table.get(field, ())} if header)


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-*（）()]", "", header).lower()


def _by_content(values: pl.Series) -> str | None:
    """Guess a field from what its values look like; None when unsure."""
    sample = values.drop_nulls().head(_SAMPLE)
    if len(sample) < 2:
        return None
    if (np.asarray(citizen_number(sample, 0)["status"]) == VALID).mean() >= 0.5:
        return "id_number"
    texts = [text[:200] for text in sample.to_list()]
    for field, sign in _SIGNS.items():
        if sum(1 for text in texts if sign.search(text)) >= 0.6 * len(texts):
            return field
    if sum(map(_is_name, texts)) >= 0.7 * len(texts):
        return "name"
    dates = [read_date(text) for text in texts]
    past = sum(1 for date in dates if 19000000 < date < 20300000)
    return "birth_date" if past >= 0.8 * len(texts) and len({date // 10000 for date in dates}) >= min(20, len(texts) // 2) else None


def _is_name(text: str) -> bool:
    name = read_name(text)
    return name is not None and not name.latin and 2 <= len(name.chars) <= 4 and (name.chars[0] in _COMMON or "".join(name.chars[:2]) in surnames()[1])
