"""A pension centre of any size, in columns: the rows `benchmarks.flow` fills the source with.

Made by arithmetic on row numbers, for a county of a million rows would take longer to live through than to load.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from mappings.numbers import ID_CHECKS, ID_WEIGHTS

STAMP = "2025-10-31 08:15:00"
SHARES = {"ac01": 0.15, "ab01": 0.003, "ac02": 0.17, "ac61": 0.05}
"""Share of each table in all rows; the rest are contribution lines."""
_SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余")
_GIVEN = list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文辉力")
_Numbers = npt.NDArray[np.int64]


def tables(rows: int) -> dict[str, pl.DataFrame]:
    """Give the five tables of the pension system with `rows` rows in all."""
    sizes = {name: int(rows * share) for name, share in SHARES.items()}
    sizes["ac43"] = rows - sum(sizes.values())
    persons, employers = sizes["ac01"], sizes["ab01"]
    return {
        "ab01": _employers(employers),
        "ac01": _persons(persons, employers),
        "ac02": _enrolments(sizes["ac02"], persons, employers),
        "ac43": _contributions(sizes["ac43"], persons, employers),
        "ac61": _benefits(sizes["ac61"], persons),
    }


def _numbers(count: int) -> _Numbers:
    return np.arange(count, dtype=np.int64)


def _texts(numbers: _Numbers, width: int, head: str = "") -> pl.Series:
    return pl.Series(numbers).cast(pl.String).str.zfill(width).to_frame("text").select(head + pl.col("text")).to_series()


def _pick(words: list[str], numbers: _Numbers) -> pl.Series:
    return pl.Series(words)[numbers % len(words)]


def _person_keys(numbers: _Numbers) -> pl.Series:
    return _texts(numbers + 1_000_000_000, 10)


def _employer_keys(numbers: _Numbers, employers: int) -> pl.Series:
    return _texts(numbers % employers + 20_000_000, 8)


def _births(numbers: _Numbers) -> pl.Series:
    """Birth dates between 1940 and 1989, compact."""
    return pl.Series(numbers * 7919 % 18_000 - 10_950).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d")


def identity_numbers(numbers: _Numbers) -> pl.Series:
    """Citizen numbers (GB 11643-1999), each valid, of one person, and in agreement with birth date and sex."""
    pieces = {"area": _texts(numbers % 20 + 529001, 6), "birth": _births(numbers), "order": _texts(numbers // 18_000 % 400 * 2 + numbers % 2, 3)}
    body = pl.DataFrame(pieces).select(pl.concat_str(pl.all())).to_series()
    digits = np.frombuffer("".join(body).encode(), np.uint8).reshape(-1, 17).astype(np.int64) - 48
    checks = np.array(list(ID_CHECKS))[digits @ np.array(ID_WEIGHTS) % 11]
    return body + pl.Series(checks)


def _persons(count: int, employers: int) -> pl.DataFrame:
    n = _numbers(count)
    name = _pick(_SURNAMES, n * 31) + _pick(_GIVEN, n * 17 // 7) + _pick(_GIVEN, n // 40)
    return pl.DataFrame(
        {
            "aac001": _person_keys(n),
            "aaa029": "01",
            "aac002": identity_numbers(n),
            "aae135": None,
            "aac003": name,
            "aac004": _pick(["2", "1"], n),
            "aac005": "01",
            "aac006": _births(n),
            "aac008": "1",
            "aae005": _texts(n * 7 % 100_000_000, 8, "138"),
            "aae006": _texts(n % 900 + 1, 1, "人民路") + _texts(n % 40 + 1, 1, "号"),
            "aab001": _employer_keys(n, employers),
            "aae010": _texts(n, 13, "622700"),
            "aae138": None,
            "aab301": _texts(n % 20 + 529001, 6),
            "aae036": STAMP,
        }
    )


def _employers(count: int) -> pl.DataFrame:
    n = _numbers(count)
    return pl.DataFrame(
        {
            "aab001": _employer_keys(n, count),
            "aab004": _texts(n, 4, "第") + "机械有限公司",
            "bab010": None,
            "aab019": "10",
            "aae006": _texts(n % 900 + 1, 1, "工业路"),
            "aab301": _texts(n % 20 + 529001, 6),
            "aae036": STAMP,
        }
    )


def _enrolments(count: int, persons: int, employers: int) -> pl.DataFrame:
    n = _numbers(count)
    return pl.DataFrame(
        {
            "aaz159": _texts(n + 300_000_000_000, 12),
            "aac001": _person_keys(n % persons),
            "aab001": _employer_keys(n, employers),
            "aae140": _pick(["110", "170"], n // persons),
            "aac008": "1",
            "aac031": "1",
            "aae030": _texts(n % 12 + 200_701, 6) + "01",
            "aae031": None,
            "aab301": _texts(n % 20 + 529001, 6),
            "aae036": STAMP,
        }
    )


def _contributions(count: int, persons: int, employers: int) -> pl.DataFrame:
    n = _numbers(count)
    month = n // persons
    base = n % 40 * 100 + 4000
    return pl.DataFrame(
        {
            "aaz223": n + 1,
            "aac001": _person_keys(n % persons),
            "aab001": _employer_keys(n, employers),
            "aae140": "110",
            "aae003": _texts((2010 + month // 12) * 100 + month % 12 + 1, 6),
            "aae180": base,
            "aae022": base * 8 // 100,
            "aae020": base * 16 // 100,
            "aaa115": "10",
            "aae079": _texts((2010 + month // 12) * 100 + month % 12 + 1, 6) + "15",
            "aab301": _texts(n % 20 + 529001, 6),
            "bae223": None,
            "aae036": STAMP,
        }
    )


def _benefits(count: int, persons: int) -> pl.DataFrame:
    n = _numbers(count)
    month = n // persons
    return pl.DataFrame(
        {
            "aaz220": n + 1,
            "aac001": _person_keys(n % persons),
            "aae140": "110",
            "aaa036": "1101",
            "aae002": _texts((2024 + month // 12) * 100 + month % 12 + 1, 6),
            "aae019": n % 3000 + 1000,
            "bae040": _texts((2024 + month // 12) * 100 + month % 12 + 1, 6) + "20",
            "aae010": _texts(n, 13, "622700"),
            "aab301": _texts(n % 20 + 529001, 6),
            "aae036": STAMP,
        }
    )
