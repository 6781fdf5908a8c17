"""Readings of a case: what each reader outlined alone, and who may make one.

A reading is a mask of its own beside the corrected one. Its reader starts from the network's
prediction, or from nothing, and never sees what others outlined. A finished corrected mask
counts as the reading of its correctors, until a consensus takes its place.
"""

from __future__ import annotations

from dataclasses import replace

from kidview.cases.case import Case, Corrected, Reading, is_same_person
from kidview.cases.status import CLOSED, NEEDS_CORRECTED, Status
from kidview.core.errors import CaseError


def readings_of(case: Case) -> tuple[Reading, ...]:
    """Every mask of a case that is one reader's own: the corrected one first, then those kept.

    The corrected mask counts while it is finished, holds no consensus, and none of its
    correctors has a reading besides.
    """
    own = _corrected_as_reading(case)
    return case.readings if own is None else (own, *case.readings)


def reading_by(case: Case, name: str) -> Reading | None:
    """The reading a reader kept; None where there is none."""
    return next((one for one in case.readings if is_same_person(one.by, name)), None)


def _corrected_as_reading(case: Case) -> Reading | None:
    if case.corrected is None or case.status not in NEEDS_CORRECTED or case.has_consensus:
        return None
    if not case.correctors or any(reading_by(case, name) for name in case.correctors):
        return None
    steps = reversed(case.history)
    at = next((step.at for step in steps if step.status is Status.CORRECTED), case.changed)
    return Reading(", ".join(case.correctors), at, case.corrected.mask)


def with_reading(case: Case, reading: Reading) -> Case:
    """The case with one more reading, in place of the reader's older one."""
    others = (one for one in case.readings if not is_same_person(one.by, reading.by))
    return replace(case, readings=(*others, reading))


def with_consensus(case: Case, corrected: Corrected) -> Case:
    """The case with a consensus for its corrected mask; the one before stays as a reading."""
    return replace(case, readings=readings_of(case), corrected=corrected)


def refuse_reader(case: Case, by: str) -> None:
    """Raise CaseError unless a person may make a reading of the case.

    Masks are not touched by it, so an approved case may be read, too. Who corrected the case
    has a mask in it, and who approved it has seen one.
    """
    if not by.strip():
        raise CaseError("nobody is named for the reading", "give a name")
    if case.status is Status.REJECTED:
        raise CaseError(
            f"case {case.case_id} is rejected and is not read any more",
            f'set it to "{Status.IN_CORRECTION}" first',
        )
    another = "ask another reader, who has not seen it"
    if any(is_same_person(by, name) for name in case.correctors):
        raise CaseError(
            f"{by.strip()} corrected case {case.case_id} and cannot read it blind", another
        )
    approvers = (step.by for step in case.history if step.status is Status.APPROVED)
    if any(is_same_person(by, name) for name in approvers):
        raise CaseError(
            f"{by.strip()} approved case {case.case_id} and cannot read it blind", another
        )


def refuse_consensus(case: Case, least: int, method: str) -> None:
    """Raise CaseError unless a consensus of the case's readings can be made.

    Parameters
    ----------
    case : Case
    least : int
        So many readings the method needs.
    method : str
    """
    if case.status in CLOSED:
        raise CaseError(
            f"case {case.case_id} is {case.status} and does not change any more",
            f'set it to "{Status.IN_CORRECTION}", then to "{Status.CORRECTED}" first',
        )
    if case.status is Status.IN_CORRECTION:
        raise CaseError(
            f"case {case.case_id} is in correction, and a consensus would replace that mask",
            f'set it to "{Status.CORRECTED}" first',
        )
    found = readings_of(case)
    if len(found) < least:
        raise CaseError(
            f"case {case.case_id} has {in_words(found)}, and {method} needs {least}",
            "let another reader outline it, blind",
        )


def in_words(readings: tuple[Reading, ...]) -> str:
    """ "2 readings (Ann, Bea)"."""
    names = ", ".join(reading.by for reading in readings)
    if not readings:
        return "no reading"
    return f"{len(readings)} reading{'' if len(readings) == 1 else 's'} ({names})"
