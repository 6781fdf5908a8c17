"""The earlier scan's slices beside those of the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from kidview.session import PLANES, Session
from kidview.ui.context import Context
from kidview.ui.drags import tool_of
from kidview.ui.mouse import NAVIGATING
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.pieces import role, text
from kidview.ui.slice_view import SliceView

if TYPE_CHECKING:
    from kidview.ui.view_grid import ViewGrid

THEN = " then"
"""Behind a plane's name: the cell of the earlier scan."""
ONLY_SHOWN = "The earlier scan is only shown; draw in the views of the open scan"
_CAPTIONS = {"caption" + THEN: (6, 0, 1, 3), "caption now": (6, 3, 1, 3)}
_CAPTION_PX = 24
Places = dict[str, tuple[int, int, int, int]]


class Beside:
    """Cells for the grid of views.

    Parameters
    ----------
    context : Context
    then : Session
        The earlier scan.
    views : ViewGrid
        Lends its mouse habits, and tells what is under the pointer.
    captions : (then, now)

    Attributes
    ----------
    cells : dict of QWidget
        By name: a plane's name and `THEN`, and the captions.
    """

    def __init__(
        self, context: Context, then: Session, views: ViewGrid, captions: tuple[str, str]
    ) -> None:
        self.cells: dict[str, QWidget] = {}
        self.slices: list[SliceView] = []
        for axis, plane in enumerate(PLANES):
            view = _OnlyShown(then, axis, context, views.habits)
            view.hovered.connect(views.hovered)
            view.said.connect(context.window.say)
            view.refused.connect(context.window.show_error)
            view.maximise_requested.connect(views.toggler(plane))
            self.slices.append(view)
            self.cells[plane + THEN] = view
        self._captions = (_caption(), _caption())
        self.cells |= dict(zip(_CAPTIONS, self._captions, strict=True))
        self.tell(captions)

    def tell(self, captions: tuple[str, str]) -> None:
        """Other words below the two columns."""
        for label, words in zip(self._captions, captions, strict=True):
            label.setText(words)

    def places(self, maximised: str | None) -> Places:
        """Where cells lie in the grid: then left, now right, axial above coronal or one plane."""
        if maximised is not None:
            return {maximised + THEN: (0, 0, 6, 3), maximised: (0, 3, 6, 3)} | _CAPTIONS
        above, below = PLANES[:2]
        return {
            above + THEN: (0, 0, 4, 3),
            above: (0, 3, 4, 3),
            below + THEN: (4, 0, 2, 3),
            below: (4, 3, 2, 3),
        } | _CAPTIONS

    @property
    def has_pointer(self) -> bool:
        """Whether the pointer is over one of its slices."""
        return any(view.isVisible() and view.has_pointer for view in self.slices)


class _OnlyShown(SliceView):
    """A slice of the earlier scan: the tool in hand does nothing on it, and is told so."""

    def __init__(self, then: Session, axis: int, context: Context, habits: MouseHabits) -> None:
        super().__init__(then, axis, context.jobs, habits)
        self._open, self._mouse_habits = context.session, habits

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the crosshair, as without a tool."""
        super().mousePressEvent(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        gesture = tool_of(self._open.view.tool).gesture
        if is_left and gesture not in NAVIGATING and not self._mouse_habits.is_space_held:
            self.say(ONLY_SHOWN)


def _caption() -> QLabel:
    label = text()
    role(label, "bar")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setFixedHeight(_CAPTION_PX)
    return label
