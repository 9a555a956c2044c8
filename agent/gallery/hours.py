"""When the room is open, and which hour this is: the wall clock as the gallery needs it. Nothing here is remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LINE = re.compile(r"(?:(?P<days>[A-Za-z,\- ]+?)\s+)?(?P<from>\d{1,2}:\d\d)\s*-\s*(?P<to>\d{1,2}:\d\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """On these days (0 is Monday), from one minute of the day until another; past midnight when the second is the smaller."""

    days: frozenset[int]
    opens_minute: int
    closes_minute: int

    def covers(self, when: datetime) -> bool:
        """Whether it is open at an instant."""
        minute, day = when.hour * 60 + when.minute, when.weekday()
        if self.opens_minute < self.closes_minute:
            return day in self.days and self.opens_minute <= minute < self.closes_minute
        late = day in self.days and minute >= self.opens_minute
        return late or ((day - 1) % 7 in self.days and minute < self.closes_minute)


def read_hours(lines: Sequence[str]) -> tuple[Hours, ...]:
    """Opening hours as a door sign has them: `Tue-Sun 10:00-18:00`, `Thu 10:00-21:00`, `22:00-02:00`. Raises ValueError."""
    return tuple(_read(line) for line in lines)


def is_open(hours: Sequence[Hours], when: datetime) -> bool:
    """Whether the room is open; without hours it never closes."""
    return not hours or any(line.covers(when) for line in hours)


def seed_of(when: datetime) -> int:
    """Draws that belong to this second of this day, so that no hour is like another and none needs to be remembered."""
    return int.from_bytes(sha256(when.strftime("%Y-%m-%d %H:%M:%S").encode()).digest()[:4], "big") % 2**31


def _read(line: str) -> Hours:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"{line!r} are no opening hours; write them like `Tue-Sun 10:00-18:00`")
    return Hours(_days(found["days"] or "Mon-Sun", line), _minute(found["from"], line), _minute(found["to"], line))


def _days(text: str, line: str) -> frozenset[int]:
    days: set[int] = set()
    for span in text.replace(" ", "").split(","):
        first, _, last = span.partition("-")
        begin, end = _day(first, line), _day(last or first, line)
        days |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(days)


def _day(name: str, line: str) -> int:
    short = name[:3].capitalize()
    if short not in DAYS:
        raise ValueError(f"{line!r}: there is no day {name!r}; there are: {', '.join(DAYS)}")
    return DAYS.index(short)


def _minute(text: str, line: str) -> int:
    hour, _, minute = text.partition(":")
    if int(hour) > 24 or int(minute) > 59 or (int(hour) == 24 and int(minute)):
        raise ValueError(f"{line!r}: there is no time {text}")
    return int(hour) * 60 + int(minute)
