"""Pictures of the evidence: the slice a lesion was measured in, and a coronal overview.

Drawn on images, so a worker may do it; the same display rule as the window's views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray, Triple
from kidview.core.volume import Volume
from kidview.measure import CaseMeasures, Lesion, Measured
from kidview.session.planes import IN_PLANE, PLANES, edge_letters
from kidview.ui.outline import outlines
from kidview.ui.paint import OUTLINES, length_in_words, scale_bar_mm
from kidview.ui.report.lettering import write_on_scan
from kidview.ui.report.names import placed
from kidview.ui.report.picture import Drawing, Evidence, Picture
from kidview.ui.report.smaller import by_size, split
from kidview.ui.theme import SMALL_PX, TEXT_PX
from kidview.ui.tokens import DARK, ON_SCAN

CALIPER = DARK.text
"""Colour of the calipers: the window's measurements have it too."""
SIDE_PX = 240
"""Of a lesion's picture: letters are as large as in a view of that size."""
OVERVIEW_PX = (336, 240)

_FINE = 1.5  # pixels of the ground for one of the picture: about the scan's own
_WINDOW_HU = (-160.0, 240.0)
_LEAST_MM = 110.0  # a lesion's surroundings are shown, however small it is
_AROUND = 2.0  # or so many of its diameters
_MARGIN_MM = 18.0
_TICK_PX = 4.0
_PAD = 6
_LINE_PX = 15
_CORNER_PX = 80.0  # what is written in a corner is less wide
_HALO = QColor(0, 0, 0, 150)
_ALIGN = Qt.AlignmentFlag
_CENTRE = _ALIGN.AlignHCenter | _ALIGN.AlignVCenter


@dataclass(frozen=True)
class Field:
    """What of a plane a picture shows.

    Plane coordinates are voxels: (column, row), whole numbers at voxel centres.

    Parameters
    ----------
    axis, index : int
    spacing : (row, column) mm
    centre : (column, row)
    mm_per_pixel : float
    size_px : (width, height)
    """

    axis: int
    index: int
    spacing: tuple[float, float]
    centre: tuple[float, float]
    mm_per_pixel: float
    size_px: tuple[int, int]

    def transform(self) -> QTransform:
        """Plane to pixels: columns grow to the left, rows upward."""
        row_mm, column_mm = self.spacing
        width, height = self.size_px
        return QTransform(
            -column_mm / self.mm_per_pixel,
            0.0,
            0.0,
            -row_mm / self.mm_per_pixel,
            width / 2 + self.centre[0] * column_mm / self.mm_per_pixel,
            height / 2 + self.centre[1] * row_mm / self.mm_per_pixel,
        )


def evidence_of(
    volume: Volume, labels: LabelArray, measured: CaseMeasures, task: Task | None = None
) -> Evidence:
    """Draw all pictures of a report; of many lesions the larger ones, see `smaller.split`.

    Parameters
    ----------
    volume : Volume
    labels : (Z, Y, X) uint8
        With at least one label.
    measured : CaseMeasures
        Of these labels.
    task : Task, optional
    """
    task = task or Task()
    overview = overview_picture(volume, labels, measured)
    pictured = {one.name for one in split(measured.lesions)[0]}
    lesions = [one for one in measured.case.anatomy.lesions if one.id in pictured]
    values = {one.name: one for one in measured.lesions}
    axes = (0, 1, 2) if len(lesions) == 1 else (0,)
    drawn = {}
    for number, lesion in enumerate(lesions, 1):
        task.report(number / (len(lesions) + 1), f"drawing {lesion.id}")
        drawn[lesion.id] = tuple(
            lesion_picture(volume, labels, lesion, values[lesion.id], axis) for axis in axes
        )
    return Evidence(overview, drawn)


def lesion_field(geometry: Geometry, lesion: Lesion, axis: int = 0) -> Field:
    """Around a lesion: its axial calipers in their slice, or its centre in another plane."""
    middle = geometry.ras_to_index(lesion.centre_ras)
    index = int(np.rint(middle[axis]))
    if axis == 0:
        middle = np.mean(geometry.ras_to_index(lesion.axial.long.ends_ras), axis=0)
        index = lesion.box.start[0] + lesion.axial.slice_z
    side_mm = max(_LEAST_MM, _AROUND * lesion.axial.long.mm)
    return _field(geometry, axis, index, middle, side_mm / SIDE_PX, (SIDE_PX, SIDE_PX))


def lesion_picture(
    volume: Volume, labels: LabelArray, lesion: Lesion, measured: Measured, axis: int = 0
) -> Picture:
    """A lesion with outlines; the axial slice is that of its longest diameter, with calipers.

    Parameters
    ----------
    volume : Volume
    labels : (Z, Y, X) uint8
    lesion : Lesion
    measured : Measured
        Its values: the calipers' ends are taken from them.
    axis : int
        Plane; 0 is axial.
    """
    field = lesion_field(volume.geometry, lesion, axis)
    calipers = [
        _caliper(field, volume.geometry, ends)
        for id in ("axial_across_mm", "axial_diameter_mm")
        if (ends := measured.values[id].points_ras) and axis == 0
    ]
    slices = f"slice {field.index + 1} of {volume.geometry.shape_zyx[axis]}"
    caption = f"{lesion.id}: {PLANES[axis]} {slices}"
    return _picture(volume, labels, field, calipers, caption)


def overview_picture(volume: Volume, labels: LabelArray, measured: CaseMeasures) -> Picture:
    """A coronal slice: the one with the most labelled voxels; ids stand where lesions are.

    Of many lesions those of the largest, none over another.

    Parameters
    ----------
    volume : Volume
    labels : (Z, Y, X) uint8
        With at least one label.
    measured : CaseMeasures
    """
    geometry = volume.geometry
    there = labels != 0
    index = int(there.sum(axis=(0, 2)).argmax())
    seen = there.any(axis=1)
    spans = [np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0)]  # z, x
    (z0, z1), (x0, x1) = ((int(span[0]), int(span[-1])) for span in spans)
    step_z, _step_y, step_x = geometry.spacing_zyx
    width_mm = (x1 - x0 + 1) * step_x + 2 * _MARGIN_MM
    height_mm = (z1 - z0 + 1) * step_z + 2 * _MARGIN_MM
    scale = max(width_mm / OVERVIEW_PX[0], height_mm / OVERVIEW_PX[1])
    middle = np.array(
        [
            _inside((z0 + z1) / 2, OVERVIEW_PX[1] * scale / step_z, geometry.shape_zyx[0]),
            index,
            _inside((x0 + x1) / 2, OVERVIEW_PX[0] * scale / step_x, geometry.shape_zyx[2]),
        ]
    )
    field = _field(geometry, 1, index, middle, scale, OVERVIEW_PX)
    ids = _ids(field, geometry, measured)
    words = f"Coronal slice {index + 1} of {geometry.shape_zyx[1]}"
    of = "lesions'" if len(ids) == len(measured.lesions) else "largest lesions'"
    caption = f"{words}; ids mark the {of} centres" if ids else words
    return _picture(volume, labels, field, ids, caption)


# -- pieces -----------------------------------------------------------------------


def _field(
    geometry: Geometry,
    axis: int,
    index: int,
    middle_zyx: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    mm_per_pixel: float,
    size_px: tuple[int, int],
) -> Field:
    row, column = IN_PLANE[axis]
    spacing = (geometry.spacing_zyx[row], geometry.spacing_zyx[column])
    centre = (float(middle_zyx[column]), float(middle_zyx[row]))
    return Field(axis, index, spacing, centre, mm_per_pixel, size_px)


def _inside(middle: float, length: float, count: int) -> float:
    """A middle so that a length (voxels) does not reach out of `count` voxels, if it can."""
    least, most = length / 2 - 0.5, count - 0.5 - length / 2
    return min(max(middle, least), most) if least <= most else (count - 1) / 2


def _picture(
    volume: Volume,
    labels: LabelArray,
    field: Field,
    drawings: Sequence[Drawing],
    caption: str,
) -> Picture:
    """The grey slice under outlines, what is given, and the furniture."""
    drawn: tuple[Drawing, ...] = (
        _outlines(field, np.take(labels, field.index, field.axis)),
        *drawings,
        partial(_draw_furniture, field, volume.geometry),
    )
    return Picture(_ground(volume, field), drawn, field.size_px, caption)


def _ground(volume: Volume, field: Field) -> QImage:
    """The grey slice."""
    width, height = (round(_FINE * n) for n in field.size_px)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(DARK.view))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(_FINE, _FINE)
    to_corner = QTransform.fromTranslate(-0.5, -0.5)
    painter.setTransform(to_corner * field.transform(), combine=True)
    painter.drawImage(0, 0, _grey(np.take(volume.hu, field.index, field.axis)))
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8)


def _grey(plane: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> QImage:
    """(rows, columns) HU as a picture, row 0 first."""
    low, high = _WINDOW_HU
    grey = np.clip((plane.astype(np.float32) - low) * (255 / (high - low)), 0, 255)
    pixels = np.ascontiguousarray(grey.astype(np.uint8))
    rows, columns = pixels.shape
    return QImage(
        pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8
    ).copy()  # the array goes


def _outlines(field: Field, labels: LabelArray) -> Drawing:
    """Outlines of a plane's (rows, columns) labels."""
    transform = field.transform()
    lines: list[tuple[QPen, QPolygonF]] = []
    for row in LABELS:
        stroke = OUTLINES[row.line]
        pen = QPen(QColor(row.colour), stroke.width_px * 0.8)
        if stroke.dashes:
            pen.setDashPattern(stroke.dashes)
        for points in outlines(labels == row.id, is_smooth=True):
            polygon = transform.map(QPolygonF([QPointF(x, y) for x, y in points]))
            lines.append((pen, polygon))

    def draw(painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen, polygon in lines:
            painter.setPen(pen)
            painter.drawPolygon(polygon)

    return draw


def _pixel(field: Field, geometry: Geometry, point_ras: Triple) -> QPointF:
    index = geometry.ras_to_index(point_ras)
    row, column = IN_PLANE[field.axis]
    return field.transform().map(QPointF(float(index[column]), float(index[row])))


def _caliper(field: Field, geometry: Geometry, ends: Sequence[Triple]) -> Drawing:
    """A line with a tick across each end, and a dark rim around it."""
    first, last = (_pixel(field, geometry, end) for end in ends[:2])
    line = QLineF(first, last)
    across = line.normalVector().unitVector()
    dx, dy = _TICK_PX * across.dx(), _TICK_PX * across.dy()
    lines = [line]
    for end in (first, last):
        lines.append(QLineF(end.x() - dx, end.y() - dy, end.x() + dx, end.y() + dy))

    def draw(painter: QPainter) -> None:
        for pen in (QPen(_HALO, 3.0), QPen(QColor(CALIPER), 1.2)):
            painter.setPen(pen)
            painter.drawLines(lines)

    return draw


def _ids(field: Field, geometry: Geometry, measured: CaseMeasures) -> list[Drawing]:
    """Ids of the largest lesions where their centres are, in or behind the plane."""
    lesions = {one.id: one for one in measured.case.anatomy.lesions}
    names = []
    for one in by_size(measured.lesions):
        x, y, z = (float(mm) for mm in lesions[one.name].centre_ras)
        names.append((one.name, _pixel(field, geometry, (x, y, z))))
    width, height = field.size_px
    area = QRectF(0, 0, width, height)
    corners = (
        QRectF(0, 0, _CORNER_PX, 2 * _LINE_PX + _PAD),
        QRectF(0, height - _LINE_PX - _PAD, _CORNER_PX, height),
        QRectF(width - _CORNER_PX, height - 2 * _LINE_PX - _PAD, width, height),
    )
    return [partial(_write_id, name, at) for name, at in placed(names, TEXT_PX, area, corners)]


def _write_id(name: str, area: QRectF, painter: QPainter) -> None:
    write_on_scan(painter, area, _CENTRE, name, DARK.text, TEXT_PX, True)


def _draw_furniture(field: Field, geometry: Geometry, painter: QPainter) -> None:
    """Letters on the edges, plane and slice, window, scale bar."""
    width, height = field.size_px
    area = QRectF(_PAD, _PAD, width - 2 * _PAD, height - 2 * _PAD)
    places = (
        _ALIGN.AlignLeft | _ALIGN.AlignVCenter,
        _ALIGN.AlignRight | _ALIGN.AlignVCenter,
        _ALIGN.AlignHCenter | _ALIGN.AlignTop,
        _ALIGN.AlignHCenter | _ALIGN.AlignBottom,
    )
    for letter, place in zip(edge_letters(geometry, field.axis), places, strict=True):
        write_on_scan(painter, area, place, letter, DARK.text, TEXT_PX, True)
    name, count = PLANES[field.axis].capitalize(), geometry.shape_zyx[field.axis]
    low, high = _WINDOW_HU
    window = f"W {high - low:.0f}  L {(low + high) / 2:.0f}"
    below = area.adjusted(0, _LINE_PX, 0, 0)
    top_left = _ALIGN.AlignLeft | _ALIGN.AlignTop
    bottom_left = _ALIGN.AlignLeft | _ALIGN.AlignBottom
    write_on_scan(painter, area, top_left, name, DARK.text, SMALL_PX)
    number = f"{field.index + 1} / {count}"
    write_on_scan(painter, below, top_left, number, ON_SCAN, SMALL_PX)
    write_on_scan(painter, area, bottom_left, window, ON_SCAN, SMALL_PX)
    _draw_scale_bar(painter, field)


def _draw_scale_bar(painter: QPainter, field: Field) -> None:
    width, height = field.size_px
    length_mm = scale_bar_mm(field.mm_per_pixel / 2)  # half as long as in a window's view
    length_px = length_mm / field.mm_per_pixel
    right, bottom = width - _PAD, height - _PAD - 2
    above = QRectF(right - 100, bottom - 20, 100, 16)
    place = _ALIGN.AlignRight | _ALIGN.AlignBottom
    write_on_scan(painter, above, place, length_in_words(length_mm), ON_SCAN, SMALL_PX)
    bar = QRectF(right - length_px, bottom, length_px, 2)
    painter.fillRect(bar.adjusted(-1, -1, 1, 1), _HALO)
    painter.fillRect(bar, QColor(DARK.text))
