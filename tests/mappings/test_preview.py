from __future__ import annotations

from hub.settings import REPO
from mappings.load import load_named
from mappings.preview import preview
from tests.mappings.factory import rows

POLICE = load_named(REPO / "mappings" / "sources", "police")
BLANK = dict.fromkeys(POLICE.stream("register").used)
PERSON = {"公民身份号码": "529002198003051010", "姓名": "王芳", "性别": "2", "出生日期": "19800305"}
GOOD = {**BLANK, **PERSON, "户籍状态": "0", "住址": "临江区人民路12号", "联系电话": "15400000001"}


def test_raw_stands_beside_canonical_and_nobody_can_be_recognised() -> None:
    shown = preview(POLICE, "register", rows(GOOD, {**GOOD, "出生日期": "19800230", "死亡日期": "20240512"}, GOOD), 2)
    assert [row.state for row in shown] == ["maps", "refused"]
    assert shown[0].raw["姓名"] == "王*"
    entity, record = shown[0].records[0]
    assert entity == "person_record"
    assert record["birth_date"] == "1980-**-**"
    assert record["sex_code"] == "2"
    assert "person_record.birth_date:date_impossible" in shown[1].problems
    assert {entity for entity, _ in shown[1].records} == {"person_record", "death"}
    for value in ("529002198003051010", "15400000001", "人民路12号", "王芳", "1980-03-05"):
        assert value not in str(shown)


def test_a_row_out_of_scope_says_why() -> None:
    source = load_named(REPO / "mappings" / "sources", "work_injury")
    columns = source.stream("payments").used
    row = preview(source, "payments", rows({**dict.fromkeys(columns), "支付编号": "合计", "金额": "100"}))[0]
    assert (row.state, row.scope_reason, row.records) == ("out_of_scope", "合计行 (the sheet's total)", ())
