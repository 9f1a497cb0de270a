"""The archive room: a catalogue of paper items (DA/T 22), each about one person."""

from __future__ import annotations

import numpy as np
import polars as pl

from county.facts import Book, Days, Index, blank_to_null, iso
from county.tables import DAY0, Text, concat, digits

CLASSES = {
    "HD": ("50年", "养老待遇核定表"),
    "CB": ("100年", "参保登记表"),
    "ZH": ("100年", "个人账户对账单"),
    "ZF": ("30年", "待遇支付明细"),
    "ZM": ("10年", "参保证明存根"),
    "JC": ("30年", "稽核意见书"),
}
DATED = ("形成日期",)


def tables(book: Book) -> dict[str, pl.DataFrame]:
    """Write the catalogue: an approval for every drawn pension (but the planted), other papers for many."""
    rng, size = book.rng, book.records.height
    approval = book.text("part") == "approval"
    kind = np.where(approval, "HD", rng.choice(["CB", "ZH", "ZF", "ZM", "JC"], size=size, p=[0.5, 0.25, 0.1, 0.1, 0.05]))
    birth_end = book.of_person("began") + rng.integers(5, 400, size).astype("timedelta64[D]")
    death = book.of_person("death")
    day = np.where(approval, book.of_person("retired_on") + rng.integers(5, 60, size).astype("timedelta64[D]"), birth_end)
    day = np.minimum(day, np.where(np.isnat(death), DAY0, death - np.timedelta64(1, "D")))
    return {"items": items(book, kind, day, np.arange(size))}


def items(book: Book, kind: Text, day: Days, at: Index) -> pl.DataFrame:
    """Write catalogue lines of the given classes and days; `at` numbers them."""
    rng, size = book.rng, book.records.height
    year = day.astype("datetime64[Y]").astype(int) + 1970
    fonds = np.array(["Q001", "Q002", "Q003"])[rng.integers(0, 3, size)]
    number = digits(np.asarray(at) + 1, 6)
    retention, title = ([CLASSES[k][n] for k in kind.tolist()] for n in (0, 1))
    sex = np.select([book.text("w_sex") == "1", book.text("w_sex") == "2"], ["男", "女"], "")
    return blank_to_null(pl.DataFrame({
        "档号": concat(fonds, "-SB-", digits(year, 4), "-DY-", number), "全宗号": fonds, "目录号": np.full(size, "SB"), "年度": year, "分类号": kind,
        "保管期限": retention,
        "件号": number, "题名": title, "页数": rng.integers(1, 30, size), "姓名": book.text("w_name"), "性别": sex, "证件号码": book.text("w_number"),
        "出生日期": _typed(book.text("w_birth"), rng), "单位名称": book.text("w_employer"), "形成日期": iso(day), "备注": np.full(size, ""),
        "_person": book.records["person"].to_numpy(), "_record": book.records["record"].to_numpy(),
    }))  # fmt: skip


def _typed(written: Text, rng: np.random.Generator) -> Text:
    """Write birth dates in the forms of forty years of clerks."""
    written = written.astype("U10")
    year, month, day = (np.strings.slice(written, a, b) for a, b in ((0, 4), (5, 7), (8, 10)))
    months, days = (np.strings.lstrip(part, "0") for part in (month, day))
    kind = rng.random(len(written))
    forms = [written, concat(year, month, day), concat(year, ".", months, ".", days)]
    whole = np.select([kind < 0.4, kind < 0.6, kind < 0.85], forms, concat(year, "年", months, "月", days, "日"))
    partial = np.where(kind < 0.5, concat(year, "年", months, "月"), concat(year, ".", month))
    length = np.strings.str_len(written)
    return np.where(length == 10, whole, np.where(length == 7, partial, written))
