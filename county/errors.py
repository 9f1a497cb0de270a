"""From what a system knows to what it wrote down: every error kind of errors.yml, at its rate, marked for the tests.

`write` adds to the frame of records the columns `w_name`, `w_number`, `w_birth` (ISO, partial kept), `w_sex`, `w_phone`, `w_address`, `w_employer`
and the kinds `k_name`, `k_number`, `k_birth` (blank = written right).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from county import numbers, slips
from county.lives import County
from county.lunar import lunar_as_solar
from county.names import SEPARATOR
from county.records import age_at
from county.tables import Text

Flags = NDArray[np.bool_]
Index = NDArray[np.int64]

NO_JUNK = ("tax", "relief")
"""Streams keyed by number and name: the number is always there and at most slightly wrong."""


@cache
def rates() -> dict[str, Any]:
    """Read errors.yml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "errors.yml").read_text(encoding="utf-8"))
    return loaded


def pick(rng: np.random.Generator, weight: NDArray[np.float64], share: float) -> Index:
    """Choose `share` rows (a fraction by chance; fewer when fewer have weight), likelier where the weight is larger, none where it is 0."""
    count = int(share) + bool(rng.random() < share - int(share))
    possible = np.flatnonzero(weight > 0)
    if count <= 0 or not len(possible):
        return possible[:0]
    score = np.log(rng.random(len(possible))) / weight[possible]
    return np.sort(possible[np.argsort(-score)[:count]])


def write(records: pl.DataFrame, county: County, rng: np.random.Generator) -> pl.DataFrame:
    """Write every record as its department did, right or wrong."""
    system = np.where(records["source"].to_numpy() == "civil_affairs", records["stream"].to_numpy(), records["source"].to_numpy()).astype(np.str_)
    source = records["source"].to_numpy().astype(np.str_)
    hand = np.array([rates()["by_hand"][name] for name in source])
    number, k_number = _numbers(records, county, system, source, hand, rng)
    name, k_name = _names(records, system, hand, rng)
    _keep_apart(records, system, number, name, k_number, k_name)
    birth, k_birth = _births(records, source, hand, rng)
    columns = {"w_name": name, "k_name": k_name, "w_number": number, "k_number": k_number, "w_birth": birth, "k_birth": k_birth}
    columns |= _contacts(records, county, source, hand, rng)
    return records.with_columns(pl.Series(key, values) for key, values in columns.items())


def _filled(source: Text, field: str, rng: np.random.Generator) -> Flags:
    share = np.array([rates()["filled"].get(name, {}).get(field, 1.0) for name in source])
    return np.asarray(rng.random(len(source)) < share)


def _numbers(records: pl.DataFrame, county: County, system: Text, source: Text, hand: NDArray[np.float64], rng: np.random.Generator) -> tuple[Text, Text]:
    number = records["number"].to_numpy().astype("U20")
    kind = np.full(len(number), "", dtype="U10")
    for name, share in rates()["no_number"].items():
        here = (source == name) & (system != "relief")
        kind[pick(rng, here.astype(float), share * here.sum())] = "missing"
    citizen = records["document"].to_numpy() == "01"
    old = records["birth"].to_numpy() < np.datetime64("1980-01-01")
    ends_x = np.strings.endswith(number, "X")
    relative = _relatives(records, county)
    fit = {"relative": relative >= 0, "legacy": old, "lower_x": ends_x}
    for name, share in rates()["number"].items():
        free = (kind == "") & citizen & (system != "police") & fit.get(name, True)
        if name in ("masked", "junk", "full_width", "cut", "dropped", "doubled"):
            free &= ~np.isin(system, NO_JUNK)
        if name in ("full_width", "doubled"):
            free &= system != "unemployment"
        kind[pick(rng, hand * free, share * len(number))] = name
    number[kind == "missing"] = ""
    here = np.flatnonzero(kind == "relative")
    number[here] = county.people["number"].to_numpy().astype("U20")[relative[here]]
    here = np.flatnonzero(kind == "legacy")
    number[here] = numbers.legacy(number[here])
    return _broken(number, kind, rng), kind


def _keep_apart(records: pl.DataFrame, system: Text, number: Text, name: Text, k_number: Text, k_name: Text) -> None:
    """Write rightly again, in place, what would give two persons one key in a system keyed by number and name."""
    keyed = np.flatnonzero(np.isin(system, NO_JUNK))
    frame = pl.DataFrame({"system": system[keyed], "number": number[keyed], "name": name[keyed], "person": records["person"].to_numpy()[keyed]})
    shared = frame.select(pl.col("person").n_unique().over("system", "number", "name") > 1).to_series().to_numpy()
    here = keyed[shared]
    number[here], name[here] = records["number"].to_numpy()[here].astype("U20"), records["name"].to_numpy()[here].astype("U40")
    k_number[here], k_name[here] = "", ""


def _relatives(records: pl.DataFrame, county: County) -> Index:
    """Give each record the relative whose number could stand in its place: spouse, else mother, else father."""
    people, person = county.people, records["person"].to_numpy()
    spouse, mother, father = (people[name].to_numpy()[person] for name in ("spouse", "mother", "father"))
    relative = np.where(spouse >= 0, spouse, np.where(mother >= 0, mother, father))
    plain = (people["document"].to_numpy() == "01") & (people["shares_number_with"].to_numpy() < 0)
    return np.where((relative >= 0) & plain[relative], relative, -1)


def _broken(number: Text, kind: Text, rng: np.random.Generator) -> Text:
    here = np.flatnonzero(~np.isin(kind, ("", "missing", "relative", "legacy")))
    where, which = rng.random(len(here)), rng.random(len(here))
    spoiled = [slips.broken_number(str(n), str(k), float(a), float(b)) for n, k, a, b in zip(number[here], kind[here], where, which, strict=True)]
    number[here] = np.array(spoiled, dtype="U20")
    return number


def _names(records: pl.DataFrame, system: Text, hand: NDArray[np.float64], rng: np.random.Generator) -> tuple[Text, Text]:
    name = records["name"].to_numpy().astype("U40")
    kind = np.full(len(name), "", dtype="U12")
    values, inverse = np.unique(name, return_inverse=True)
    has = {
        "homophone": _any_of(values, slips.homophones())[inverse],
        "look_alike": _any_of(values, slips.look_alikes())[inverse],
        "traditional": _any_of(values, {chr(c): "" for c in slips.traditional()})[inverse],
    }
    outside = np.array([not slips.in_gbk(value) for value in values.tolist()])[inverse]
    dotted = np.strings.find(name, SEPARATOR) >= 0
    share = rates()["name"]
    kind[outside & ((system == "unemployment") | ((system != "police") & (rng.random(len(name)) < share["placeholder"])))] = "placeholder"
    kind[dotted & (kind == "") & (system != "police") & (rng.random(len(name)) < share["separator"])] = "separator"
    for error in ("homophone", "look_alike", "traditional", "inner_space", "note"):
        free = (kind == "") & has.get(error, ~dotted)
        free &= ~((system == "police") & np.isin(error, ("note", "inner_space")))
        kind[pick(rng, hand * free, share[error] * len(name))] = error
    here = np.flatnonzero(kind != "")
    where, which = rng.random(len(here)), rng.random(len(here))
    name[here] = [_misspelt(str(n), str(k), float(a), float(b)) for n, k, a, b in zip(name[here], kind[here], where, which, strict=True)]
    clumsy = (system == "unemployment") & (kind == "separator")
    name[clumsy] = [slips.without_rare(str(n), 0.0) for n in name[clumsy]]
    return name, kind


def _any_of(values: Text, table: dict[str, str]) -> Flags:
    return np.array([any(c in table for c in value[1:]) for value in values.tolist()], dtype=bool)


def _misspelt(name: str, kind: str, where: float, which: float) -> str:
    if kind in ("homophone", "look_alike"):
        return slips.replace_one(name, slips.homophones() if kind == "homophone" else slips.look_alikes(), where, which)
    if kind == "traditional":
        return name.translate(slips.traditional())
    return {"inner_space": slips.inner_space, "note": slips.noted, "placeholder": slips.without_rare, "separator": slips.other_separator}[kind](name, which)


def _births(records: pl.DataFrame, source: Text, hand: NDArray[np.float64], rng: np.random.Generator) -> tuple[Text, Text]:
    birth = records["birth"].to_numpy().astype("datetime64[D]")
    has = ~np.isnat(birth) & _filled(source, "birth", rng)
    birth = np.where(has, birth, np.datetime64("2000-01-01"))
    month = birth.astype("datetime64[M]")
    day, number_of_month = (birth - month.astype("datetime64[D]")).astype(int) + 1, month.astype(np.int64) % 12 + 1
    typed = has & (source != "police") & (age_at(birth) > 3)
    kind = np.full(len(birth), "", dtype="U14")
    fit = {"swapped": (day <= 12) & (day != number_of_month), "lunar": age_at(birth) > 20, "first_of_month": day != 1}
    total = int(typed.sum())
    for name, share in rates()["birth"].items():
        kind[pick(rng, hand * (typed & (kind == "") & fit.get(name, True)), share * total)] = name
    first = month.astype("datetime64[D]")
    swapped = birth.astype("datetime64[Y]").astype("datetime64[M]") + np.where(kind == "swapped", day - 1, 0).astype("timedelta64[M]")
    nudge = np.array([1, -1, 31, -31, 365, -365])[rng.integers(0, 6, len(birth))].astype("timedelta64[D]")
    written = np.select(
        [kind == "first_of_month", kind == "lunar", kind == "swapped", kind == "slip"],
        [first, lunar_as_solar(birth), swapped.astype("datetime64[D]") + (number_of_month - 1).astype("timedelta64[D]"), birth + nudge],
        birth,
    )
    text = np.where(has, np.datetime_as_string(written.astype("datetime64[D]")), "")
    short = np.where(rng.random(len(birth)) < 0.6, text.astype("U7"), text.astype("U4"))
    return np.where(kind == "partial", short, text).astype("U10"), kind


def _contacts(records: pl.DataFrame, county: County, source: Text, hand: NDArray[np.float64], rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    size = len(source)
    share = rates()["contact"]
    phone = np.where(_filled(source, "phone", rng), records["phone"].to_numpy().astype("U13"), "")
    for i in pick(rng, hand * (np.strings.str_len(phone) == 11), share["phone_slip"] * (phone != "").sum()):
        place, digit = int(rng.integers(3, 11)), int(rng.integers(1, 10))
        phone[i] = phone[i][:place] + str((int(phone[i][place]) + digit) % 10) + phone[i][place + 1 :]
    form = np.where(source == "police", "0", rng.choice(list("0123"), size=size, p=[0.94, 0.02, 0.02, 0.02]))
    address = np.where(_filled(source, "address", rng), records["address"].to_numpy().astype("U60"), "")
    short = np.where((rng.random(size) < share["address_short"]) & (source != "police"), rng.integers(1, 4, size).astype("U1"), "0")
    employer = records["employer"].to_numpy()
    there = (employer >= 0) & _filled(source, "employer", rng)
    full, brief = (county.employers[name].to_numpy().astype("U40")[np.maximum(employer, 0)] for name in ("name", "short"))
    typed = np.isin(source, ("work_injury", "unemployment", "archive_room")) & (rng.random(size) < share["employer_short"])
    sex = records["sex"].to_numpy().astype("U1")
    wrong = rng.random(size) < 0.001 * hand
    sex = np.where(wrong & (sex != "") & (source != "police"), np.where(sex == "1", "2", "1"), sex)
    return {
        "w_phone": slips.phone_forms(phone, form),
        "w_address": slips.shortened(address, short),
        "w_employer": np.where(there, np.where(typed, brief, full), ""),
        "w_employer_at": np.where(there, employer, -1),
        "w_sex": np.where(_filled(source, "sex", rng), sex, ""),
    }
