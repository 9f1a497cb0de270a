"""The population: households of related people with names, births, numbers, addresses and telephones.

Everything later (lives, records, errors) reads the one frame `populate` gives; one row is one true person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county import names, numbers
from county.tables import DAY0, DIVISIONS, DIVISIONS_CHANGED, FORMER, OUTSIDE, Text, choose, concat, date_text, digits, words

Index = NDArray[np.int64]
Days = NDArray[np.datetime64]

HEAD, SPOUSE, CHILD, SECOND_CHILD, GRANDFATHER, GRANDMOTHER = range(6)
KINDS: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.17, (HEAD,)),
    (0.20, (HEAD, SPOUSE)),
    (0.24, (HEAD, SPOUSE, CHILD)),
    (0.18, (HEAD, SPOUSE, CHILD, SECOND_CHILD)),
    (0.06, (HEAD, CHILD)),
    (0.15, (HEAD, SPOUSE, CHILD, GRANDFATHER, GRANDMOTHER)),
)
"""Share and members of each kind of household."""

TWINS = 0.006
NAMESAKES = 0.003
SHARED_PHONE = 0.10


@dataclass
class Skeleton:
    """Who lives with whom: one entry a person, -1 where there is no such relative."""

    household: Index
    kind: Index
    role: Index
    relative: dict[str, Index]
    male: NDArray[np.bool_]
    birth: Days
    twin: Index


def populate(people: int, rng: np.random.Generator) -> pl.DataFrame:
    """Make `people` persons; the frame's row number is the true person id."""
    bones = _households(people, rng)
    ethnic = _ethnic(bones, rng)
    surname, given, name = _names(bones, ethnic, rng)
    birth, surname, given, name = _namesakes(bones, ethnic, surname, given, name, rng)
    place = _places(bones, rng)
    identity = _identity(bones, birth, place["division"], rng)
    frame = {
        "person": np.arange(people),
        "household": bones.household,
        "household_no": concat("52", digits(bones.household + 10**6, 8)),
        "role": bones.role,
        **bones.relative,
        "twin": bones.twin,
        "male": bones.male,
        "birth": birth,
        "surname": surname,
        "given": given,
        "name": name,
        "ethnic": ethnic,
        **place,
        **identity,
        **_phones(bones, birth, rng),
    }
    return pl.DataFrame(frame)


def _households(people: int, rng: np.random.Generator) -> Skeleton:
    shares = np.array([share for share, _ in KINDS])
    kind = rng.choice(len(KINDS), size=people // 2 + 50, p=shares)
    size = np.array([len(members) for _, members in KINDS])[kind]
    start = np.concatenate([[0], np.cumsum(size)])
    household = np.repeat(np.arange(len(kind)), size)[:people]
    place = np.arange(people) - start[household]
    members = np.full((len(KINDS), 5), -1)
    for number, (_, roles) in enumerate(KINDS):
        members[number, : len(roles)] = roles
    role = members[kind[household], place]
    at = np.full((household[-1] + 1, 6), -1)
    at[household, role] = np.arange(people)
    relative = _relatives(at, household, role)
    male = rng.random(people) < 0.5
    male = np.where(role == HEAD, (relative["spouse"] >= 0) | male, male)
    male = np.where(role == SPOUSE, False, male)
    male = np.where(role == GRANDFATHER, True, np.where(role == GRANDMOTHER, False, male))
    birth, twin = _births(at, kind[household], role, rng)
    return Skeleton(household, kind[household], role, relative, male, birth, twin)


def _relatives(at: Index, household: Index, role: Index) -> dict[str, Index]:
    head, spouse, grandfather, grandmother = (at[household, r] for r in (HEAD, SPOUSE, GRANDFATHER, GRANDMOTHER))
    child = np.isin(role, (CHILD, SECOND_CHILD))
    none = np.full(len(role), -1)
    other = {HEAD: spouse, SPOUSE: head, GRANDFATHER: grandmother, GRANDMOTHER: grandfather}
    return {
        "head": head,
        "father": np.select([child, role == HEAD], [head, grandfather], none),
        "mother": np.select([child, role == HEAD], [spouse, grandmother], none),
        "spouse": np.select([role == r for r in other], list(other.values()), none),
    }


def _births(at: Index, kind: Index, role: Index, rng: np.random.Generator) -> tuple[Days, Index]:
    """Draw ages in days, household by household: the head first, then the others from the head's."""
    homes = len(at)
    home_kind = kind[at[:, HEAD]]
    youngest, oldest = np.array([22, 24, 26, 28, 26, 30])[home_kind], np.array([90, 88, 62, 56, 62, 56])[home_kind]
    head = rng.uniform(youngest, oldest) + rng.random(homes)
    ages = np.zeros((homes, 6))
    ages[:, HEAD] = head
    ages[:, SPOUSE] = np.clip(head - rng.normal(1.8, 2.5, homes), 21.5, 92)
    mother = np.where(at[:, SPOUSE] >= 0, ages[:, SPOUSE], head)
    ages[:, CHILD] = np.maximum(mother - rng.uniform(20.5, 34, homes), rng.uniform(0.3, 3, homes))
    ages[:, SECOND_CHILD] = np.maximum(ages[:, CHILD] - rng.uniform(1.2, 8, homes), rng.uniform(0.1, 0.9, homes))
    ages[:, GRANDFATHER] = np.minimum(head + rng.uniform(23, 34, homes), 97)
    ages[:, GRANDMOTHER] = np.clip(ages[:, GRANDFATHER] - rng.normal(1.5, 2.5, homes), head + 18, 97)
    people = len(role)
    twin = np.full(people, -1)
    pairs = np.flatnonzero((at[:, CHILD] >= 0) & (at[:, SECOND_CHILD] >= 0))
    pairs = rng.choice(pairs, size=min(len(pairs), round(TWINS * people / 2)), replace=False)
    ages[pairs, SECOND_CHILD] = ages[pairs, CHILD]
    twin[at[pairs, CHILD]], twin[at[pairs, SECOND_CHILD]] = at[pairs, SECOND_CHILD], at[pairs, CHILD]
    days = np.round(ages * 365.2425).astype(np.int64)
    own = np.zeros(people, dtype=np.int64)
    lives = at >= 0
    own[at[lives]] = days[lives]
    return DAY0 - own.astype("timedelta64[D]"), twin


def _ethnic(bones: Skeleton, rng: np.random.Generator) -> Text:
    """Give each household one ethnic group (GB/T 3304): Han, the local groups with Han-like names, Uyghur, Tibetan."""
    codes = np.array(["01", "06", "09", "15", "07", "12", "05", "04"])
    home = rng.choice(len(codes), size=int(bones.household.max()) + 1, p=[0.86, 0.04, 0.03, 0.03, 0.015, 0.01, 0.009, 0.006])
    return codes[home][bones.household]


def _names(bones: Skeleton, ethnic: Text, rng: np.random.Generator) -> tuple[Text, Text, Text]:
    people = len(bones.role)
    homes = int(bones.household.max()) + 1
    family = names.surnames(rng, homes)[bones.household]
    own = names.surnames(rng, people)
    child = np.isin(bones.role, (CHILD, SECOND_CHILD))
    inherits = (bones.role == HEAD) | child | (bones.role == GRANDFATHER)
    surname = np.where(inherits & ~(child & (rng.random(people) < 0.04)), family, own).astype("U2")
    given = names.given_names(rng, bones.birth.astype("datetime64[Y]").astype(int) + 1970, bones.male)
    given = _sibling_names(bones, given, rng)
    name = concat(surname, given).astype(names.NAME_WIDTH)
    for code in ("05", "04"):
        here = np.flatnonzero(ethnic == code)
        if code == "04":
            name[here] = names.tibetan_names(rng, len(here))
            continue
        name[here] = names.uyghur_names(rng, bones.male[here], np.full(len(here), ""))
        father = bones.relative["father"][here]
        born, parent = here[father >= 0], father[father >= 0]
        if len(born):
            first = np.strings.partition(name[parent], names.SEPARATOR)[0]
            name[born] = names.uyghur_names(rng, bones.male[born], first)
    return surname, given, name


def _sibling_names(bones: Skeleton, given: Text, rng: np.random.Generator) -> Text:
    """Let siblings (twins more often) share the first character; twins never share the whole name."""
    second = np.flatnonzero(bones.role == SECOND_CHILD)
    first = second - 1
    share = rng.random(len(second)) < np.where(bones.twin[second] >= 0, 0.6, 0.25)
    share &= (np.strings.str_len(given[first]) == 2) & (np.strings.str_len(given[second]) >= 1)
    last = np.array([text[-1] for text in given[second].tolist()], dtype="U1")
    alike = concat(given[first].astype("U1"), last)
    share &= alike != given[first]
    given[second[share]] = alike[share]
    equal = given[second] == given[first]
    given[second[equal]] = concat(given[second[equal]].astype("U1"), choose(rng, np.array(list("瑞宁安乐思远")), int(equal.sum())))
    return given


def _namesakes(bones: Skeleton, ethnic: Text, surname: Text, given: Text, name: Text, rng: np.random.Generator) -> tuple[Days, Text, Text, Text]:
    """Give pairs of strangers of one sex and almost one age the same name and the same birth date."""
    birth = bones.birth.copy()
    order = np.lexsort((birth, bones.male))
    order = order[(ethnic[order] == "01") & (bones.twin[order] < 0)]
    one, two = order[:-1], order[1:]
    free = (bones.role[two] == SPOUSE) | (bones.role[two] == GRANDMOTHER) | ((bones.role[two] == HEAD) & (bones.kind[two] == 0)) | (bones.role[two] == CHILD)
    good = free & (bones.male[one] == bones.male[two]) & (bones.household[one] != bones.household[two])
    good &= np.abs((birth[one] - birth[two]).astype(int)) < 200
    picked = rng.permutation(np.flatnonzero(good))
    picked = picked[: 2 * round(NAMESAKES * len(birth) / 2)]
    apart = np.array(sorted(picked.tolist()), dtype=np.int64)
    apart = apart[np.concatenate([[True], np.diff(apart) > 1])] if len(apart) else apart
    apart = np.sort(rng.permutation(apart)[: round(NAMESAKES * len(birth) / 2)])
    one, two = one[apart], two[apart]
    birth[two], surname[two], given[two], name[two] = birth[one], surname[one], given[one], name[one]
    return birth, surname, given, name


def _places(bones: Skeleton, rng: np.random.Generator) -> dict[str, Any]:
    """Give each household an address, some an earlier one too; written whole, shortened when recorded."""
    homes = int(bones.household.max()) + 1
    codes, called = np.array(list(DIVISIONS)), np.array(list(DIVISIONS.values()))
    at = rng.choice(len(codes), size=homes, p=[0.30, 0.22, 0.18, 0.14, 0.16])
    before = np.where(rng.random(homes) < 0.6, at, rng.integers(0, len(codes), homes))
    now, earlier = addresses(rng, called[at]), addresses(rng, called[before])
    moved = rng.random(homes) < 0.12
    since = np.where(moved, rng.random(homes), 0.0)
    home = bones.household
    old_address, old_division = np.where(moved, earlier, now), codes[np.where(moved, before, at)]
    return {"division": codes[at][home], "address": now[home], "old_address": old_address[home], "old_division": old_division[home], "moved_at": since[home]}


def addresses(rng: np.random.Generator, division: Text) -> Text:
    """Compose town and village addresses below a division's name."""
    size = len(division)
    town = choose(rng, words("towns"), size, 0.3)
    door = digits(rng.integers(1, 25, size) * 100 + rng.integers(1, 5, size), 4)
    street = concat(choose(rng, words("roads"), size, 0.2), _count(rng, size, 300), "号", _count(rng, size, 30), "栋", _count(rng, size, 4), "单元", door, "室")
    village = concat(choose(rng, words("villages"), size, 0.2), _count(rng, size, 12), "组", _count(rng, size, 120), "号")
    urban = np.strings.endswith(town, "街道")
    return concat("贵州省清江市", division, town, np.where(urban, street, village))


def _count(rng: np.random.Generator, size: int, most: int) -> Text:
    return rng.integers(1, most + 1, size).astype(np.str_)


def _identity(bones: Skeleton, birth: Days, division: Text, rng: np.random.Generator) -> dict[str, Any]:
    """Number everyone as at birth or first issue; 0.4 % are foreigners or hold a residence permit."""
    people = len(birth)
    local = rng.random(people) < 0.8
    issued_before = (birth < DIVISIONS_CHANGED) & (rng.random(people) < 0.93)
    old = np.array([FORMER[code] for code in DIVISIONS])[np.searchsorted(np.array(list(DIVISIONS)), division)]
    home = np.where(issued_before, old, division)
    area = np.where(local, home, choose(rng, np.array(OUTSIDE), people, 0.4))
    twins = bones.twin >= 0
    area = np.where(twins, home, area).astype("U6")
    document = np.full(people, "01")
    strange = rng.random(people)
    document[(strange < 0.0015) & ~twins] = "03"
    document[(strange > 0.9985) & ~twins] = "04"
    document[(strange > 0.5) & (strange < 0.501) & ~twins] = "02"
    area = np.where(document == "03", choose(rng, np.array(["810000", "820000", "830000"]), people), area)
    area = np.where(document == "04", "911992", area)
    sequence = numbers.fresh_sequences(rng, concat(area, date_text(birth)), bones.male)
    number = numbers.identity_numbers(area, birth, sequence)
    passport = concat("P", digits(rng.integers(10**7, 10**8, people), 8))
    return {"document": document, "number": np.where(document == "02", passport, number).astype("U18"), "local": local & (document == "01")}


def _phones(bones: Skeleton, birth: Days, rng: np.random.Generator) -> dict[str, Text]:
    """Give own numbers to adults; a tenth of the people use the number of the head of their household; some changed it once."""
    people = len(birth)
    age = (DAY0 - birth).astype(int) / 365.2425
    mobile = np.where(rng.random(people) < 0.04, numbers.landlines(rng, people), numbers.mobiles(rng, people))
    own = (age >= 13) & (rng.random(people) < np.where(age > 70, 0.6, 0.94))
    guest = np.flatnonzero(bones.role != HEAD)
    need = np.where(own[guest], 0.04, 1.0) * np.where(age[guest] > 70, 1.5, 1.0)
    sharing = rng.choice(guest, size=min(len(guest), round(SHARED_PHONE * people)), replace=False, p=need / need.sum())
    phone = np.where(own | (bones.role == HEAD), mobile, "")
    shared = np.zeros(people, dtype=bool)
    shared[sharing] = True
    before = np.where(rng.random(people) < 0.2, numbers.mobiles(rng, people), phone)
    phone = np.where(shared, phone[bones.relative["head"]], phone)
    return {"phone": phone, "old_phone": np.where(shared | (phone == ""), phone, before)}
