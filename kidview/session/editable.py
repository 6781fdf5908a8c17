"""Why labels may not be changed now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES

if TYPE_CHECKING:
    from kidview.session.session import Session


def why_not(session: Session, label: int | None = None) -> EditRefused | None:
    """What keeps labels from being changed now, whatever the tool.

    Parameters
    ----------
    session : Session
    label : int, optional
        The one a tool would give; 0, or left out, asks only whether anything may be changed.

    Returns
    -------
    EditRefused or None
        A fresh one each time, to be raised or told; None where a tool may begin.
    """
    if session.volume is None or session.labels is None:
        return EditRefused("no scan is open", "open a CT first")
    if session.refusal is not None:
        return EditRefused(session.refusal.what, session.refusal.hint)
    if session.proposal is not None:
        return EditRefused(
            "a proposal waits for your decision",
            "accept it with [segment.accept] or discard it with [segment.discard]",
        )
    if label and label in session.guard.locked:
        return EditRefused(f"{LABEL_NAMES[label]} is locked", "unlock it in the list of labels")
    return None
