"""The layouts in short: which columns are a stream's key, which of them are personal, which column is stamped at every change."""

from __future__ import annotations

KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    "pension": {"ac01": ("aac001",), "ab01": ("aab001",), "ac02": ("aaz159",), "ac43": ("aaz223",), "ac61": ("aaz220",)},
    "medical": {"psn_info_b": ("psn_no",), "insu_emp_info_b": ("emp_no",), "psn_insu_d": ("psn_insu_rlts_id",), "setl_d": ("setl_id",)},
    "work_injury": {"persons": ("工伤编号",), "payments": ("支付编号",)},
    "unemployment": {"persons": ("GRBH",), "benefits": ("DYBH",)},
    "tax": {"lines": ("明细序号",)},
    "civil_affairs": {"deaths": ("deathNo",), "marriages": ("regNo",), "relief": ("idNumber", "name")},
    "police": {"register": ("公民身份号码",)},
    "archive_room": {"items": ("档号",)},
}
"""Key columns of every stream."""

PERSON_KEYS = {("tax", "lines"): ("证件号码", "姓名")}
"""Where the person's key is not the row's: the lines of the tax bureau."""

PERSON_STREAMS = {
    "pension": "ac01",
    "medical": "psn_info_b",
    "work_injury": "persons",
    "unemployment": "persons",
    "police": "register",
    "archive_room": "items",
}
"""The stream that holds the persons (tax has lines only; all three streams of civil affairs hold persons)."""

PERSONAL = {("tax", "lines"), ("civil_affairs", "relief"), ("police", "register")}
"""Streams whose persons are keyed by personal values."""

STAMPS = {"pension": "aae036", "medical": "updt_time", "civil_affairs": "updatedAt"}
"""The column a cursor reads."""
