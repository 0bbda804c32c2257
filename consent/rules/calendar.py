"""Dates and deadlines: working days, months, ages. Zone-aware; the zone and the holidays are handed in.

A date is a date in the organisation's zone; an instant is UTC (domain rule 53).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo

_SATURDAY = 5


def day_in(zone: tzinfo, instant: datetime) -> date:
    """Return the date that the organisation's calendar shows at this instant."""
    return instant.astimezone(zone).date()


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, or the month's last day where it has no such day.

    29 February plus twelve months is 28 February.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_years(day: date, years: int) -> date:
    """Return the same day so many years on; 29 February becomes 28 February in a common year."""
    return add_months(day, 12 * years)


def birthday(born_on: date, age: int) -> date:
    """Return the day on which this age is reached.

    Who was born on 29 February reaches it on 1 March of a common year: nobody signs a day too early.
    """
    day = add_years(born_on, age)
    return day + timedelta(days=1) if day.day != born_on.day else day


def age_on(born_on: date, today: date) -> int:
    """Return the age in whole years; negative if `born_on` is in the future."""
    age = today.year - born_on.year
    return age if birthday(born_on, age) <= today else age - 1


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Say whether offices are open: Monday to Friday and no holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def add_working_days(day: date, count: int, holidays: Collection[date]) -> date:
    """Return the `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def due_in_hours(now: datetime, hours: int) -> datetime:
    """Return the instant so many real hours from now, in UTC: a change of the clocks moves nothing."""
    return now.astimezone(UTC) + timedelta(hours=hours)


def due_in_working_days(now: datetime, count: int, zone: tzinfo, holidays: Collection[date]) -> datetime:
    """Return the same time of day on the `count`-th working day after today in `zone`, in UTC."""
    local = now.astimezone(zone)
    day = add_working_days(local.date(), count, holidays)
    return datetime.combine(day, local.time(), tzinfo=zone).astimezone(UTC)
