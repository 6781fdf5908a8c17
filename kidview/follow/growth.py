"""How much a lesion grew: mL and mm, a year, and the time its volume takes to double."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kidview.follow.match import Match
from kidview.measure import Case, Value
from kidview.measure.diameter import axial_diameter, diameter_3d
from kidview.measure.volume import lesion_volume

YEAR_DAYS = 365.25
RECIST_MORE, RECIST_LESS = 20.0, -30.0
"""Percent of the largest axial diameter that RECIST 1.1 names for progress and response."""
CUT = "cut by the scan's edge"
WITHIN_ERROR = "within measuring error"
_ONLY_ONE = "several lesions on one side have no common diameter"


@dataclass(frozen=True, eq=False)
class Span:
    """One number at both times and what became of it.

    Parameters
    ----------
    then, now : Value
        Of the two scans.
    change : Value
        Now minus then, with the range that half a voxel of outline allows.
    percent : Value
        Change as a share of then, with its range.
    a_year : Value
        Change divided by the years between.
    """

    then: Value
    now: Value
    change: Value
    percent: Value
    a_year: Value

    @property
    def is_within_error(self) -> bool | None:
        """Whether half a voxel of outline explains the change; None without a change."""
        low, high = self.change.low, self.change.high
        return None if low is None or high is None else low <= 0.0 <= high


@dataclass(frozen=True, eq=False)
class Growth:
    """What became of a lesion between two scans.

    Parameters
    ----------
    match : Match
    volume_ml, axial_mm, longest_mm : Span
        Volume, largest axial diameter, largest diameter in space.
    doubling_days : Value
        Days its volume takes to double.
    remarks : tuple of str
        Facts worth knowing, each a short sentence.
    """

    match: Match
    volume_ml: Span
    axial_mm: Span
    longest_mm: Span
    doubling_days: Value
    remarks: tuple[str, ...]

    @property
    def is_within_error(self) -> bool | None:
        """Whether half a voxel explains the change of volume and that of the diameter in space.

        The axial one is left out: it also changes with the tilt of the slices. None where the
        volume is known at one time only, and where the edge of a scan cuts the lesion.
        """
        return None if self.is_cut else within_error(self.volume_ml, self.longest_mm)

    @property
    def is_cut(self) -> bool:
        """Whether it reaches the edge of a scan, so that its change may be none."""
        return _is_cut(self.match)


def grow(match: Match, then: Case, now: Case, days: float | None = None) -> Growth:
    """Measure a matched lesion at both times.

    Parameters
    ----------
    match : Match
    then, now : Case
        The earlier and the later scan.
    days : float, optional
        Between them; without it nothing is told a year and no doubling time.
    """
    missing = _missing(match)
    before = _total(then, match, missing, is_now=False)
    after = _total(now, match, missing, is_now=True)
    volume = span(before, after, days)
    if len(match.then) > 1 or len(match.now) > 1:
        axial = longest = span(Value.none(_ONLY_ONE), Value.none(_ONLY_ONE), days)
    else:
        axial, longest = (
            span(
                rule(then, match.then[0]) if match.then else Value.none(missing),
                rule(now, match.now[0]) if match.now else Value.none(missing),
                days,
            )
            for rule in (axial_diameter, diameter_3d)
        )
    doubling = doubling_days(before, after, days)
    if match.then and match.now and _is_cut(match):
        doubling = Value.none(CUT)
    elif doubling.number is not None and within_error(volume, longest):
        doubling = Value.none(WITHIN_ERROR)
    remarks = _remarks(match, volume, axial, longest)
    return Growth(match, volume, axial, longest, doubling, remarks)


def within_error(volume: Span, longest: Span) -> bool | None:
    """See `Growth.is_within_error`."""
    if volume.is_within_error and longest.is_within_error is not None:
        return longest.is_within_error
    return volume.is_within_error


def span(then: Value, now: Value, days: float | None) -> Span:
    """Two values and their change.

    The two ranges are taken as independent, so they add as squares do.
    """
    if then.number is None or now.number is None:
        none = Value.none((then if then.number is None else now).reason)
        return Span(then, now, none, none, none)
    change = now.number - then.number
    below = _both(now.number, now.low, then.high, then.number)
    above = _both(now.high, now.number, then.number, then.low)
    low, high = change - below, change + above
    share = 100.0 / then.number if then.number > 0 else None
    percent = (
        Value.none("it was nothing then")
        if share is None
        else Value(change * share, low=low * share, high=high * share)
    )
    if days is None:
        yearly = Value.none("the days between the scans are not known")
    elif days <= 0:
        yearly = Value.none("the scans are of one day")
    else:
        each = YEAR_DAYS / days
        yearly = Value(change * each, low=low * each, high=high * each)
    return Span(then, now, Value(change, low=low, high=high), percent, yearly)


def doubling_days(then: Value, now: Value, days: float | None) -> Value:
    """Days in which a volume doubles if it goes on growing as it did.

    ``t ln 2 / ln(V2 / V1)``: growth is taken as exponential. The range is that of both
    volumes, as squares add; it has no upper end where the growth may be none.

    Parameters
    ----------
    then, now : Value
        Volumes, mL.
    days : float or None
        Between them.

    Source: Collins, Loeffler, Tivey 1956, Am J Roentgenol 76:988-1000; Schwartz 1961,
    Cancer 14:1272-1294.
    """
    if then.number is None or now.number is None:
        return Value.none((then if then.number is None else now).reason)
    if days is None:
        return Value.none("the days between the scans are not known")
    if days <= 0:
        return Value.none("the scans are of one day")
    if now.number <= then.number:
        is_less = (now.high or 0.0) < (then.low or 0.0)
        return Value.none("it shrank" if is_less else "it did not grow")
    grown = math.log(now.number / then.number)
    less = grown - math.hypot(_log(now.number, now.low), _log(then.high, then.number))
    more = grown + math.hypot(_log(now.high, now.number), _log(then.number, then.low))
    doubled = days * math.log(2.0)
    reason = "" if less > 0 else WITHIN_ERROR
    high = doubled / less if less > 0 else None
    return Value(doubled / grown, reason, low=doubled / more, high=high)


def _both(a: float | None, b: float | None, c: float | None, d: float | None) -> float:
    """Length of the two differences a - b and c - d at right angles; a missing one is none."""
    one = 0.0 if a is None or b is None else a - b
    two = 0.0 if c is None or d is None else c - d
    return math.hypot(one, two)


def _log(more: float | None, less: float | None) -> float:
    if more is None or less is None:
        return 0.0
    return math.log(more / less) if less > 0 else math.inf


def _is_cut(match: Match) -> bool:
    return any(one.touches_edge for one in (*match.then, *match.now))


def _missing(match: Match) -> str:
    when = "then" if not match.then else "now"
    if match.fate == "outside":
        return f"the scan of {when} does not reach it"
    return "it was not outlined then" if when == "then" else "it is not outlined now"


def _total(case: Case, match: Match, missing: str, *, is_now: bool) -> Value:
    lesions = match.now if is_now else match.then
    values = [lesion_volume(case, one) for one in lesions]
    if not values:
        return Value.none(missing)
    numbers, lows, highs = (
        [float(n or 0.0) for n in each]
        for each in zip(*((v.number, v.low, v.high) for v in values), strict=True)
    )
    return Value(sum(numbers), low=sum(lows), high=sum(highs))


def _remarks(match: Match, volume: Span, axial: Span, longest: Span) -> tuple[str, ...]:
    told = [f"{CUT}, so part of it may be missing"] if _is_cut(match) else []
    was, is_now = match.kinds
    if was and is_now and was != is_now:
        told.append(f"outlined as {was} then, as {is_now} now")
    told += {
        "merged": [f"{' and '.join(one.id for one in match.then)} of then are one now"],
        "split": [f"{match.then[0].id} of then is now several" if match.then else ""],
        "outside": [_missing(match)],
    }.get(match.fate, [])
    if _is_cut(match):  # what changed may be how much of it the scan shows
        return tuple(told)
    if within_error(volume, longest):
        told.append(f"change {WITHIN_ERROR}")
    elif volume.is_within_error:
        told.append("volume changed within measuring error, diameter in space beyond it")
    percent = axial.percent.number
    if percent is not None and percent >= RECIST_MORE:
        told.append("largest axial diameter grew by 20 % or more")
    elif percent is not None and percent <= RECIST_LESS:
        told.append("largest axial diameter shrank by 30 % or more")
    return tuple(told)
