"""Time: an integer number of minutes since the first midnight of a run; dates are labels."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

HOUR_MIN = 60
DAY_MIN = 1440
WEEK_DAYS = 7
YEAR_DAYS = 365.25
SELECTION_MIN = 6 * HOUR_MIN
"""Minute of the day at which customs select among the boxes of the next 24 hours."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Labels for integer days; day 0 is ``origin``, in UTC without time zones."""

    origin: datetime.date

    def date(self, day: int) -> datetime.date:
        """Return the date of a day."""
        return self.origin + datetime.timedelta(days=day)

    def day(self, date: datetime.date) -> int:
        """Return the day of a date."""
        return (date - self.origin).days

    def is_month_end(self, day: int) -> bool:
        """Return whether the next day is in another month."""
        return self.date(day + 1).day == 1
