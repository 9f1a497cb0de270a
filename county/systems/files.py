"""The systems that are files: work injury, unemployment, tax, police and archive room, each written anew from its tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from county.books import archive_room, police, tax, work_injury
from county.systems import xlsx
from county.systems.flat_files import write_dbf, write_delimited, write_fixed

PERSON_GROUPS = ("", *["人员信息"] * 6, *["用人单位"] * 3, *["参保情况"] * 4, *["事故情况"] * 4, "")
PAYMENT_GROUPS = ("", "", *["待遇"] * 5, *["支付"] * 2)

SYRY = (
    ("GRBH", "C", 10, 0), ("XM", "C", 40, 0), ("XB", "C", 1, 0), ("CSRQ", "C", 10, 0), ("SFZH", "C", 18, 0), ("MZ", "C", 2, 0), ("DH", "C", 20, 0), ("DZ", "C",
    80, 0),
    ("DWMC", "C", 80, 0), ("CBZT", "C", 1, 0), ("JFZT", "C", 1, 0), ("CBRQ", "C", 8, 0), ("TCRQ", "C", 8, 0), ("QH", "C", 6, 0), ("GXRQ", "D", 8, 0),
)  # fmt: skip
SYDY = (
    ("DYBH", "C", 12, 0), ("GRBH", "C", 10, 0), ("DYXM", "C", 2, 0), ("DYYM", "C", 6, 0), ("KSRQ", "C", 8, 0), ("JSRQ", "C", 8, 0), ("JE", "N", 10, 2),
    ("FFRQ", "D", 8, 0),
    ("ZH", "C", 25, 0), ("QH", "C", 6, 0),
)  # fmt: skip

Tables = dict[str, pl.DataFrame]


def write(county_dir: Path, source: str, tables: Tables, day: np.datetime64) -> None:
    """Write the files of a source as they stand on `day`."""
    folder = county_dir / source
    folder.mkdir(parents=True, exist_ok=True)
    {"work_injury": _work_injury, "unemployment": _unemployment, "tax": _tax, "police": _police, "archive_room": _archive_room}[source](folder, tables, day)


def _visible(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(c for c in frame.columns if not c.startswith("_"))


def _work_injury(folder: Path, tables: Tables, day: np.datetime64) -> None:
    persons, payments = _visible(tables["persons"]), _visible(tables["payments"])
    amount = payments["金额"].cast(pl.Float64, strict=False).sum()
    total = pl.DataFrame({"支付编号": ["合计"], "金额": [f"{amount:.2f}"]})
    payments = pl.concat([payments.with_columns(pl.col("金额").cast(pl.Utf8)), total], how="diagonal")
    xlsx.write(folder / "工伤台账.xlsx", [
        xlsx.Sheet("工伤人员台账", persons, f"清江市工伤保险人员台账（截至{day}）", PERSON_GROUPS, work_injury.DATED),
        xlsx.Sheet("待遇支付", payments, f"清江市工伤保险待遇支付台账（截至{day}）", PAYMENT_GROUPS, work_injury.DATED, ("金额",)),
    ])  # fmt: skip


def _unemployment(folder: Path, tables: Tables, day: np.datetime64) -> None:
    write_dbf(folder / "SYRY.DBF", tables["persons"], SYRY, day)
    write_dbf(folder / "SYDY.DBF", tables["benefits"], SYDY, day)


def _tax(folder: Path, tables: Tables, day: np.datetime64) -> None:
    """Write one file a day from the first of October 2025 on; days that are there stay as they are."""
    lines = tables["lines"]
    for number in range((day - np.datetime64("2025-10-01")).astype(int) + 1):
        date = str(np.datetime64("2025-10-01") + number)
        path = folder / f"SBF_{date.replace('-', '')}.csv"
        if not path.exists():
            write_delimited(path, lines.filter(pl.col("_day") == date), tax.COLUMNS)


def _police(folder: Path, tables: Tables, day: np.datetime64) -> None:
    write_fixed(folder / "CZRK.TXT", tables["register"], police.FIELDS, day)


def _archive_room(folder: Path, tables: Tables, day: np.datetime64) -> None:
    note = pl.DataFrame({"档案目录说明": ["本目录按 DA/T 22 编制，每件一行。", "分类号见单位档案管理办法。"]})
    catalogue = xlsx.Sheet("目录", _visible(tables["items"]), dated=archive_room.DATED, numbers=("页数", "年度"))
    xlsx.write(folder / "档案目录.xlsx", [catalogue, xlsx.Sheet("说明", note)])
