"""Who is near a record, and when a run of verdicts is long or fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.pipeline import household, pace
from tests.hub.pipeline.lives import life, load, number, write
from tests.hub.pipeline.worlds import World, built, lives_of, world
from warehouse import identity
from warehouse.db import connect

__all__ = ["built", "world"]


def test_address_number_phone_and_twins_are_found(world: World) -> None:
    own = life(3, "r3")
    born = own.born
    others = [
        life(801, "h1", address=own.address), life(802, "h2", phone=own.phone), life(803, "h3", number=own.number),
        life(804, "h4", born=born, name=own.name[0] + "双双", number=number("330106", born, 5)),
        life(805, "h5", born=born, name=own.name[0] + "无关", number=""),
    ]  # fmt: skip
    write(world.home, "pension", [*lives_of("pension"), *others])
    load(world.home, "pension")
    places = world.places()
    with connect() as connection:
        records = identity.person_records_of(connection, [("register", "r3")])
        told = {one.person_id: one.hows for one in household.around(connection, records, [places["register", "r3"]])}
    assert told[places["pension", "h1"]] == ("address",)
    assert told[places["pension", "h2"]] == ("phone",)
    assert "twin" in told[places["pension", "h4"]]
    assert places["pension", "h5"] not in told, "a birthday and a surname are no household"
    assert places["pension", "h3"] == places["register", "r3"] or "number" in told[places["pension", "h3"]]


@pytest.mark.parametrize(
    ("one", "other", "together"), [("330106196304120101", "330106196304120110", False), ("", None, False), ("33010619630412", "33010619630413", False)]
)
def test_numbers_that_do_not_hold_make_no_twins(one: str, other: str | None, together: bool) -> None:
    assert household._given_together(one, other) is together
    a, b, far = (number("330106", "1963-04-12", sequence) for sequence in (11, 14, 811))
    assert household._given_together(a, b)
    assert not household._given_together(a, far)
    assert not household._given_together(a, a)


def moments(now: datetime, seconds: float, count: int) -> list[datetime]:
    return [now - timedelta(seconds=seconds * at) for at in range(count)]


def test_a_run_is_told_when_it_is_long_or_fast_and_a_break_ends_it() -> None:
    now = datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert pace.judged(moments(now, 30, 100), now) is None, "fifty minutes at half a minute each is work"
    long = pace.judged(moments(now, 60, 120), now)
    assert long is not None
    assert (long.why, long.verdicts, long.minutes, long.seconds) == ("long", 120, 119, 60.0)
    fast = pace.judged(moments(now, 2, 25), now)
    assert fast is not None
    assert (fast.why, fast.seconds) == ("fast", 2.0)
    assert pace.judged(moments(now, 2, 19), now) is None
    assert pace.judged(moments(now, 60, 120), now + timedelta(minutes=11)) is None, "the break"
    rested = [*moments(now, 60, 30), *moments(now - timedelta(hours=1), 60, 120)]
    assert pace.judged(rested, now) is None
    assert pace.judged([], now) is None
