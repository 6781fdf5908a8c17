"""How far a case is, and which step may follow which: one table."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How far a case is."""

    NEW = "new"
    SEGMENTED = "segmented"
    IN_CORRECTION = "in correction"
    CORRECTED = "corrected"
    APPROVED = "approved"
    REJECTED = "rejected"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.SEGMENTED, Status.IN_CORRECTION, Status.REJECTED}),
    Status.SEGMENTED: frozenset({Status.IN_CORRECTION, Status.REJECTED}),
    Status.IN_CORRECTION: frozenset({Status.CORRECTED, Status.REJECTED}),
    Status.CORRECTED: frozenset({Status.IN_CORRECTION, Status.APPROVED, Status.REJECTED}),
    Status.APPROVED: frozenset({Status.IN_CORRECTION, Status.REJECTED}),
    Status.REJECTED: frozenset({Status.IN_CORRECTION}),
}
"""What may follow each status."""

CLOSED = frozenset({Status.APPROVED, Status.REJECTED})
"""A reviewer has decided: nothing of the case changes until it is opened again."""

NEEDS_PREDICTION = frozenset({Status.SEGMENTED})
NEEDS_CORRECTED = frozenset({Status.CORRECTED, Status.APPROVED})
"""Statuses that say there is such a mask."""
