"""`hub dedupe` on files as they come: columns found by header and content, stable output, and files that hurt."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hub.errors import HubError
from matching.dedupe import Deduped, dedupe
from tests.matching.conftest import pairwise

HEADERS = {"name": "姓名", "id_number": "证件号", "birth_date": "CSRQ", "sex_code": "性别", "phone": "c7", "address": "c8", "employer_name": "c9"}


@pytest.fixture(scope="module")
def some(people: pl.DataFrame) -> pl.DataFrame:
    chosen = people["person"].unique().sort().head(500)
    return people.filter(pl.col("person").is_in(chosen.implode())).rename(HEADERS)


@pytest.fixture(scope="module")
def done(some: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Deduped:
    folder = tmp_path_factory.mktemp("dedupe")
    some.select("record_id", *HEADERS.values()).write_csv(folder / "people.csv")
    return dedupe(folder / "people.csv", folder / "out")


def test_columns_are_recognised_by_header_and_content(done: Deduped) -> None:
    assert dict(done.recognised.columns) == HEADERS
    assert {done.recognised.how[field] for field in ("name", "id_number", "birth_date", "sex_code")} == {"header"}
    assert {done.recognised.how[field] for field in ("phone", "address", "employer_name")} == {"content"}


def test_clusters_are_right_and_complete(done: Deduped, some: pl.DataFrame) -> None:
    clusters = pl.read_csv(done.files[0], infer_schema=False)
    assert clusters.columns == ["record_id", "cluster_id", "grade"]
    assert clusters["record_id"].to_list() == some["record_id"].to_list()
    truth = clusters.join(some.select("record_id", "person"), on="record_id")
    assert pairwise(truth["cluster_id"], truth["person"])[2] > 0.985


def test_pairs_hold_weight_grade_and_levels(done: Deduped) -> None:
    pairs = pl.read_parquet(done.files[2])
    assert pairs.columns[:5] == ["left_id", "right_id", "weight", "probability", "grade"]
    assert "certified" in pairs["number"].unique().to_list()


def test_report_is_self_contained_and_masked(done: Deduped, some: pl.DataFrame) -> None:
    page = done.files[3].read_text(encoding="utf-8")
    assert "http" not in page
    assert not [value for column in ("证件号", "c7", "c8") for value in some[column].drop_nulls().unique() if len(value) > 6 and value in page]


def test_report_shows_values_when_asked(some: pl.DataFrame, tmp_path: Path) -> None:
    some.head(300).select("record_id", *HEADERS.values()).write_parquet(tmp_path / "p.parquet")
    shown = dedupe(tmp_path / "p.parquet", tmp_path / "out", show_values=True).files[3].read_text(encoding="utf-8")
    assert [value for value in some["证件号"].drop_nulls() if value in shown]


def test_the_same_file_gives_the_same_bytes(some: pl.DataFrame, tmp_path: Path) -> None:
    some.head(400).select(HEADERS.values()).write_csv(tmp_path / "p.csv")
    first, second = (dedupe(tmp_path / "p.csv", tmp_path / out).files for out in ("a", "b"))
    for one, two in zip(first, second, strict=True):
        assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(two.read_bytes()).digest()


def test_gb18030_and_a_mapping(some: pl.DataFrame, tmp_path: Path) -> None:
    text = some.head(50).select(pl.col("姓名").alias("a"), pl.col("证件号").alias("b"), pl.col("c8").alias("编号")).write_csv()
    (tmp_path / "p.csv").write_bytes(text.encode("gb18030"))
    found = dedupe(tmp_path / "p.csv", tmp_path / "out", mapping={"name": "a", "id_number": "b"}).recognised
    assert found.columns["name"] == "a"
    assert found.how["id_number"] == "given"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        ("姓名\n".encode(), None),
        ("姓名\n王伟\n".encode(), None),
        (b"x,y\n1,2\n3,4\n", "no column recognised as name or identity number among x, y"),
        ("姓名,姓名\n王伟,李娜\n".encode(), "columns repeat: 姓名"),
        ("record_id,姓名\n1,王伟\n1,李娜\n".encode(), "row 1: column record_id: 1 ids stand on several rows"),
        ("record_id,姓名\n1,王伟\n,李娜\n".encode(), "row 2: column record_id: no record id"),
        ("姓名,电话\n王伟,1\n李娜,1,2\n".encode(), "line 3: 3 values, expected 2"),
        ("姓名\n王伟\n".encode() + "李娜莉\n".encode("gbk") + b"\xff\xff\n", "line 3 is not utf-8"),
        ("姓名\n王伟\n".encode() + "李娜莉\n".encode("gbk"), "several encodings"),
        (b"PAR1 not really", "cannot be read"),
        (b"\0\1\2\3 binary", "neither text nor Parquet"),
        (b"PK\x03\x04 a workbook", "save its sheet as CSV"),
        ("花名册\n,,\n姓名,姓名,电话\n王伟,李娜,1\n".encode(), "line 3: columns repeat: 姓名"),
        ("花名册\n姓名,电话\n王伟,1\n李娜,1,2\n".encode(), "line 4: 3 values, expected 2"),
        ("姓名,证件号\n,\n,\n".encode(), None),
    ],
)
def test_files_that_hurt(tmp_path: Path, content: bytes, message: str | None) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    if message is None:
        assert len(pl.read_csv(dedupe(path, tmp_path / "out").files[0])) == max(content.count(b"\n") - 1, 0)
    else:
        with pytest.raises(HubError, match=r"p[.]csv: ") as caught:
            dedupe(path, tmp_path / "out")
        assert message in str(caught.value)


def test_titles_above_the_header_and_numbers_a_spreadsheet_spoilt_are_told(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("某县参保人员花名册,,\n\n姓名,身份证号,电话\n王伟,3.30106E+17,1\n李娜,330106194912310021,2\n", encoding="utf-8")
    found = dedupe(path, tmp_path / "out")
    assert found.records == 2
    titles, spoilt = found.recognised.notes
    assert titles == "above the header: 2 of the first lines taken as titles"
    assert spoilt.startswith("身份证号: 1 numbers were shortened by a spreadsheet")


@pytest.mark.parametrize(
    "text",
    [
        '"姓名\n（必填）",电话\n王伟,1\n李娜,2\n',
        "姓名\n" + "王" * 200_000 + "\n李娜\n",
        "姓名,电话\n王伟," + "1" * 200_000 + "\n李娜,2\n",
    ],
    ids=["a heading of two lines", "one column, a long field", "a long field at once"],
)
def test_what_is_no_title_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    found = dedupe(path, tmp_path / "out", mapping={"name": "姓名\n（必填）"} if text.startswith('"') else None)
    assert (found.records, found.recognised.notes) == (2, ())


def test_a_folder_or_a_file_in_the_wrong_place_is_told_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("姓名\n王伟\n", encoding="utf-8")
    with pytest.raises(HubError, match="is a folder"):
        dedupe(tmp_path, tmp_path / "out")
    with pytest.raises(HubError, match=r"--out p[.]csv: is a file"):
        dedupe(path, path)


def test_unknown_columns_and_fields_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("姓名\n王伟\n", encoding="utf-8")
    with pytest.raises(HubError) as caught:
        dedupe(path, tmp_path / "out", mapping={"name": "nothing", "title": "姓名"})
    assert "the file has no column nothing" in str(caught.value)
    assert "no field title" in str(caught.value)
    with pytest.raises(HubError, match="--id key: no such column"):
        dedupe(path, tmp_path / "out", id_column="key")


def test_a_field_of_a_megabyte_and_one_name_for_all(tmp_path: Path) -> None:
    rows = pl.DataFrame({"姓名": ["王伟"] * 20_000 + ["王" * 1_000_000, "-" * 1_000_000], "电话": [str(13_000_000_000 + i) for i in range(20_002)]})
    rows.write_csv(tmp_path / "p.csv")
    assert dedupe(tmp_path / "p.csv", tmp_path / "out").clusters == 20_002


def test_identical_rows_are_one_person_however_many(tmp_path: Path) -> None:
    count = 30_000
    rows = pl.DataFrame({"姓名": ["王小伟"] * count, "证件号": ["11010519491231002X"] * count, "出生日期": ["1949-12-31"] * count})
    rows.write_csv(tmp_path / "p.csv")
    found = dedupe(tmp_path / "p.csv", tmp_path / "out")
    assert found.clusters == 1
    assert np.all(found.result.records["grade"].to_numpy() == "certain")
