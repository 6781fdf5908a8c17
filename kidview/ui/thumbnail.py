"""A small axial picture of a scan, with its labels if it has any; drawn in a worker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from kidview.core.labels import LABELS
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.ui.paint import rgb

_WINDOW_HU = (-160.0, 240.0)
_FILL = 0.6


def axial_picture(
    volume: Volume, size_px: tuple[int, int], labels: LabelArray | None = None
) -> QImage:
    """The middle axial slice, cut to a shape; where there are labels, the middle of those.

    Parameters
    ----------
    volume : Volume
    size_px : (width, height)
    labels : (Z, Y, X) uint8, optional
    """
    index = volume.hu.shape[0] // 2 if labels is None else middle_slice(labels)
    low, high = _WINDOW_HU
    plane = volume.hu[index].astype(np.float32)
    grey = np.clip((plane - low) / (high - low) * 255, 0, 255)
    colours = np.repeat(grey[..., None], 3, axis=2)
    if labels is not None:
        _tint(colours, labels[index])
    _z, row_mm, column_mm = volume.geometry.spacing_zyx
    return _cut(colours.astype(np.uint8), row_mm / column_mm, size_px)


def middle_slice(labels: LabelArray) -> int:
    """The slice with as many labelled voxels above as below it; the scan's middle without any."""
    counts = np.array([np.count_nonzero(plane) for plane in labels])
    if not counts.any():
        return len(labels) // 2
    return int(np.searchsorted(counts.cumsum(), counts.sum() / 2))


def _tint(colours: npt.NDArray[np.float32], labels: LabelArray) -> None:
    for row in LABELS:
        there = labels == row.id
        colours[there] = (1 - _FILL) * colours[there] + _FILL * np.array(rgb(row.colour))


def _cut(colours: npt.NDArray[np.uint8], ratio: float, size_px: tuple[int, int]) -> QImage:
    """A (rows, columns, 3) picture, rows `ratio` times as far apart as columns, filling a size."""
    upright = np.ascontiguousarray(colours[::-1, ::-1])  # anterior up, the right at the left
    rows, columns, _ = upright.shape
    image = QImage(upright.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
    image = image.scaled(columns, max(round(rows * ratio), 1))
    width, height = size_px
    image = image.scaled(
        width,
        height,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (image.width() - width) // 2, (image.height() - height) // 2
    return image.copy(left, top, width, height)
