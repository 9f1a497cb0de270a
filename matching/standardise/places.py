"""Phones, Chinese addresses and employers: the parts that identify, as hashes; the rest as text for likeness."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from matching.hashing import hash_strings, mix
from matching.types import Keys

_HAN_DIGITS = str.maketrans("一二三四五六七八九〇零两", "123456789002")
_DIVISION = r"^(?:.{2,7}?(?:省|自治区))?(?:.{2,6}?(?:市|自治州|地区|盟))?(?:.{1,7}?(?:县|旗|区|市))?"
_NUMERALS = "[一二三四五六七八九十〇零两]+"
_COUNTED = "[组号栋幢座单元层楼室队户排巷]"
_WRITTEN_OUT = re.compile(f"{_NUMERALS}(?={_COUNTED})")
_LEGAL = r"(?:有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|集团公司|公司|分公司|总公司|集团|\(?普通合伙\)?|个体工商户|经营部|营业部)"
_PHONE_SIZE = (7, 12)
_JUNK_PHONE = r"^(?:1?0+|" + "|".join(f"{d}+|1[3-9]{d}{{9}}" for d in range(1, 10)) + r"|12345678\d*)$"
_PLACE = r"([^0-9]{1,12}?(?:村|社区|居委会|小区|家园|花园|大街|路|街|巷|胡同|弄|屯|寨|庄|里|组))"


def phone(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique phones: first and second number as decimal digits in nibbles (0 absent or junk), `hash` of the first."""
    found = values.fill_null("").str.replace_all(r"[\s()（）+]|(?:-|－|—)", "").str.extract_all(r"\d{7,16}")
    first, second = found.list.get(0, null_on_oob=True), found.list.get(1, null_on_oob=True)
    packed = _phone(first)
    return {"first": packed, "second": _phone(second), "hash": mix([packed], seed)}


def _phone(digits: pl.Series) -> Keys:
    text = digits.fill_null("").str.replace(r"^(?:0086|086|86)(1\d{10})$", "$1").str.replace(r"^0(1[3-9]\d{9})$", "$1")
    shortest, longest = _PHONE_SIZE
    sized = text.str.len_chars().is_between(shortest, longest) & ~text.str.contains(_JUNK_PHONE)
    value = text.str.to_integer(base=16, strict=False, dtype=pl.Int64).fill_null(0)
    return np.where(sized.to_numpy(), value.to_numpy(), 0).astype(np.uint64)


def address(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique addresses: whole (below the division), town, place (village or road), house (place and numbers), numbers, text."""
    plain = values.fill_null("").str.normalize("NFKC").str.replace_all(r"[\s,，。、;；#()]", "").str.replace_all(r"[—_－~]", "-")
    plain = _without_junk(plain)
    below = plain.str.replace(_DIVISION, "")
    arabic = _digits(pl.select(pl.when(below.str.len_chars() > 0).then(below).otherwise(plain)).to_series())
    town = arabic.str.extract(r"^(.{1,8}?(?:街道办事处|街道|镇|乡|办事处))")
    rest = arabic.str.replace(r"^.{1,8}?(?:街道办事处|街道|镇|乡|办事处)", "")
    place = rest.str.extract(_PLACE).str.replace(r"(?:村委会|村民委员会|居委会)$", "村")
    numbers = rest.str.extract_all(r"\d+").list.join("-")
    place_key = hash_strings(place, seed)
    number_key = hash_strings(numbers, seed ^ 1)
    return {
        "whole": hash_strings(arabic, seed),
        "town": hash_strings(town, seed ^ 2),
        "place": place_key,
        "numbers": number_key,
        "house": mix([place_key, number_key], seed),
        "text": pl.select(pl.when(arabic.str.len_chars() > 0).then(arabic)).to_series(),
    }


def _without_junk(values: pl.Series) -> pl.Series:
    junk = values.str.len_chars().lt(2) | values.str.contains(r"^(?:无|不详|未知|同上|暂无|null|none|nan)$")
    return pl.select(pl.when(~junk).then(values).otherwise(pl.lit(""))).to_series()


def _digits(values: pl.Series) -> pl.Series:
    """Write Chinese numerals before a number word as digits (三组 -> 3组, 十二号 -> 12号)."""
    rows = values.str.contains(_NUMERALS + _COUNTED).arg_true()
    written = [_WRITTEN_OUT.sub(lambda m: _numeral(m[0]), text) for text in values[rows].to_list()]
    return values.scatter(rows, written) if written else values


def _numeral(text: str) -> str:
    if "十" not in text:
        return text.translate(_HAN_DIGITS)
    tens, _, ones = text.partition("十")
    return f"{(tens or '一').translate(_HAN_DIGITS)}{(ones or '零').translate(_HAN_DIGITS)}"


def employer(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique employer names: whole (without division and legal form) and text."""
    plain = values.fill_null("").str.normalize("NFKC").str.replace_all(r"[\s,，。、;；\-—_]", "")
    core = plain.str.replace_all(_LEGAL, "").str.replace(r"^(?:.{2,3}省)?(?:.{2,3}市)?(?:.{1,3}[县区])?", "")
    name = pl.select(pl.when(core.str.len_chars() >= 2).then(core).otherwise(_without_junk(plain))).to_series()
    return {"whole": hash_strings(name, seed), "text": pl.select(pl.when(name.str.len_chars() > 0).then(name)).to_series()}


def code(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique codes (employer code, household, area, sex …): whole, compared for equality only."""
    plain = values.fill_null("").str.strip_chars().str.to_uppercase().str.replace(r"^(?:0+|9+|-+|无|NULL|NONE|NAN)$", "")
    return {"whole": hash_strings(plain, seed)}


def sex(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique sexes: whole 1 male, 2 female, 0 unknown (GB/T 2261.1 codes or words)."""
    plain = values.fill_null("").str.strip_chars().str.to_lowercase()
    male, female = plain.is_in(["1", "男", "m", "male", "男性"]), plain.is_in(["2", "女", "f", "female", "女性"])
    return {"whole": (male.cast(pl.UInt8) + female.cast(pl.UInt8) * 2).to_numpy().astype(np.uint8)}
