"""The picture of a slice: scan, labels, doubt, proposal, brush; decides nothing, hears no mouse."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from kidview.session import SlicePlan
from kidview.ui.caliper_item import CaliperItem
from kidview.ui.compared_item import ComparedItem
from kidview.ui.mark_item import MarkItem
from kidview.ui.outline_item import OutlineItem
from kidview.ui.paint import OVERLAY_LEVELS, doubt_table
from kidview.ui.projection import Projection
from kidview.ui.sheet import Sheet
from kidview.ui.slice_items import BrushItem, FurnitureItem, Line, LineItem, PlaneImage
from kidview.ui.tokens import DARK
from kidview.ui.turn_handles import HandleItem


class SliceCanvas(pg.GraphicsView):  # type: ignore[misc]
    """Scene and view of one slice; the scene's coordinates are the view's pixels."""

    def __init__(self) -> None:
        super().__init__(background=DARK.view)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.scan, self.overlay, self.doubt = PlaneImage(), PlaneImage(), PlaneImage()
        self.doubt.setLookupTable(doubt_table())
        self.outlines, self.proposal, self.scribbles = LineItem(), LineItem(), LineItem()
        self.compared = ComparedItem()
        self.furniture, self.brush = FurnitureItem(), BrushItem()
        self.handles = HandleItem()
        self.marks, self.outline_in_hand = MarkItem(), OutlineItem()
        self.calipers = CaliperItem()
        self._region = QGraphicsRectItem()
        self._region.setPen(QPen(QColor(DARK.text), 1, Qt.PenStyle.DashLine))
        self._region.hide()
        self._items: tuple[QGraphicsItem, ...] = (
            self.scan,
            self.overlay,
            self.doubt,
            self.outlines,
            self.compared,
            self.proposal,
            self.scribbles,
            self.furniture,
            self.handles,
            self.marks,
            self.calipers,
            self._region,
            self.outline_in_hand,
            self.brush,
        )
        for item in self._items:  # the later the higher
            self.addItem(item)
        self._plan: SlicePlan | None = None
        self._place: object = None
        self.show_nothing()

    def show_nothing(self) -> None:
        """No scan is open."""
        self._plan = self._place = None
        for item in self._items:
            item.hide()

    def show_scan(
        self, plane: npt.NDArray[np.generic], window_hu: tuple[float, float], is_smooth: bool
    ) -> None:
        """(rows, columns) int16 HU between two HU from black to white."""
        self.scan.is_smooth = is_smooth
        self.scan.setImage(plane, autoLevels=False, levels=window_hu)
        self.scan.show()
        self.furniture.show()

    def show_labels(self, plane: npt.NDArray[np.generic]) -> None:
        """(rows, columns) uint8."""
        self.overlay.setImage(plane, autoLevels=False, levels=OVERLAY_LEVELS)

    def colour_labels(self, table: npt.NDArray[np.uint8], is_shown: bool) -> None:
        """Fill by a (256, 4) table of red, green, blue, alpha; not at all while peeking."""
        self.overlay.setLookupTable(table)
        self.overlay.setVisible(is_shown and bool(table[:, 3].any()))
        self.outlines.setVisible(is_shown)
        self.compared.setVisible(is_shown)
        self.proposal.setVisible(is_shown)
        self.scribbles.setVisible(is_shown)

    def show_doubt(self, plane: npt.NDArray[np.uint8] | None) -> None:
        """(rows, columns) uint8 of how unsure the network was, or none."""
        if plane is not None:
            self.doubt.setImage(plane, autoLevels=False, levels=OVERLAY_LEVELS)
        self.doubt.setVisible(plane is not None)

    def show_outlines(self, lines: list[Line]) -> None:
        """Of the labels."""
        self.outlines.show_lines(lines)

    def show_proposal(self, lines: list[Line]) -> None:
        """Of what waits to be accepted."""
        self.proposal.show_lines(lines)

    def place(self, plan: SlicePlan, projection: Projection, sheet: Sheet) -> None:
        """Put everything where the plan wants it, and the pixels of the plane it shows."""
        place = (projection, sheet.spacing, sheet.start)
        if (plan, place) == (self._plan, self._place):
            return
        is_moved = place != self._place
        self._plan, self._place = plan, place
        if is_moved:
            transform = transform_of(projection)
            for image in (self.scan, self.overlay, self.doubt):
                image.place(sheet.spacing, sheet.start, transform)
            for lines in (self.outlines, self.compared, self.proposal, self.scribbles):
                lines.place(transform)
        self.furniture.show_plan(plan, projection)
        self.calipers.place(plan, projection)

    def show_region(self, corners: tuple[float, float, float, float] | None) -> None:
        """A rectangle (left, top, right, bottom) in pixels, or none."""
        if corners is not None:
            left, top, right, bottom = corners
            self._region.setRect(QRectF(left, top, right - left, bottom - top))
        self._region.setVisible(corners is not None)


def transform_of(projection: Projection) -> QTransform:
    """Plane mm to pixels, as `Projection.to_pixels`."""
    scale = 1 / projection.mm_per_pixel
    x, y = projection.to_pixels(0.0, 0.0)
    return QTransform(-scale, 0.0, 0.0, -scale, x, y)
