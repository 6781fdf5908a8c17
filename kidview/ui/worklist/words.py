"""How a case is told in words, marks and colours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from kidview.cases import Case, CaseRow, Status


@dataclass(frozen=True)
class Mark:
    """A status at a glance: shape and colour, always beside its word.

    Parameters
    ----------
    icon : str
        Phosphor's name.
    tone : str
        Field of `Palette`.
    """

    icon: str
    tone: str


MARKS = {
    Status.NEW: Mark("ph.circle", "secondary"),
    Status.SEGMENTED: Mark("ph.magic-wand", "text"),
    Status.IN_CORRECTION: Mark("ph.pencil-simple", "warning"),
    Status.CORRECTED: Mark("ph.check", "link"),
    Status.APPROVED: Mark("ph.checks", "link"),
    Status.REJECTED: Mark("ph.prohibit", "secondary"),
}
DAMAGED = Mark("ph.warning-circle", "error")


def mark_of(row: CaseRow) -> Mark:
    """The mark of a row."""
    return DAMAGED if row.is_damaged or row.status is None else MARKS[row.status]


def who(row: CaseRow) -> str:
    """Who did the last thing a list should tell: reviewer, last corrector, readers, model."""
    return row.reviewer or row.correctors.rpartition(", ")[2] or row.readers or row.model


def error_of(row: CaseRow) -> str:
    """What is damaged, without the name of the case, which stands beside it."""
    return row.error.removeprefix(f"{row.case_id}/case.json: ").removeprefix(f"{row.case_id}/")


def when(stamp: str, now: datetime | None = None) -> str:
    """A moment as one reads it in a list: "14:05", "yesterday", "12 Mar", "12 Mar 2025".

    Parameters
    ----------
    stamp : str
        UTC, ISO 8601; "" for none.
    now : datetime, optional
        Local time; the present one if it is not given.
    """
    if not stamp:
        return ""
    there = _local(stamp)
    here = (now or datetime.now(UTC)).astimezone()
    days = (here.date() - there.date()).days
    if days == 0:
        return there.strftime("%H:%M")
    if days == 1:
        return "yesterday"
    day = f"{there.day} {there.strftime('%b')}"
    return day if there.year == here.year else f"{day} {there.year}"


def moment(stamp: str) -> str:
    """A moment in full, local time: "2026-03-12 14:05"."""
    return _local(stamp).strftime("%Y-%m-%d %H:%M") if stamp else ""


def _local(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone()


def spent(seconds: float) -> str:
    """Time of editing: "40 s", "12 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def tip(row: CaseRow) -> str:
    """All that the list knows of a case, one thing a line."""
    told = {
        "Damaged": row.error,
        "Status": row.status or "",
        "Network": row.model,
        "Doubt": "" if row.doubt is None else f"{row.doubt:.2f}",
        "Corrected by": row.correctors,
        "Read by": row.readers,
        "Reviewer": row.reviewer,
        "Editing": spent(row.seconds) if row.seconds else "",
        "Added": moment(row.created),
        "Changed": moment(row.changed),
    }
    lines = [f"{name}: {words}" for name, words in told.items() if words]
    return "\n".join((row.case_id, *lines))


def last_step(case: Case) -> str:
    """Who brought the case to its status, and when; by which consensus."""
    step = case.history[-1]
    parts = [step.by, when(step.at)]
    if case.status is Status.CORRECTED and case.authors and case.authors[-1].kind == "consensus":
        parts.append(case.authors[-1].name)
    if case.seconds >= 1:
        parts.append(f"{spent(case.seconds)} of editing")
    return " · ".join(parts)
