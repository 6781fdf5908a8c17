"""Drawing a line on a slice: clicks, freehand, moving what was drawn, closing it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from kidview.core.errors import EditRefused
from kidview.core.types import Triple
from kidview.edit.tools.polygon import simplified
from kidview.edit.tools.row import Tracer
from kidview.session import IN_PLANE, PLANES, Outline, Session, cut, plane_to_index
from kidview.ui.acting import act
from kidview.ui.context import Context
from kidview.ui.drags import Drag, Sight, tool_of
from kidview.ui.outline_item import OutlineItem
from kidview.ui.projection import Projection
from kidview.ui.turning import check_straight

CLOSING = "[segment.accept] or a double-click closes the outline"
"""What ends a line, told where it is begun and in the line of options."""

_NEAR_PX = 8.0
_TOLERANCE_PX = 1.5  # of the points left out of a freehand line
_STEP_PX = 4.0  # between points of a freehand line


class Outlining:
    """Closes lines, takes points back, and lays the last line on another slice.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._context, self.session = context, context.session
        self.last: Outline | None = None

    def say(self, words: str) -> None:
        """Tell what was done."""
        self._context.window.say(words)

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""
        self._context.window.show_error(error)

    def close(self) -> None:
        """Let the tool act on the line drawn."""
        outline = self.session.outline
        if outline is None:
            return
        if len(outline.anchors) < 3 and len(outline.points) < 3:
            raise EditRefused("an outline needs three points", "click more of them")
        self.session.check_editable(self.session.view.label)
        self.last = outline
        self.session.draw_outline(None)
        act(
            tool_of(outline.tool),
            self,
            self._context.jobs,
            axis=outline.axis,
            outline=outline.points,
        )

    def take_back(self) -> None:
        """The last point; the line itself when it was the only one."""
        outline = self.session.outline
        if outline is not None:
            is_last = len(outline.anchors) <= 1
            self.session.draw_outline(None if is_last else outline.without_last())

    def paste(self) -> None:
        """Lay the last line on the slice shown in the active view, to be changed and closed."""
        session, last = self.session, self.last
        if last is None or session.volume is None:
            raise EditRefused("no outline was drawn yet", "draw one with the polygon first")
        session.check_editable(session.view.label)
        index = session.volume.geometry.nearest_index(session.view.cursor_ras)[last.axis]
        check_straight(session, last.axis)
        session.look(tool=last.tool)
        session.draw_outline(last.on_slice(index))
        where = f"{PLANES[last.axis]} slice {index + 1}"
        self.say(f"Outline on {where}: move its points, then [segment.accept]")


class DrawOutline(Drag):
    """A press on a slice: takes hold of a point that is near, or sets a new one.

    Dragged on from a new point the way of the pointer becomes part of the line.

    Raises
    ------
    EditRefused
        There is nothing to draw on, or a line waits on another slice.
    """

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        session = self.session
        session.check_editable(session.view.label)
        tool, place = session.view.tool, (sight.axis, sight.index)
        outline = session.outline
        if outline is not None and (outline.axis, outline.index) != place:
            where = f"{PLANES[outline.axis]} slice {outline.index + 1}"
            raise EditRefused(
                f"an outline waits on {where}",
                "close it with [segment.accept] or drop it with [segment.discard]",
            )
        self._outline = outline or Outline(tool, *place)
        if outline is None:
            sight.say(f"{CLOSING}; [outline.back] removes the last point")
        self._way: list[Triple] = []
        self._held = self._near(x, y)
        self._was_moved = False
        if self._held is None:
            at = self._point(x, y)
            leg = traced(sight.tracer(self._outline), self._outline, at)
            self._outline = self._outline.with_anchor(at, leg)
            session.draw_outline(self._outline)

    def move(self, x: float, y: float) -> None:
        """Move the point held, or draw on."""
        (x0, y0), point = self.start, self._point(x, y)
        if not self._was_moved and np.hypot(x - x0, y - y0) < _STEP_PX:
            return
        if self._held is not None:
            self._was_moved = True
            self.session.draw_outline(self._outline.moved(self._held, point))
        elif np.hypot(x - self.start[0], y - self.start[1]) >= _STEP_PX:
            self._was_moved, self.start = True, (x, y)
            self._way.append(point)
            self.session.draw_outline(self._outline.with_anchor(point, tuple(self._way[:-1])))

    def end(self, x: float, y: float) -> None:
        """Thin a freehand way to points that can be moved; close a line whose start was clicked."""
        if self._way:
            self.session.draw_outline(self._with_way())
        elif self._held == 0 and not self._was_moved and len(self._outline.points) > 2:
            self.sight.close_outline()

    def _with_way(self) -> Outline:
        outline, spacing = self._outline, np.array(self.geometry.spacing_zyx)
        way = np.array([outline.anchors[-1], *self._way]) * spacing
        tolerance_mm = _TOLERANCE_PX * self.sight.projection.mm_per_pixel
        for z, y, x in simplified(way, tolerance_mm)[1:] / spacing:
            outline = outline.with_anchor((float(z), float(y), float(x)))
        return outline

    def cancel(self) -> None:
        """Leave the line as it was before."""
        self.session.draw_outline(self._outline if self._outline.anchors else None)

    def _point(self, x: float, y: float) -> Triple:
        uv = self.sight.projection.to_plane(x, y)
        return plane_to_index(self.geometry, self.sight.axis, self.sight.index, *uv)

    def _near(self, x: float, y: float) -> int | None:
        """Number of the anchor under the pointer."""
        places = in_pixels(self.session, self._outline.anchors, self.sight)
        if not len(places):
            return None
        away = np.hypot(*(places - (x, y)).T)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _NEAR_PX else None


class LineInHand:
    """What a view shows of the line being drawn, and what leads it along the view's slice.

    Parameters
    ----------
    sight : Sight
        The view.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight, self._session = sight, sight.session
        self._tracer: tuple[object, Tracer] | None = None

    def tracer(self, outline: Outline) -> Tracer | None:
        """For the outline's slice, kept while the slice is the same; None for straight lines."""
        trace, volume = tool_of(outline.tool).trace, self._session.volume
        if trace is None or volume is None:
            return None
        key = (volume, outline.tool, outline.axis, outline.index)
        if self._tracer is None or self._tracer[0] != key:
            row, column = IN_PLANE[outline.axis]
            plane = np.array(cut(volume.hu, outline.axis, outline.index), np.int16)
            spacing = volume.geometry.spacing_zyx
            self._tracer = (key, trace(plane, (spacing[row], spacing[column])))
        return self._tracer[1]

    def draw(self, item: OutlineItem, pointer: QPointF | None) -> None:
        """Show the line where it lies on the view's slice, led on to the pointer."""
        session, sight, outline = self._session, self._sight, self._session.outline
        if (
            outline is None
            or session.volume is None
            or (outline.axis, outline.index) != (sight.axis, sight.index)
        ):
            item.hide()
            return
        way: tuple[Triple, ...] = outline.anchors[-1:]
        if pointer is not None:
            uv = sight.projection.to_plane(pointer.x(), pointer.y())
            at = plane_to_index(session.volume.geometry, sight.axis, outline.index, *uv)
            way = (*way, *traced(self.tracer(outline), outline, at), at)
        item.show_points(
            *(in_pixels(session, p, sight) for p in (outline.points, outline.anchors, way))
        )
        item.show()


def traced(tracer: Tracer | None, outline: Outline, to: Triple) -> tuple[Triple, ...]:
    """Points from the last anchor of a line to another point, as its tool finds them."""
    if tracer is None or not outline.anchors:
        return ()
    row, column = IN_PLANE[outline.axis]
    start = outline.anchors[-1]
    found = []
    for r, c in tracer.path((start[row], start[column]), (to[row], to[column])):
        at = [float(outline.index)] * 3
        at[row], at[column] = r, c
        found.append((at[0], at[1], at[2]))
    return tuple(found)


def in_pixels(
    session: Session, points: tuple[Triple, ...], sight: Sight
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(n, 2) x, y of points of a slice in the view that shows it."""
    assert session.volume is not None
    spacing = session.volume.geometry.spacing_zyx
    row, column = IN_PLANE[sight.axis]
    projection: Projection = sight.projection
    return np.array(
        [projection.to_pixels(p[column] * spacing[column], p[row] * spacing[row]) for p in points]
    ).reshape(-1, 2)
