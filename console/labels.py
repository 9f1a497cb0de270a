"""Names for people of what the hub names for itself: sources, codes, fields; Chinese from the canonical model, English beside it here."""

from __future__ import annotations

from functools import lru_cache

from hub import settings
from mappings.canonical import CODES, ENTITIES
from mappings.divisions import divisions
from mappings.load import load_sources

_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Version/", "Safari"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
ENGLISH: dict[str, dict[str, str]] = {
    "GB/T 2261.1": {"0": "unknown", "1": "male", "2": "female", "9": "not said"},
    "hub.id_type": {
        "01": "identity card", "02": "passport", "03": "residence permit of HK, Macao, Taiwan",
        "04": "foreign permanent resident card", "99": "other",
    },
    "hub.insurance": {
        "110": "employee pension", "120": "civil-service pension", "170": "resident pension", "210": "unemployment", "310": "employee medical",
        "390": "resident medical", "410": "work injury", "510": "maternity", "610": "long-term care",
    },
    "hub.person_status": {"alive": "alive", "dead": "dead", "left": "moved away", "unknown": "unknown"},
    "hub.employer_kind": {"enterprise": "enterprise", "institution": "institution", "government": "government", "other": "other"},
    "hub.enrolment_status": {"enrolled": "enrolled", "suspended": "suspended", "ended": "ended"},
    "hub.payment_status": {"paying": "paying", "suspended": "suspended", "ended": "ended", "benefit": "drawing benefits"},
    "hub.contribution_kind": {"normal": "normal", "arrears": "arrears", "refund": "refund", "reversal": "reversal"},
    "hub.benefit": {
        "pension": "pension", "medical": "medical settlement", "injury": "work-injury benefit", "unemployment": "unemployment benefit",
        "maternity": "maternity allowance", "funeral": "funeral grant", "relief": "subsistence relief",
    },
    "hub.archive_class": {
        "registration": "registration", "collection": "collection", "account": "personal account", "approval": "benefit approval", "payment": "benefit payment",
        "audit": "audit", "certificate": "certificate",
    },
    "hub.retention": {"permanent": "permanent", "100": "100 years", "50": "50 years", "30": "30 years", "10": "10 years"},
}  # fmt: skip
_GROUPS = (
    (
        "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 "
        "黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 "
        "土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 "
        "俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
    ),
    (
        "Han Mongol Hui Tibetan Uygur Miao Yi Zhuang Buyei Korean Manchu Dong Yao Bai Tujia Hani Kazak Dai Li Lisu Va She Gaoshan "
        "Lahu Sui Dongxiang Naxi Jingpo Kirgiz Tu Daur Mulao Qiang Blang Salar Maonan Gelao Xibe Achang Pumi Tajik Nu Uzbek "
        "Russian Ewenki Deang Bonan Yugur Gin Tatar Derung Oroqen Hezhen Monba Lhoba Jino"
    ),
)
ETHNIC = tuple({f"{at:02d}": name for at, name in enumerate(names.split(), 1)} for names in _GROUPS)
"""Ethnic groups by their numbers in GB/T 3304: Chinese, English."""
FIELDS: dict[str, str] = {
    "name": "Name", "former_name": "Former name", "id_number": "Identity no.", "id_type_code": "Kind of document", "sex_code": "Sex",
    "birth_date": "Birth date",
    "ethnic_code": "Ethnic group", "phone": "Phone", "address": "Address", "area_code": "Area", "household_no": "Household no.", "employer_name": "Employer",
    "account": "Bank account", "status_code": "State", "updated_on": "Updated on", "death_date": "Death", "credit_code": "Credit code", "kind_code": "Kind",
}  # fmt: skip


@lru_cache(maxsize=2)
def _sources(folder: str) -> dict[str, tuple[str, str]]:
    found, _ = load_sources(settings.load().sources)
    return {source.source: (source.department.zh, source.department.en) for source in found}


def source(name: str, language: str) -> str:
    """Name a source as its department is called; one that has no file any more by its own name."""
    zh, en = _sources(str(settings.load().sources)).get(name, (name, name))
    return zh if language == "zh" else en


def code(system: str, value: str | None, language: str) -> str:
    """Say what a code means; one that is not in the list is shown as it is."""
    if value is None:
        return ""
    if system == "GB/T 3304":
        return ETHNIC[0 if language == "zh" else 1].get(value, value)
    return (CODES if language == "zh" else ENGLISH).get(system, {}).get(value, value)


def field(name: str, language: str, entity: str = "person_record") -> str:
    """Name a field of a canonical record."""
    found = ENTITIES[entity].by_name.get(name)
    if language == "zh":
        return found.zh if found else {"death_date": "死亡日期"}.get(name, name)
    return FIELDS.get(name, name.replace("_", " "))


def division(code: str, language: str) -> str:
    """Name a division; nothing where the list of divisions has no line for it."""
    zh, en = divisions().get(code[:6], ("", ""))
    return zh if language == "zh" else en


def program(client: str) -> str:
    """Name a browser and its system by what it says of itself (its user agent); what is no browser stands as it is, shortened."""
    browser = next((f"{name} {client.split(mark)[1].split('.')[0]}" for mark, name in _BROWSERS if mark in client), None)
    system = next((name for name in _SYSTEMS if name in client), None)
    return " · ".join(part for part in (browser, system) if part) if browser else client[:40]
