"""Opening hours as a door sign has them, and draws that no other hour has."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from agent.gallery.hours import is_open, read_hours, seed_of

SIGN = ("Tue-Sun 10:00-18:00", "Thu 18:00-21:00")
MONDAY, TUESDAY, THURSDAY, SUNDAY = (datetime(2026, 11, day) for day in (23, 24, 26, 29))


@pytest.mark.parametrize(
    ("day", "time", "opened"),
    [
        (TUESDAY, "09:59", False),
        (TUESDAY, "10:00", True),
        (TUESDAY, "17:59", True),
        (TUESDAY, "18:00", False),
        (THURSDAY, "20:59", True),
        (THURSDAY, "21:00", False),
        (MONDAY, "12:00", False),
        (SUNDAY, "12:00", True),
    ],
)
def test_the_room_is_open_as_the_sign_says(day: datetime, time: str, opened: bool) -> None:
    hour, minute = map(int, time.split(":"))
    assert is_open(read_hours(SIGN), day.replace(hour=hour, minute=minute)) is opened


def test_a_night_ends_after_midnight_and_belongs_to_the_day_on_which_it_began() -> None:
    night = read_hours(("Sun 22:00-02:00",))
    assert is_open(night, SUNDAY.replace(hour=23)) and is_open(night, MONDAY + timedelta(days=7, hours=1))
    assert not is_open(night, SUNDAY.replace(hour=1)) and not is_open(night, MONDAY.replace(hour=3))


def test_without_a_sign_it_never_closes() -> None:
    assert is_open((), MONDAY.replace(hour=3))


@pytest.mark.parametrize("line", ["", "always", "Xyz 10:00-18:00", "Mon 10-18", "Mon 25:00-26:00", "Mon 10:60-11:00"])
def test_a_sign_that_cannot_be_read_is_refused_with_an_example_or_a_reason(line: str) -> None:
    with pytest.raises(ValueError, match=r"opening hours|no day|no time"):
        read_hours((line,))


def test_no_second_of_two_weeks_has_the_draws_of_another_and_the_same_second_always_has_its_own() -> None:
    seconds = [MONDAY + timedelta(seconds=17 * number) for number in range(70_000)]
    seeds = [seed_of(when) for when in seconds]
    # Of 70,000 draws from 2^31 one pair or so is alike by chance (the birthday paradox).
    assert len(set(seeds)) > len(seeds) - 10
    assert seed_of(MONDAY) == seed_of(datetime(2026, 11, 23))
