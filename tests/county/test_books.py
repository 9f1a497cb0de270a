"""A sane gate of the tests' own over the clean rows, and the planted findings found again by plain queries."""

from __future__ import annotations

import re

import polars as pl
import pytest

from county import findings
from tests.county.conftest import Made

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker

CODES = {
    ("pension", "ac01", "aac004"): "1 2 9", ("pension", "ac01", "aac008"): "1 2 3", ("pension", "ac01", "aaa029"): "01 02 03 04", ("pension", "ab01",
    "aab019"): "10 20 30 90",
    ("pension", "ac02", "aae140"): "110 120 170", ("pension", "ac02", "aac008"): "1 2 4", ("pension", "ac02", "aac031"): "1 2 3 4", ("pension", "ac43",
    "aae140"): "110 120 170",
    ("pension", "ac43", "aaa115"): "10 20 30 40", ("pension", "ac61", "aaa036"): "1101 1201 1701 9001", ("medical", "psn_info_b", "gend"): "1 2 9",
    ("medical", "psn_info_b", "surv_stas"): "1 2 9", ("medical", "psn_insu_d", "insutype"): "310 390 410", ("medical", "psn_insu_d", "psn_insu_stas"): "1 2 4",
    ("medical", "psn_insu_d", "clct_stas"): "0 1 2 3", ("medical", "setl_d", "med_type"): "11 14 21 52 91", ("work_injury", "persons",
    "状态"): "在保 停保 退保",
    ("work_injury", "persons", "所在区县"): "临江区 云岭区 桐山县 白水县 石泉市", ("work_injury", "payments",
    "项目"): "医疗费 伤残补助金 停工留薪 伤残津贴 丧葬补助",
    ("unemployment", "persons", "XB"): "0 1", ("unemployment", "persons", "CBZT"): "A B C", ("unemployment", "persons", "JFZT"): "1 2 3 4", ("unemployment",
    "benefits", "DYXM"): "01 02",
    ("tax", "lines", "征收项目代码"): "10210 10211 10212 10213 10214 10215 10216", ("tax", "lines", "缴费类型"): "正常申报 补缴 退费 冲销",
    ("tax", "lines", "主管税务机关"): "15290020000 15290030000 15290210000 15290220000 15290810000", ("civil_affairs", "deaths", "gender"): "M F U",
    ("police", "register", "户籍状态"): "0 1 2", ("archive_room", "items", "分类号"): "CB ZJ ZH HD ZF JC ZM", ("archive_room", "items",
    "保管期限"): "永久 100年 50年 30年 10年",
}  # fmt: skip
PERIODS = {
    ("pension", "ac02"): ("aae030", "aae031"), ("medical", "psn_insu_d"): ("psn_insu_date", "paus_insu_date"), ("medical", "setl_d"): ("begndate", "enddate"),
    ("work_injury", "persons"): ("开始日期", "终止日期"), ("work_injury", "payments"): ("开始日期", "终止日期"), ("unemployment", "persons"): ("CBRQ", "TCRQ"),
    ("unemployment", "benefits"): ("KSRQ", "JSRQ"), ("civil_affairs", "relief"): ("startMonth", "endMonth"),
}  # fmt: skip
DAYS = {
    ("pension", "ac01"): ("aae138",), ("pension", "ac43"): ("aae079",), ("pension", "ac61"): ("bae040",), ("police", "register"): ("出生日期", "死亡日期",
    "变更日期"),
    ("archive_room", "items"): ("形成日期",), ("civil_affairs", "deaths"): ("registeredOn",), ("tax", "lines"): ("入库日期",), ("work_injury",
    "persons"): ("事故日期",),
    ("work_injury", "payments"): ("支付日期",),
}  # fmt: skip
MONTHS = {
    ("pension", "ac43"): "aae003",
    ("pension", "ac61"): "aae002",
    ("medical", "setl_d"): "clr_ym",
    ("unemployment", "benefits"): "DYYM",
    ("tax", "lines"): "费款所属期",
}
PARENTS = (
    ("pension", "ac02", "aac001", "ac01", "aac001"), ("pension", "ac43", "aac001", "ac01", "aac001"), ("pension", "ac61", "aac001", "ac01", "aac001"),
    ("pension", "ac01", "aab001", "ab01", "aab001"), ("pension", "ac02", "aab001", "ab01", "aab001"), ("pension", "ac43", "aab001", "ab01", "aab001"),
    ("pension", "ac43", "bae223", "ac43", "aaz223"), ("medical", "psn_insu_d", "psn_no", "psn_info_b", "psn_no"), ("medical", "setl_d", "psn_no", "psn_info_b",
    "psn_no"),
    ("medical", "psn_info_b", "emp_no", "insu_emp_info_b", "emp_no"), ("work_injury", "payments", "工伤编号", "persons", "工伤编号"), ("unemployment",
    "benefits", "GRBH", "persons", "GRBH"),
)  # fmt: skip


def clean(made: Made, source: str, stream: str) -> pl.DataFrame:
    return made.tables[source][stream].filter(pl.col("_fault") == "")


def as_day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Utf8).str.replace_all(r"[-/]", "").str.to_date("%Y%m%d", strict=False)


@pytest.mark.parametrize(("source", "stream", "column"), list(CODES))
def test_codes_are_those_of_the_readme(large: Made, source: str, stream: str, column: str) -> None:
    known = CODES[source, stream, column].split()
    assert set(clean(large, source, stream)[column].drop_nulls().unique()) <= set(known)


@pytest.mark.parametrize(("source", "stream"), list(PERIODS))
def test_periods_run_forwards(large: Made, source: str, stream: str) -> None:
    start, end = PERIODS[source, stream]
    frame = clean(large, source, stream)
    assert frame[start].null_count() == 0
    assert frame.filter(pl.col(end).is_not_null()).select((pl.col(end) >= pl.col(start)).all()).item()
    if stream != "relief":
        assert frame.select(as_day(start).is_not_null().all(), (as_day(end).is_null() == pl.col(end).is_null()).all()).row(0) == (True, True)


@pytest.mark.parametrize(("source", "stream"), list(DAYS))
def test_days_are_real(large: Made, source: str, stream: str) -> None:
    for column in DAYS[source, stream]:
        frame = clean(large, source, stream).filter(pl.col(column).fill_null("") != "")
        assert frame.select(as_day(column).is_not_null().all()).item()
        assert frame.select((as_day(column) <= pl.date(2025, 10, 31)).all()).item()


@pytest.mark.parametrize(("source", "stream"), list(MONTHS))
def test_months_are_real(large: Made, source: str, stream: str) -> None:
    months = clean(large, source, stream)[MONTHS[source, stream]]
    assert months.null_count() == 0
    assert months.str.contains(r"^20[0-2]\d-?(0[1-9]|1[0-2])$").all()


@pytest.mark.parametrize(("source", "child", "column", "parent", "key"), PARENTS)
def test_references_exist(large: Made, source: str, child: str, column: str, parent: str, key: str) -> None:
    known = clean(large, source, parent)
    if "vali_flag" in known.columns:
        known = known.filter(pl.col("vali_flag") == "1")
    assert clean(large, source, child)[column].drop_nulls().is_in(known[key].implode()).all()


def test_amounts(large: Made) -> None:
    lines = clean(large, "pension", "ac43")
    assert lines.filter(pl.col("aaa115") != "40").select((pl.col("aae022") >= 0).all() & (pl.col("aae020") >= 0).all()).item()
    assert lines.filter(pl.col("aaa115") == "40").select((pl.col("aae022") < 0).all() & pl.col("bae223").is_not_null().all()).item()
    assert clean(large, "pension", "ac61")["aae019"].min() > 0  # type: ignore[operator]
    assert clean(large, "medical", "setl_d").select((pl.col("fund_pay_sumamt") <= pl.col("medfee_sumamt")).all()).item()
    assert clean(large, "unemployment", "benefits")["JE"].cast(pl.Float64).min() > 0  # type: ignore[operator]


def test_birth_as_written_lies_before_the_first_enrolment(large: Made) -> None:
    persons = clean(large, "pension", "ac01").filter(pl.col("aac006").str.len_chars() == 8)
    joined = clean(large, "pension", "ac02").join(persons.select("aac001", "aac006"), on="aac001")
    assert joined.select((pl.col("aac006") < pl.col("aae030")).all()).item()
    insured = clean(large, "medical", "psn_info_b").filter(pl.col("brdy").str.len_chars() == 10)
    joined = clean(large, "medical", "psn_insu_d").join(insured.select("psn_no", "brdy"), on="psn_no")
    assert joined.select((pl.col("brdy") < pl.col("psn_insu_date")).all()).item()


def test_nothing_of_one_source_after_a_death_it_knows(large: Made) -> None:
    dead = clean(large, "pension", "ac01").filter(pl.col("aae138").is_not_null()).select("aac001", pl.col("aae138").str.slice(0, 6).alias("died"))
    for stream, month in (("ac43", "aae003"), ("ac61", "aae002")):
        assert clean(large, "pension", stream).join(dead, on="aac001").select((pl.col(month) <= pl.col("died")).all()).item()


def test_size(large: Made) -> None:
    contributions = large.tables["pension"]["ac43"].height + large.tables["tax"]["lines"].height
    assert contributions == pytest.approx(250_000, rel=0.03)


def test_keys_are_unique(large: Made) -> None:
    from county.layout import KEYS

    for source, streams in KEYS.items():
        for stream, key in streams.items():
            frame = clean(large, source, stream)
            assert frame.select(pl.struct(key).is_unique().all()).item(), (source, stream)


def test_faults_are_as_listed(large: Made) -> None:
    for (source, stream), listed in large.faults.group_by("source", "stream"):
        table = large.tables[str(source)][str(stream)]
        assert table.filter(pl.col("_fault") != "").height == listed.height
    assert large.faults.height == 3 * large.faults.select("source", "stream", "fault").n_unique()


def test_nothing_refers_to_a_planted_row(large: Made) -> None:
    for source, child, column, parent, key in PARENTS:
        faulty = large.tables[source][parent].filter(pl.col("_fault") != "")[key].drop_nulls()
        kin = large.tables[source][child].filter(pl.col("_fault") == "")[column].drop_nulls()
        assert not kin.is_in(faulty.implode()).any()


def listed(made: Made, finding: str) -> pl.DataFrame:
    return findings.findings(made.county, made.written, made.tables["pension"]).filter(pl.col("finding") == finding)


def test_dead_but_paid(large: Made) -> None:
    found = listed(large, "dead_but_paid")
    assert found["person"].n_unique() == 12
    deaths = large.tables["civil_affairs"]["deaths"].filter(pl.col("_fault") == "")
    assert found["person"].is_in(deaths["_person"].implode()).all()


def test_paid_twice(large: Made) -> None:
    found = listed(large, "paid_twice")
    assert found.group_by("detail").agg(pl.col("person").n_unique()).sort("detail").rows() == [("two divisions", 8), ("two lines", 8)]


def test_employed_while_drawing_unemployment_benefit(large: Made) -> None:
    drawn = large.tables["unemployment"]["benefits"].filter(pl.col("_fault") == "").select("_person", month="DYYM")
    paid = clean(large, "pension", "ac43").filter(pl.col("aab001").is_not_null()).select("_person", month="aae003")
    both = drawn.join(paid, on=["_person", "month"], how="semi")
    assert set(both["_person"].unique()) == set(listed(large, "employed_unemployed")["person"])


def test_archive_items_missing(large: Made) -> None:
    paid = clean(large, "pension", "ac61").filter(pl.col("aaa036").is_in(["1101", "1201"]))["_person"].unique()
    approved = clean(large, "archive_room", "items").filter(pl.col("分类号") == "HD")["_person"].unique()
    assert set(paid) - set(approved) == set(listed(large, "archive_missing")["person"])


def test_coverage_gaps(large: Made) -> None:
    lines = (
        clean(large, "pension", "ac43")
        .filter((pl.col("aae140") != "170") & (pl.col("aaa115") != "40"))
        .select("_person", "aae003")
        .unique()
        .sort("_person", "aae003")
    )
    index = pl.col("aae003").str.slice(0, 4).cast(pl.Int32) * 12 + pl.col("aae003").str.slice(4, 2).cast(pl.Int32)
    gaps = lines.with_columns(index.diff().over("_person").alias("step")).filter(pl.col("step") > 3)
    assert set(gaps["_person"]) == set(listed(large, "coverage_gap")["person"])


def test_employers_who_stopped_paying(large: Made) -> None:
    enrolled = clean(large, "pension", "ac02").filter(pl.col("aac031") == "1")["aab001"].drop_nulls().unique()
    paying = clean(large, "pension", "ac43").filter(pl.col("aae003") >= "202507")["aab001"].drop_nulls().unique()
    silent = large.tables["pension"]["ab01"].filter(pl.col("aab001").is_in(list(set(enrolled) - set(paying))) & (pl.col("_fault") == ""))
    right = large.county.employers.filter(pl.col("credit_code").is_in(listed(large, "employer_stopped")["employer"].implode()))
    assert set(silent["aab004"]) == set(right["name"])


def test_two_numbers_and_one_number(large: Made) -> None:
    assert 7 <= listed(large, "two_numbers").height <= 10
    assert 1 <= listed(large, "one_number").height <= 3


def test_the_readme_names_every_column(large: Made) -> None:
    from pathlib import Path

    readme = (Path(__file__).parents[2] / "county" / "README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", readme))
    for streams in large.tables.values():
        for table in streams.values():
            assert {c for c in table.columns if not c.startswith("_")} <= words
