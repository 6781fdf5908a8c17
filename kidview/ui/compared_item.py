"""Outlines of the mask that the labels are compared with, told from theirs by their line."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from kidview.session import Compared, SlicePlan
from kidview.ui.paint import Stroke, lightened
from kidview.ui.sheet import Sheet
from kidview.ui.slice_items import LineItem, label_lines, pen_of
from kidview.ui.tokens import DARK

_WIDTH_PX, _RIM_PX = 1.5, 3.5
_ON_PX, _OFF_PX = 5.0, 6.0
_PALE = 0.45  # share of white: nearer to it kidney and cyst look alike


class ComparedItem(LineItem):
    """Pale dashes with a dark rim: seen upon the scan and along the labels' own outlines.

    It draws the labels of the other mask in a lightened colour each; hidden ones are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._drawn: object = None

    def show_sheet(self, sheet: Sheet, plan: SlicePlan, compared: Compared | None) -> None:
        """Draw what a plane shows of another mask; at no cost where it is drawn already."""
        look = (compared, sheet, plan.hidden, plan.is_smooth)
        if look == self._drawn:
            return
        self._drawn = look
        part = None
        if compared is not None and compared.box is not None:
            labels, box = compared.labels, compared.box
            part = sheet.part(labels.array[box.slices], box, labels.geometry)
        if part is None:
            self.show_lines([])
            return
        plane, start = part
        self.show_lines(
            label_lines(
                np.ascontiguousarray(plane),  # a sagittal plane lies scattered
                sheet.spacing,
                plan.hidden,
                is_smooth=plan.is_smooth,
                start=start,
            )
        )

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """The rim of a dash below it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, path in zip(self._lines, self._mapped, strict=True):
            pale = lightened(line.colour, _PALE)
            for colour, width in ((DARK.view, _RIM_PX), (pale, _WIDTH_PX)):
                painter.strokePath(path, _dashed(colour, width))


def _dashed(colour: str, width_px: float) -> QPen:
    """Dashes as long on the screen whatever their width."""
    pen = pen_of(colour, Stroke(width_px, (_ON_PX / width_px, _OFF_PX / width_px)))
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)  # half the time of round ones, and not told apart
    return pen
