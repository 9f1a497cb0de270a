"""What the values of a column look like: the share of them that could be a name, a number, a day and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from mappings.dates import read_date, read_month
from mappings.functions import read_amount
from mappings.numbers import is_valid_credit_code, valid_ids

_HAN = r"\x{3400}-\x{9fff}\x{f900}-\x{faff}\x{e000}-\x{f8ff}\x{20000}-\x{323af}"
_DOTS = "·•．.・"
_NAME = rf"^[{_HAN}?〓\s]{{2,4}}$|^[{_HAN}]{{1,8}}[{_DOTS}][{_HAN}{_DOTS}]{{1,12}}$"
_LEGACY = r"^[1-8][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}$"
_WHOLE = r"^[1-8][0-9]{5}(?:19|20|[*]{2})[0-9*]{6}[0-9]{2,3}[0-9X]$"
_PHONE = r"^(?:\+?86)?[ -]?1[3-9][0-9]{9}$|^0?[0-9]{2,4}-?[0-9]{3,4}-?[0-9]{4}$|^[0-9]{7,8}$"
_MOBILE = r"^(?:\+?86)?1[3-9][0-9]{9}$"
_AREA = r"^[1-8][0-9]{5}(?:[0-9]{3}){0,2}$"
_EMPLOYER = r"公司|厂$|局$|院$|学校$|中学$|小学$|店$|社$|中心$|委员会$|集团|合作社$|银行|政府$|站$|[处队所]$"
_ADDRESS = r"[省市区县旗].*[乡镇村组路街道巷号栋室屯社]"
_SEXES = ("男", "女", "M", "F", "U", "男性", "女性", "0", "1", "2", "9", "male", "female")


@dataclass(frozen=True)
class Profile:
    """One column of a sample: cleaned values, blanks left out."""

    column: str
    values: pl.Series
    rows: int
    likeness: dict[str, float] = field(default_factory=dict)
    """Filled by `looks_like`: many concepts ask for the same content."""

    @cached_property
    def filled(self) -> float:
        """Share of rows with a value."""
        return len(self.values) / self.rows if self.rows else 0.0

    @cached_property
    def distinct(self) -> int:
        """Number of different values."""
        return self.values.n_unique()

    @cached_property
    def identifies(self) -> bool:
        """Whether the column could be a key: all but filled and all but unique (samples hold faults)."""
        return self.filled >= 0.97 and self.distinct >= 0.97 * len(self.values)

    def share(self, pattern: str) -> float:
        """Share of values that match."""
        return _mean(self.values.str.contains(pattern))

    @cached_property
    def days(self) -> pl.Series:
        """Values read as whole days in ISO text, null for the others."""
        return self._read(lambda text: read_date(text)[0])

    @cached_property
    def partial(self) -> float:
        """Share of values that are days, months or years."""
        return _filled(self._read(lambda text: read_date(text, _FORMS, partial=True)[0]))

    @cached_property
    def serials(self) -> float:
        """Share of values that can only be Excel's serial numbers of days."""
        return self.share(r"^[1-5][0-9]{4}$")

    @cached_property
    def months(self) -> float:
        """Share of values that are months without a day."""
        return _filled(self._read(lambda text: read_month(text)[0] if read_date(text)[0] is None else None))

    def _read(self, reader: Callable[[str], str | None]) -> pl.Series:
        uniques = self.values.unique()
        answers = pl.Series([reader(text) for text in uniques.to_list()], dtype=pl.String)
        return self.values.replace_strict(uniques, answers, return_dtype=pl.String)

    def looks_like(self, content: str) -> float:
        """Say from 0 to 1 how much the values are what a concept's column holds."""
        if content not in self.likeness:
            self.likeness[content] = _CONTENTS[content](self)
        return self.likeness[content]


_FORMS = ("iso", "ymd", "ym", "y", "y-m-d", "y/m/d", "y.m.d", "y年m月d日", "d/m/y", "m/d/y", "excel")


def _filled(values: pl.Series) -> float:
    return (len(values) - values.null_count()) / max(len(values), 1)


def _birth(profile: Profile) -> float:
    """Days (or parts) spread over a lifetime, none of them in the year the newest is from and later."""
    years = profile._read(lambda text: (read_date(text, _FORMS, partial=True)[0] or "")[:4] or None).drop_nulls().cast(pl.Int64)
    spread = len(years) > 0 and float(years.quantile(0.9) or 0) - float(years.quantile(0.1) or 0) >= 15 and float(years.median() or 0) < 2012  # type: ignore[arg-type]
    return profile.partial if spread else profile.partial * 0.5


def _credit(profile: Profile) -> float:
    uniques = profile.values.unique().to_list()
    return sum(map(is_valid_credit_code, uniques)) / max(len(uniques), 1)


def _id_number(profile: Profile) -> float:
    folded = profile.values.str.normalize("NFKC").str.to_uppercase().str.replace_all(r"\s", "")
    return _mean(valid_ids(folded) | folded.str.contains(_LEGACY) | folded.str.contains(_WHOLE))


def _mean(mask: pl.Series) -> float:
    return int(mask.sum()) / max(len(mask), 1)


def _code(profile: Profile) -> float:
    few = profile.distinct <= max(12, 0.2 * len(profile.values)) and profile.distinct <= 80
    return 1.0 if few and int(profile.values.str.len_chars().max() or 0) <= 24 else 0.0  # type: ignore[arg-type]


def _amount(profile: Profile) -> float:
    uniques = profile.values.unique().to_list()
    return sum(read_amount(text)[0] is not None for text in uniques) / max(len(uniques), 1)


_CONTENTS: dict[str, Callable[[Profile], float]] = {
    "person_name": lambda profile: profile.share(_NAME),
    "employer_name": lambda profile: max(profile.share(_EMPLOYER), 0.7 * profile.share(r"^[\x{4e00}-\x{9fff}()（）]{4,}")),
    "id_number": _id_number,
    "sex": lambda profile: _mean(profile.values.is_in(_SEXES)) if profile.distinct <= 8 else 0.0,
    "birth_date": _birth,
    "phone": lambda profile: profile.share(_PHONE),
    "mobile": lambda profile: profile.share(_MOBILE) * (profile.distinct >= 0.3 * len(profile.values)),
    "address": lambda profile: profile.share(_ADDRESS),
    "area": lambda profile: max(profile.share(_AREA) * (profile.distinct <= 400), profile.share(rf"^[{_HAN}]{{1,10}}[区县市旗]$")),
    "credit_code": _credit,
    "account": lambda profile: profile.share(r"^[0-9]{12,25}$"),
    "date": lambda profile: _filled(profile.days),
    "month": lambda profile: profile.months,
    "amount": _amount,
    "integer": lambda profile: profile.share(r"^[0-9]{1,9}(?:\.0)?$"),
    "code": _code,
    "text": lambda profile: 0.6,
}


def profile(column: str, values: pl.Series) -> Profile:
    """Profile a cleaned column."""
    return Profile(column, values.drop_nulls(), len(values))
