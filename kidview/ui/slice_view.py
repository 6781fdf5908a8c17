"""A slice view: compares what it drew with what it must draw, and repaints the difference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QResizeEvent, QShowEvent, QWheelEvent
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
    cut,
    plan_slice,
    slab_plane,
)
from kidview.ui.annotating import MarksInView
from kidview.ui.drags import tool_of
from kidview.ui.jobs import Jobs
from kidview.ui.mouse import Mouse, probe_at, step_to
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.outlining import LineInHand
from kidview.ui.paint import brush_cut, lightened, overlay_table
from kidview.ui.projection import Projection
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_items import label_lines, scribble_lines
from kidview.ui.slice_rail import SliceRail
from kidview.ui.tokens import DARK, PLANE_COLOURS

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
        self._brush_at: tuple[Triple, int] | None = None
        self._in_hand, self._marks = LineInHand(self), MarksInView(self)
        self._canvas = SliceCanvas()
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
    def index(self) -> int:
        """The slice shown now."""
        assert self._plan is not None
        return self._plan.index

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
            self._mouse.forget()
        if self.isVisible():  # else it is drawn afresh when it is shown
            self._draw(change)

    def _draw(self, change: Change) -> None:
        """Bring the picture from the plan last drawn to that of now."""
        session, old = self.session, self._plan
        if session.volume is None:
            self._canvas.show_nothing()
            self._rail.show_slice(0, 0)
            return
        self._plan = plan = plan_slice(session.volume.geometry, session.view, self.axis)
        is_other_slice = old is None or old.index != plan.index
        if is_other_slice or _scan_look(old) != _scan_look(plan):
            # Copied once: a sagittal plane lies scattered, and is read several times from here on.
            plane = self._scan_plane(plan)
            self._canvas.show_scan(plane, plan.window_hu, plan.is_smooth)
        if is_other_slice or change.touches(What.LABELS, self.axis, plan.index):
            self._draw_labels(plan)
        elif _line_look(old) != _line_look(plan):
            self._draw_outlines(plan)
        if old is None or _fill_look(old) != _fill_look(plan):
            table = overlay_table(plan.opacity, plan.hidden, plan.outline)
            self._canvas.colour_labels(table, not plan.are_labels_hidden)
        if is_other_slice or _doubt_look(old) != _doubt_look(plan) or change.what & What.PROPOSAL:
            self._draw_doubt(plan)
        if (
            is_other_slice
            or change.what & (What.PROPOSAL | What.DRAFT)
            or _line_look(old) != _line_look(plan)
        ):
            self._draw_proposal(plan)
        if is_other_slice or change.touches(What.DRAFT, self.axis, plan.index):
            self._draw_scribbles(plan)
        self._canvas.place(plan, self.projection)
        self._draw_outline_in_hand()
        self._rail.show_slice(plan.index, plan.count)
        self._show_cursor()
        if self._pointer is not None:
            self._tell_pointer()  # the slice or its labels moved under it

    def _scan_plane(self, plan: SlicePlan) -> npt.NDArray[np.generic]:
        """(rows, columns) HU of the slice, or of the slab about it."""
        volume = self.session.volume
        assert volume is not None
        if plan.slab is None:
            return np.ascontiguousarray(cut(volume.hu, self.axis, plan.index))
        spacing = volume.geometry.spacing_zyx[self.axis]
        return slab_plane(volume.hu, self.axis, plan.index, plan.slab, spacing)

    def _draw_labels(self, plan: SlicePlan) -> None:
        assert self.session.labels is not None
        plane = np.ascontiguousarray(cut(self.session.labels.array, self.axis, plan.index))
        self._canvas.show_labels(plane)
        self._draw_outlines(plan, plane)

    def _draw_outlines(
        self, plan: SlicePlan, labels: npt.NDArray[np.generic] | None = None
    ) -> None:
        """Of the slice's (rows, columns) labels, cut anew unless they are at hand."""
        assert self.session.labels is not None
        if labels is None:
            labels = np.ascontiguousarray(cut(self.session.labels.array, self.axis, plan.index))
        self._canvas.show_outlines(
            label_lines(labels, plan.spacing, plan.hidden, is_smooth=plan.is_smooth)
        )

    def _draw_proposal(self, plan: SlicePlan) -> None:
        """What waits for a yes: a network's labels, or what a tool would change."""
        session = self.session
        if session.proposal is not None:
            box, labels = session.proposal.box, session.proposal.labels
        elif session.draft is not None:
            box, labels = session.draft.edit.box, session.draft.shown
        else:
            self._canvas.show_proposal([])
            return
        if not box.crosses(self.axis, plan.index):
            self._canvas.show_proposal([])
            return
        row, column = (box.start[a] for a in range(3) if a != self.axis)
        self._canvas.show_proposal(
            label_lines(
                cut(labels, self.axis, plan.index - box.start[self.axis]),
                plan.spacing,
                plan.hidden,
                is_smooth=plan.is_smooth,
                is_hatched=True,
                start=(row, column),
            )
        )

    def _draw_scribbles(self, plan: SlicePlan) -> None:
        plane = self.session.scribbles.plane(self.axis, plan.index)
        lines = [] if plane is None else scribble_lines(plane, plan.spacing)
        self._canvas.scribbles.show_lines(lines)

    def _draw_doubt(self, plan: SlicePlan) -> None:
        unsure = self.session.uncertainty
        if unsure is None or not plan.has_doubt or not unsure.box.crosses(self.axis, plan.index):
            self._canvas.show_doubt(None)
            return
        plane = np.zeros(plan.shape, np.uint8)
        row, column = (unsure.box.slices[a] for a in range(3) if a != self.axis)
        plane[row, column] = cut(unsure.values, self.axis, plan.index - unsure.box.start[self.axis])
        self._canvas.show_doubt(plane)

    def _draw_outline_in_hand(self) -> None:
        """The line being drawn and how it would go on to the pointer; what was measured."""
        pointer = None if self._mouse.is_dragging else self._pointer
        self._in_hand.draw(self._canvas.outline_in_hand, pointer)
        self._marks.draw(self._canvas.marks, pointer)

    def _draw_all(self) -> None:
        self._plan = None
        self._draw(Change(~What(0)))

    # -- pointer and brush --------------------------------------------------------

    def show_brush_at(self, point_ras: Triple | None, axis: int) -> None:
        """Show where a brush over `point_ras` in the view of plane `axis` would paint here."""
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
        self.setCursor(
            Qt.CursorShape.OpenHandCursor if self._habits.is_space_held else _CURSORS[gesture]
        )
        if gesture not in ("stroke", "seeds") or self._brush_at is None:
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

    def _tell_pointer(self) -> None:
        if self._pointer is None or self._plan is None:
            return
        uv = self.projection.to_plane(self._pointer.x(), self._pointer.y())
        probe = probe_at(self.session, self.axis, self._plan.index, uv)
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
        self._pointer = event.position()
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
        self._pointer = None
        self.show_brush_at(None, self.axis)
        self.hovered.emit(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scale, or fit again."""
        super().resizeEvent(event)
        if self._plan is not None:
            self._canvas.place(self._plan, self.projection)
            self._draw_outline_in_hand()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was missed while hidden."""
        super().showEvent(event)
        self._draw_all()


def _scan_look(plan: SlicePlan | None) -> object:
    """What of a plan changes the grey picture, but for its slice and place."""
    return None if plan is None else (plan.window_hu, plan.is_smooth, plan.slab)


def _line_look(plan: SlicePlan | None) -> object:
    """What of a plan changes outlines."""
    return None if plan is None else (plan.hidden, plan.is_smooth)


def _doubt_look(plan: SlicePlan | None) -> object:
    """Whether doubt is drawn."""
    return None if plan is None else plan.has_doubt


def _fill_look(plan: SlicePlan) -> object:
    """What of a plan changes fills, and whether anything of the labels shows."""
    return (plan.opacity, plan.hidden, plan.outline, plan.are_labels_hidden)
