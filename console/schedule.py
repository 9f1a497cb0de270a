"""When a source runs, in words, and the next moment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from cron_descriptor import Options, get_description
from croniter import croniter

from hub import settings
from mappings.source import Source

DAILY = re.compile(r"([0-9]{1,2}) ([0-9]{1,2}) \* \* \*")
WEEKDAYS = {"Monday": "周一", "Tuesday": "周二", "Wednesday": "周三", "Thursday": "周四", "Friday": "周五", "Saturday": "周六", "Sunday": "周日"}
"""The library's Chinese leaves the names of days in the server's language."""


@dataclass(frozen=True)
class When:
    """A schedule in words, and the next moment by it."""

    said: str
    next_at: str
    """by the clock of the schedules"""


def when(source: Source, language: str) -> When:
    """Say when a source runs; what cannot be said in words stays as it is written."""
    next_at: datetime = croniter(source.schedule, datetime.now(ZoneInfo(settings.load().timezone))).get_next(datetime)
    return When(_described(source.schedule, language), f"{next_at:%Y-%m-%d %H:%M}")


@lru_cache(maxsize=256)
def _described(schedule: str, language: str) -> str:
    options = Options()
    options.locale_code = "zh_CN" if language == "zh" else "en_US"
    options.use_24hour_time_format = True
    daily = DAILY.fullmatch(schedule)
    if daily:
        time = f"{int(daily[2]):02d}:{int(daily[1]):02d}"
        return f"每日 {time}" if language == "zh" else f"daily at {time}"
    try:
        said = str(get_description(schedule, options))
    except Exception:  # the library raises its own kinds for what it cannot say
        return schedule
    return said if language == "en" else reduce(lambda text, name: text.replace(*name), WEEKDAYS.items(), said)
