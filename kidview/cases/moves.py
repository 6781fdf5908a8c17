"""Changing a case's status: what is allowed, by whom, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from kidview.cases.case import Case, Move, is_same_person
from kidview.cases.status import (
    CLOSED,
    NEEDS_CORRECTED,
    NEEDS_PREDICTION,
    TRANSITIONS,
    Status,
)
from kidview.core.errors import CaseError


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def move(case: Case, status: Status, by: str) -> Case:
    """The case with another status.

    Parameters
    ----------
    case : Case
    status : Status
    by : str
        Who decides: a person, or the model for "segmented".

    Raises
    ------
    CaseError
        The table does not allow it, a mask is missing, or the approver's work is in it.
    """
    by = by.strip()
    if not by:
        raise CaseError("nobody is named for the change of status", "give a name")
    _refuse_step(case, status)
    if status is Status.APPROVED:
        _refuse_own_approval(case, by)
    moved = Move(status, by, now())
    reviewer = by if status in CLOSED else ""
    return replace(case, history=(*case.history, moved), reviewer=reviewer)


def with_reason(case: Case, why: str) -> Case:
    """The case with a line in its notes that says why the last step was taken; "" says nothing."""
    why = " ".join(why.split())
    if not why:
        return case
    step = case.history[-1]
    line = f"{step.status.capitalize()} by {step.by}, {step.at[:10]}: {why}"
    return replace(case, notes=f"{case.notes.rstrip()}\n{line}".lstrip("\n"))


def _refuse_step(case: Case, status: Status) -> None:
    allowed = TRANSITIONS[case.status]
    if status not in allowed:
        raise CaseError(
            f"case {case.case_id} is {case.status} and cannot become {status}",
            f"it can become {' or '.join(sorted(allowed))}",
        )
    if status in NEEDS_PREDICTION and case.prediction is None:
        raise CaseError(f"case {case.case_id} has no prediction", "run a model on it first")
    if status in NEEDS_CORRECTED and case.corrected is None:
        raise CaseError(f"case {case.case_id} has no corrected mask", "save a correction first")


def _refuse_own_approval(case: Case, by: str) -> None:
    if any(is_same_person(by, maker) for maker in case.makers):
        is_corrector = any(is_same_person(by, name) for name in case.correctors)
        did = "corrected" if is_corrector else "read"
        raise CaseError(
            f"{by} {did} case {case.case_id} and cannot approve it too",
            "ask another person to look at it and to approve it",
        )


def refuse_closed(case: Case) -> None:
    """Raise CaseError if a reviewer has decided about the case."""
    if case.status in CLOSED:
        raise CaseError(
            f"case {case.case_id} is {case.status} and does not change any more",
            f'set it to "{Status.IN_CORRECTION}" first',
        )
