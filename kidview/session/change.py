"""The one kind of news a Session sends."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from kidview.core.box import Box


class What(enum.Flag):
    """What may have changed.

    CASE is what is open, RECORD what the case store says of it, DRAFT what a tool would do,
    MARKS what was measured and marked to come back to, COMPARED which mask stands beside.
    """

    CASE = enum.auto()
    RECORD = enum.auto()
    LABELS = enum.auto()
    PROPOSAL = enum.auto()
    DRAFT = enum.auto()
    VIEW = enum.auto()
    HISTORY = enum.auto()
    GUARD = enum.auto()
    SETTINGS = enum.auto()
    MARKS = enum.auto()
    COMPARED = enum.auto()


@dataclass(frozen=True)
class Change:
    """One piece of news.

    Parameters
    ----------
    what : What
    box : Box or None
        Voxels touched, for LABELS and PROPOSAL; None means all.
    origin : object or None
        Who asked for it, so that a widget can skip its own echo.
    """

    what: What
    box: Box | None = None
    origin: object | None = None

    def touches(self, what: What, axis: int, index: int) -> bool:
        """Whether a slice view of plane `index` across `axis` must repaint for `what`."""
        return bool(self.what & what) and (self.box is None or self.box.crosses(axis, index))
