"""What a held mouse button does: one class a drag, from its press to its end.

A drag is made by the press, told of every move, and ended or cancelled. All it may ask of the
view it happens in is a `Sight`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES
from kidview.core.types import FloatArray, HUArray, Index, Triple
from kidview.edit import TOOLS, Edit, ToolRow, why_refused
from kidview.edit.tools.brush import IS_SQUARE, SIMILAR_HU, brush
from kidview.edit.tools.row import Tracer
from kidview.edit.tools.seeds import BACKGROUND
from kidview.session import (
    IN_PLANE,
    Outline,
    Session,
    SlicePlan,
    ViewState,
    cut,
    plane_to_index,
    point_on,
    raster_over,
    sample_hu,
    step_title,
    voxel_under,
)
from kidview.ui.projection import Projection
from kidview.ui.telling import as_words, step_in_words

_LEAST_WIDTH_HU = 1.0
_ZOOM_PER_PX = 1.01
_REGION_PERCENTILES = (1, 99)


class Sight(Protocol):
    """A slice view as a drag sees it."""

    session: Session
    axis: int

    @property
    def projection(self) -> Projection:
        """The plane in the view as it is now."""

    @property
    def plan(self) -> SlicePlan:
        """What the view shows now."""

    @property
    def index(self) -> int:
        """The slice of the grid shown now; raises EditRefused where the plane is turned."""

    def say(self, words: str) -> None:
        """Tell what was done."""

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""

    def show_region(self, corners: tuple[float, float, float, float] | None) -> None:
        """Draw a rectangle (left, top, right, bottom) in pixels, or none."""

    def tracer(self, outline: Outline) -> Tracer | None:
        """What leads a line along the image of its slice; None for straight lines."""

    def close_outline(self) -> None:
        """Let the tool act on the line drawn."""

    def refine(self, at_zyx: Index, label: int) -> None:
        """Let the network look again at a voxel that shall have a label."""


class Drag:
    """Pressed at pixel (x, y) of a view."""

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        self.sight, self.session = sight, sight.session
        self.start = (x, y)

    @property
    def geometry(self) -> Geometry:
        """The scan's grid."""
        assert self.session.volume is not None
        return self.session.volume.geometry

    def move(self, x: float, y: float) -> None:
        """The pointer went to (x, y)."""

    def end(self, x: float, y: float) -> None:
        """The button was released at (x, y)."""

    def cancel(self) -> None:
        """Something failed: leave nothing half done."""


class Pan(Drag):
    """The point taken hold of follows the pointer; all views go along."""

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        self._from = sight.projection

    def move(self, x: float, y: float) -> None:
        """Shift the centre."""
        (u0, v0), (u, v) = self._from.to_plane(*self.start), self._from.to_plane(x, y)
        centre = self._from.centre_uv
        look_from(
            self.sight, replace(self._from, centre_uv=(centre[0] + u0 - u, centre[1] + v0 - v))
        )


class Zoom(Drag):
    """Up magnifies about the point pressed on."""

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        self._from = sight.projection

    def move(self, x: float, y: float) -> None:
        """Set the scale by the way from the start."""
        look_from(self.sight, self._from.zoomed(_ZOOM_PER_PX ** (self.start[1] - y), *self.start))


class Window(Drag):
    """Right widens the grey scale, up makes the picture brighter."""

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        self._from = self.session.view.window_hu

    def move(self, x: float, y: float) -> None:
        """Set width and level by the way from the start."""
        low, high = self._from
        step = max(high - low, 50.0) / 300  # HU a pixel: a wide window wants larger steps
        width = max(high - low + (x - self.start[0]) * step, _LEAST_WIDTH_HU)
        level = (low + high) / 2 + (y - self.start[1]) * step
        self.session.look(window_hu=(round(level - width / 2, 1), round(level + width / 2, 1)))


class Region(Drag):
    """The grey scale spans what lies in a rectangle."""

    def move(self, x: float, y: float) -> None:
        """Draw the rectangle."""
        (left, right), (top, bottom) = sorted((self.start[0], x)), sorted((self.start[1], y))
        self.sight.show_region((left, top, right, bottom))

    def end(self, x: float, y: float) -> None:
        """Set the window."""
        self.sight.show_region(None)
        low_hu, high_hu = spanned(self._hu(x, y))
        self.session.look(window_hu=(low_hu, high_hu))
        self.sight.say(f"Window of the region: {low_hu:.0f} to {high_hu:.0f} HU")

    def _hu(self, x: float, y: float) -> HUArray:
        """What lies in the rectangle."""
        assert self.session.volume is not None
        plan, projection, hu = self.sight.plan, self.sight.projection, self.session.volume.hu
        corners = [projection.to_plane(*corner) for corner in (self.start, (x, y))]
        if plan.frame is not None:
            (left, right), (low, high) = (sorted(pair) for pair in zip(*corners, strict=True))
            seen_uv = (left, low, right, high)
            raster = raster_over(self.geometry, plan.frame, plan.depth_mm, seen_uv, 0.0)
            return sample_hu(hu, self.geometry, raster)
        ends = [plane_to_index(self.geometry, plan.axis, plan.index, *corner) for corner in corners]
        plane = cut(hu, plan.axis, plan.index)
        ranges = []
        for a, n in zip(IN_PLANE[plan.axis], plane.shape, strict=True):
            first, last = sorted(min(max(round(end[a]), 0), n - 1) for end in ends)
            ranges.append(slice(first, last + 1))
        return np.asarray(plane[tuple(ranges)], np.int16)

    def cancel(self) -> None:
        """Take the rectangle away."""
        self.sight.show_region(None)


class Navigate(Drag):
    """The crosshair goes with the pointer."""

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        """Look at the voxel nearest to the pointer; on a turned plane at the point itself."""
        plan, geometry = self.sight.plan, self.geometry
        point = point_on(geometry, plan, *self.sight.projection.to_plane(x, y))
        if plan.frame is None:
            self.session.look_at(geometry.nearest_index(point))
        elif voxel_under(geometry, triple(geometry.ras_to_index(point))) is not None:
            self.session.look(cursor_ras=point)


class Paint(Drag):
    """A brush swept along the pointer's way: one undo step, or none.

    Parameters
    ----------
    is_inverted : bool
        The brush erases and the eraser paints.

    Raises
    ------
    EditRefused
        There is nothing to paint on.
    """

    def __init__(self, sight: Sight, x: float, y: float, is_inverted: bool = False) -> None:
        super().__init__(sight, x, y)
        view = self.session.view
        self._label = 0 if (view.tool == "eraser") != is_inverted else view.label
        self._radius_mm = view.radius_mm
        self._axis = None if view.is_ball else sight.axis
        self._is_square = bool(view.options.get(IS_SQUARE.id, IS_SQUARE.default))
        similar = view.options.get(SIMILAR_HU.id, SIMILAR_HU.default)
        self._similar_hu = float(similar) if view.tool == "brush" and self._label else 0.0
        self._refusal: EditRefused | None = None
        self._unseen = _unseen(view, self._label)
        title = step_title("Brush", self._label) if self._label else "Eraser"
        self.session.begin_stroke(title)
        self._last = self._point(x, y)
        self._sweep_to(self._last)
        if self._unseen:
            sight.say(f"{self._unseen[0].upper()}{self._unseen[1:]}")

    def move(self, x: float, y: float) -> None:
        """Paint from the last place to this one; nothing once the stroke was taken back."""
        if self.session.is_painting:
            self._sweep_to(self._point(x, y))

    def end(self, x: float, y: float) -> None:
        """Keep the stroke, and say what it did or why it did nothing."""
        if not self.session.is_painting:
            return
        self.move(x, y)
        if self.session.end_stroke():
            step = self.session.history.last
            assert step is not None
            self._say(step_in_words(step, self.geometry.voxel_ml))
        elif self._refusal is not None:
            self._say(as_words(self._refusal))

    def cancel(self) -> None:
        """Take the stroke back."""
        self.session.abort_stroke()

    def _say(self, words: str) -> None:
        """What came of it, and that nobody could see it."""
        self.sight.say(f"{words}; {self._unseen}" if self._unseen else words)

    def _point(self, x: float, y: float) -> Triple:
        uv = self.sight.projection.to_plane(x, y)
        return plane_to_index(self.geometry, self.sight.axis, self.sight.index, *uv)

    def _sweep_to(self, point: Triple) -> None:
        assert self.session.volume is not None
        edit = brush(
            self._last,
            point,
            self._radius_mm,
            self._label,
            self.geometry,
            axis=self._axis,
            is_square=self._is_square,
            similar_hu=self._similar_hu,
            hu=self.session.volume.hu,
        )
        self._last = point
        if self.session.add_to_stroke(edit) is None and self._refusal is None:
            self._refusal = self._why(edit)

    def _why(self, edit: Edit) -> EditRefused | None:
        session = self.session
        assert session.labels is not None and session.volume is not None
        return why_refused(edit, session.labels, session.guard, session.volume.hu)


def _unseen(view: ViewState, label: int) -> str:
    """Why a stroke of a label, or of 0, cannot be seen; "" where it can."""
    if view.are_labels_hidden:
        return "labels are hidden, [view.peek] shows them"
    if label in view.hidden:
        return f"{LABEL_NAMES[label]} is hidden, its eye under Labels shows it"
    return ""


class Scribble(Drag):
    """A brush swept over the layer of scribbles.

    Parameters
    ----------
    is_inverted : bool
        The scribble says background.

    Raises
    ------
    EditRefused
        There is nothing to scribble on, or something waits for a decision.
    """

    def __init__(self, sight: Sight, x: float, y: float, is_inverted: bool = False) -> None:
        super().__init__(sight, x, y)
        self._label = BACKGROUND if is_inverted else self.session.view.label
        self.session.check_editable(self._label)
        self.session.scribbles.begin()
        self._last = self._point(x, y)
        self.move(x, y)

    def move(self, x: float, y: float) -> None:
        """Scribble from the last place to this one."""
        view, point = self.session.view, self._point(x, y)
        axis = None if view.is_ball else self.sight.axis
        edit = brush(self._last, point, view.radius_mm, self._label, self.geometry, axis=axis)
        self._last = point
        self.session.scribble(edit)

    def _point(self, x: float, y: float) -> Triple:
        uv = self.sight.projection.to_plane(x, y)
        return plane_to_index(self.geometry, self.sight.axis, self.sight.index, *uv)


def look_from(sight: Sight, projection: Projection) -> None:
    """Give all views the centre and scale of one view's projection."""
    session, axis = sight.session, sight.axis
    assert session.volume is not None
    geometry = session.volume.geometry
    frame = sight.plan.frame
    if frame is not None:
        depth_mm = float(frame.to_plane(session.view.centre_ras)[2])
        centre = frame.to_ras((*projection.centre_uv, depth_mm))
    else:
        slice_index = float(geometry.ras_to_index(session.view.centre_ras)[axis])
        point = plane_to_index(geometry, axis, slice_index, *projection.centre_uv)
        centre = geometry.index_to_ras(point)
    is_same = projection.mm_per_pixel == sight.projection.mm_per_pixel
    scale = session.view.mm_per_pixel if is_same else projection.mm_per_pixel
    session.look(centre_ras=triple(centre), mm_per_pixel=scale)


def triple(values: FloatArray) -> Triple:
    """A point or an index as three floats."""
    a, b, c = (float(value) for value in values)
    return (a, b, c)


def spanned(hu: HUArray) -> tuple[float, float]:
    """Lowest and highest HU of a region but for its extremes, at least 10 HU apart."""
    low, high = (float(v) for v in np.percentile(hu, _REGION_PERCENTILES))
    return (low, high) if high - low >= 10 else ((low + high) / 2 - 5, (low + high) / 2 + 5)


def tool_of(name: str) -> ToolRow:
    """The row of a tool."""
    return next(row for row in TOOLS if row.id == name)
