"""How many days may lie between two scans."""

from __future__ import annotations

from kidview.core.errors import KidViewError

LEAST_DAYS, MOST_DAYS = 1.0, 36_500.0


class BadDays(KidViewError):
    """A number that cannot be the days between two scans."""


def check_days(days: float) -> float:
    """The days between two scans as somebody named them.

    Raises
    ------
    BadDays
        Less than one day, more than a century, or no number.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:  # a NaN is refused too
        raise BadDays(
            f"{days:g} cannot be the days between two scans",
            f"give a number from {LEAST_DAYS:g} to {MOST_DAYS:g}",
        )
    return days
