"""A slice view: a picture of the session's plane, and the hand upon it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QEnterEvent, QMouseEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from kidview.core.labels import LABELS
from kidview.core.types import Index, Triple
from kidview.edit.tools.brush import IS_SQUARE
from kidview.edit.tools.row import Tracer
from kidview.session import (
    Change,
    Outline,
    Session,
    SlicePlan,
    What,
    plan_slice,
)
from kidview.ui.annotating import MarksInView
from kidview.ui.drags import tool_of
from kidview.ui.jobs import Jobs
from kidview.ui.mouse import NAVIGATING, Mouse, probe_at, step_to
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.outlining import LineInHand
from kidview.ui.paint import brush_cut, lightened
from kidview.ui.projection import Projection
from kidview.ui.sharpening import Sharpening
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_drawing import SliceDrawing
from kidview.ui.slice_rail import SliceRail
from kidview.ui.tokens import DARK, PLANE_COLOURS
from kidview.ui.turn_handles import Handle, handle_at, handles, turning_cursor
from kidview.ui.turning import check_straight

_CURSORS = {
    "navigate": Qt.CursorShape.CrossCursor,
    "stroke": Qt.CursorShape.CrossCursor,
    "click": Qt.CursorShape.PointingHandCursor,
    "outline": Qt.CursorShape.CrossCursor,
    "effect": Qt.CursorShape.CrossCursor,
    "seeds": Qt.CursorShape.CrossCursor,
    "outline3d": Qt.CursorShape.CrossCursor,
    "refine": Qt.CursorShape.PointingHandCursor,
    "annotate": Qt.CursorShape.CrossCursor,
}
_RIM = 0.04  # share of a view at each side where the crosshair counts as not shown
_LABEL_COLOURS = {row.id: row.colour for row in LABELS}


class SliceView(QWidget):
    """One orthogonal slice of the open scan.

    Signals: `hovered` (Probe of what is under the pointer, None when it leaves),
    `maximise_requested` (double-click while navigating), `said` (words for the status bar),
    `refused` (an error for the window's bar), `outline_closed` (the line drawn is whole),
    `refine_clicked` (voxel and label for the network to look at again).

    Parameters
    ----------
    session : Session
    axis : int
        Array axis the plane cuts across: 0 axial, 1 coronal, 2 sagittal.
    jobs : Jobs
    habits : MouseHabits, optional
        Shared by all views of a window.
    """

    hovered = Signal(object)
    maximise_requested = Signal()
    said = Signal(str)
    refused = Signal(object)
    outline_closed = Signal()
    refine_clicked = Signal(object, int)

    def __init__(
        self, session: Session, axis: int, jobs: Jobs, habits: MouseHabits | None = None
    ) -> None:
        super().__init__()
        self.session, self.axis = session, axis
        self._habits = habits or MouseHabits(parent=self)
        self._plan: SlicePlan | None = None
        self._pointer: QPointF | None = None
        self._was_moved_over = False  # the pointer; a window may open under one that rests
        self._brush_at: tuple[Triple, int] | None = None
        self._in_hand, self._marks = LineInHand(self), MarksInView(self)
        self._canvas = SliceCanvas()
        self._drawing = SliceDrawing(session, self._canvas)
        self._sharpening = Sharpening(session, self._drawing, jobs, self)
        self._sharpening.due.connect(self._draw_again)
        self._turning_cursor = turning_cursor()
        self._rail = SliceRail(PLANE_COLOURS[axis])
        self._rail.chosen.connect(lambda index: step_to(session, axis, index))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._canvas, 1)
        row.addWidget(self._rail)
        self._mouse = Mouse(self, self._habits, jobs)
        self.setMouseTracking(True)
        self._habits.changed.connect(self._show_cursor)
        disconnect = session.changed.connect(self._on_change)
        self.destroyed.connect(lambda: disconnect())

    # -- what drags may ask -------------------------------------------------------

    @property
    def projection(self) -> Projection:
        """The plane in the view as it is now; there must be a scan."""
        assert self._plan is not None
        return Projection.of(self._plan, (self._canvas.width(), self._canvas.height()))

    @property
    def plan(self) -> SlicePlan:
        """What the view shows now; there must be a scan."""
        assert self._plan is not None
        return self._plan

    @property
    def index(self) -> int:
        """The slice of the grid shown now.

        Raises
        ------
        EditRefused
            The plane is turned: whoever would draw on a slice has none.
        """
        check_straight(self.session, self.axis)
        return self.plan.index

    @property
    def shows_crosshair(self) -> bool:
        """Whether the crosshair lies within the view, not at its very rim."""
        width, height = self._canvas.width(), self._canvas.height()
        x, y = self.projection.to_pixels(*self.plan.cursor_uv)
        return all(_RIM * n <= at <= (1 - _RIM) * n for at, n in ((x, width), (y, height)))

    @property
    def has_pointer(self) -> bool:
        """Whether the pointer is over the view."""
        return self._pointer is not None

    def say(self, words: str) -> None:
        """Tell what was done."""
        self.said.emit(words)

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""
        self.refused.emit(error)

    def show_region(self, corners: tuple[float, float, float, float] | None) -> None:
        """Draw a rectangle (left, top, right, bottom) in pixels, or none."""
        self._canvas.show_region(corners)

    def tracer(self, outline: Outline) -> Tracer | None:
        """What leads a line along the image of its slice; None for straight lines."""
        return self._in_hand.tracer(outline)

    def close_outline(self) -> None:
        """Let the tool act on the line drawn."""
        self.outline_closed.emit()

    def refine(self, at_zyx: Index, label: int) -> None:
        """Let the network look again at a voxel that shall have a label."""
        self.refine_clicked.emit(at_zyx, label)

    # -- drawing ------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.what & What.CASE:
            self._plan = None
            self._sharpening.forget()
            self._mouse.forget()
        if self.isVisible():  # else it is drawn afresh when it is shown
            self._draw(change)

    def _draw(self, change: Change) -> None:
        """Bring the picture from the plan last drawn to that of now."""
        session = self.session
        if session.volume is None:
            self._canvas.show_nothing()
            self._rail.show_slice(0, 0)
            return
        self._plan = plan = plan_slice(session.volume.geometry, session.view, self.axis)
        self._sharpening.draw(change, plan, self.projection)
        self._draw_outline_in_hand()
        self._rail.show_slice(plan.index, plan.count)
        self._show_cursor()
        if self._pointer is not None:
            self._tell_pointer()  # the slice or its labels moved under it

    def finish(self) -> None:
        """Draw with all pixels now, for a picture; a slab on a turned plane takes a while."""
        self._sharpening.finish()

    def _draw_again(self) -> None:
        if self.isVisible() and self._plan is not None:
            self._draw(Change(What(0)))

    def _draw_outline_in_hand(self) -> None:
        """The line being drawn and how it would go on to the pointer; what was measured."""
        if self.plan.frame is not None:  # both lie on slices of the grid
            self._canvas.outline_in_hand.hide()
            self._canvas.marks.show_drawn((), self.projection.size_px)
            return
        pointer = None if self._mouse.is_dragging else self._pointer
        self._in_hand.draw(self._canvas.outline_in_hand, pointer)
        self._marks.draw(self._canvas.marks, pointer)

    def _draw_all(self) -> None:
        self._plan = None
        self._sharpening.forget()
        self._draw(Change(~What(0)))

    # -- pointer and brush --------------------------------------------------------

    def show_brush_at(self, point_ras: Triple | None, axis: int) -> None:
        """Show where a brush over `point_ras` in the view of plane `axis` would paint here.

        None also hides the handles of the crosshair.
        """
        self._brush_at = None if point_ras is None else (point_ras, axis)
        self._show_cursor()

    def _show_cursor(self) -> None:
        """Cursor and ring of the active tool."""
        session = self.session
        if session.volume is None or self._plan is None:
            self.unsetCursor()
            return
        view = session.view
        gesture = tool_of(view.tool).gesture
        self._show_handles()
        self.setCursor(self._cursor(gesture))
        has_ring = gesture in ("stroke", "seeds") and self._brush_at is not None
        if self._brush_at is None or not has_ring or view.is_turned(self.axis):
            self._canvas.brush.hide()
            return
        point, axis = self._brush_at
        geometry = session.volume.geometry
        z, y, x = (float(i) for i in geometry.ras_to_index(point))
        disc_axis = None if view.is_ball else axis
        where = brush_cut(
            geometry,
            (z, y, x),
            view.radius_mm,
            self.axis,
            self._plan.index,
            disc_axis,
            is_square=gesture == "stroke" and bool(view.options.get(IS_SQUARE.id)),
        )
        is_erasing = (view.tool == "eraser") != self._habits.is_ctrl_held
        colour = DARK.text if is_erasing else lightened(_LABEL_COLOURS[view.label])
        self._canvas.brush.show_cut(where, self.projection, colour, is_erasing)
        self._canvas.brush.show()

    def _cursor(self, gesture: str) -> QCursor | Qt.CursorShape:
        """Of a tool's gesture, unless the button would do something else here."""
        if self._habits.is_space_held:
            return Qt.CursorShape.OpenHandCursor
        if self._mouse.is_turning or self._handle_under() is not None:
            return self._turning_cursor
        if gesture not in NAVIGATING and self.session.view.is_turned(self.axis):
            return Qt.CursorShape.ForbiddenCursor
        return _CURSORS[gesture]

    def _handle_under(self) -> Handle | None:
        """The handle that a press would take hold of."""
        if self._pointer is None or self._mouse.is_dragging:
            return None
        x, y = self._pointer.x(), self._pointer.y()
        return handle_at(self.plan, self.projection, x, y) if self._mouse.turns_at(x, y) else None

    def _show_handles(self) -> None:
        """While the pointer moves over the view: at other times they are only in the way."""
        is_free = tool_of(self.session.view.tool).gesture in NAVIGATING
        has_pointer = self._was_moved_over and self._brush_at is not None
        has_any = has_pointer and (is_free or self._mouse.is_turning)
        shown = handles(self.plan, self.projection) if has_any else ()
        self._canvas.handles.show_handles(shown, self._handle_under())

    def _tell_pointer(self) -> None:
        if self._pointer is None or self._plan is None:
            return
        uv = self.projection.to_plane(self._pointer.x(), self._pointer.y())
        probe = probe_at(self.session, self._plan, uv)
        self.show_brush_at(probe.point_ras, self.axis)
        if self.session.outline is not None or self.session.marks.begun is not None:
            self._draw_outline_in_hand()
        self.hovered.emit(probe)

    # -- events -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the button stands for."""
        focused = QApplication.focusWidget()
        if focused is not None:
            focused.clearFocus()  # keys go to the views again, a number being typed is taken
        self._mouse.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise, or close the line drawn; but two quick dabs of a brush are two dabs."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        gesture = tool_of(self.session.view.tool).gesture
        if is_left and gesture == "navigate":
            self.maximise_requested.emit()
        elif is_left and gesture == "outline" and self.session.outline is not None:
            self.close_outline()
        else:
            self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, and tell what is under the pointer."""
        self._pointer, self._was_moved_over = event.position(), True
        self._habits.hold_ctrl(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        self._mouse.move(event)
        self._tell_pointer()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._mouse.release(event)
        self._tell_pointer()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Slices, zoom or brush."""
        self._mouse.wheel(event)
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        """The pointer came in."""
        self._pointer = event.position()
        self._tell_pointer()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._pointer, self._was_moved_over = None, False
        self.show_brush_at(None, self.axis)
        self.hovered.emit(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scale, or fit again."""
        super().resizeEvent(event)
        if self._plan is not None and self.session.volume is not None:
            self._draw(Change(What(0)))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was missed while hidden."""
        super().showEvent(event)
        self._draw_all()
