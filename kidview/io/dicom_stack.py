"""Slices of a volume -> the house array: laid in place, gaps filled, or resampled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import FloatArray, HUArray, Index, ScoreArray
from kidview.core.volume import AxisOrder
from kidview.io.dicom_geometry import Layout
from kidview.io.dicom_pixels import OUTSIDE_HU, Decoder
from kidview.io.dicom_series import Stack
from kidview.io.orientation import axis_order, house_affine, shape_in_house
from kidview.io.stream import allocate

_TO_RAS = np.diag([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Grid:
    """The straight grid a series becomes, in the axis order dcm2niix writes.

    i runs along a row, j up the columns (against the file), k along the normal.

    Parameters
    ----------
    shape_ijk : 3 ints
    affine : (4, 4) float64
        (i, j, k, 1) to RAS+ mm.
    low : 2 floats
        mm of the grid's first column and row from those of the first slice.
    """

    shape_ijk: Index
    affine: FloatArray
    low: tuple[float, float]

    @property
    def order(self) -> AxisOrder:
        """To the house."""
        return axis_order(self.affine)

    @property
    def geometry(self) -> Geometry:
        """In the house."""
        shape = shape_in_house(self.shape_ijk, self.order)
        return Geometry(shape, house_affine(self.affine, self.shape_ijk, self.order))


def grid_of(stack: Stack) -> Grid:
    """The grid of a stack; wide enough for every slice where they lie sideways."""
    first, layout = stack.slices[0], stack.layout
    rows, columns = first.shape
    row_mm, column_mm = first.spacing or (1.0, 1.0)
    low, high = np.zeros(2), np.zeros(2)
    if layout.is_shifted:
        low, high = layout.across.min(axis=0), layout.across.max(axis=0)
    columns += int(np.ceil((high - low)[0] / column_mm - 1e-3))
    rows += int(np.ceil((high - low)[1] / row_mm - 1e-3))
    affine = np.eye(4)
    steps = layout.axes * [column_mm, -row_mm, layout.gap]
    affine[:3, :3] = _TO_RAS @ steps
    corner = np.array(first.position) + layout.axes[:, :2] @ low
    last_row = layout.axes[:, 1] * row_mm * (rows - 1)
    affine[:3, 3] = _TO_RAS @ (corner + last_row)
    return Grid((columns, rows, layout.planes), affine, (float(low[0]), float(low[1])))


def fill(stack: Stack, grid: Grid, decoder: Decoder, task: Task) -> HUArray:
    """Decode every slice into its place.

    Returns
    -------
    (Z, Y, X) int16
        House order, on ``grid.geometry``.
    """
    order = grid.order
    shape = shape_in_house(grid.shape_ijk, order)
    hu = allocate(shape, np.dtype(np.int16), "the series")
    planes = order.to_file(hu).T[:, ::-1]  # (k, row, column), rows as in the files
    if stack.layout.is_resampled:
        _resample(stack, grid, decoder, planes, task)
    else:
        _lay(stack, decoder, planes, task)
    return hu


def _lay(stack: Stack, decoder: Decoder, planes: HUArray, task: Task) -> None:
    count = len(stack.slices)
    places = stack.layout.plane_of_slice
    for n, (one, plane) in enumerate(zip(stack.slices, places, strict=True)):
        planes[plane] = decoder.hu(one)[0]
        task.report((n + 1) / count, "Reading slices")
    for below, above in pairwise(places):
        for plane in range(below + 1, above):
            share = (plane - below) / (above - below)
            between = planes[below] * (1 - share) + planes[above] * share
            planes[plane] = np.rint(between)


def _resample(stack: Stack, grid: Grid, decoder: Decoder, planes: HUArray, task: Task) -> None:
    """Linear in the plane and between planes; what holds no data has no weight."""
    along, gap = stack.layout.along, stack.layout.gap
    shifted = _shifted_slices(stack, grid, decoder, task)
    below = above = next(shifted)
    low = high = 0
    for plane in range(len(planes)):
        at = min(plane * gap, float(along[-1]))
        while along[high] < at - 1e-6:
            below, low = above, high
            above, high = next(shifted), high + 1
        share = 1.0 if low == high else float((at - along[low]) / (along[high] - along[low]))
        planes[plane] = _blend(below, above, np.float32(share))


def _blend(
    below: tuple[ScoreArray, ScoreArray], above: tuple[ScoreArray, ScoreArray], share: np.float32
) -> HUArray:
    values = below[0] * (1 - share) + above[0] * share
    weight = below[1] * (1 - share) + above[1] * share
    there = weight >= 0.5
    np.divide(values, weight, out=values, where=there)
    values[~there] = OUTSIDE_HU
    hu: HUArray = np.rint(values).astype(np.int16)
    return hu


def _shifted_slices(
    stack: Stack, grid: Grid, decoder: Decoder, task: Task
) -> Iterator[tuple[ScoreArray, ScoreArray]]:
    """Each slice on the grid's rows and columns: HU times weight, and weight (0..1)."""
    row_mm, column_mm = stack.slices[0].spacing or (1.0, 1.0)
    columns, rows, _ = grid.shape_ijk
    for n, one in enumerate(stack.slices):
        hu, empty = decoder.hu(one)
        weight = np.ones(hu.shape, np.float32)
        if empty is not None:
            weight[empty] = 0
        offset = stack.layout.across[n] - grid.low if stack.layout.is_shifted else np.zeros(2)
        down, right = offset[1] / row_mm, offset[0] / column_mm
        values = hu * weight
        yield (
            _shift(values, float(down), float(right), (rows, columns)),
            _shift(weight, float(down), float(right), (rows, columns)),
        )
        task.report((n + 1) / len(stack.slices), "Reading slices")


def _shift(plane: ScoreArray, down: float, right: float, shape: tuple[int, int]) -> ScoreArray:
    """A plane moved by a fraction of pixels onto a larger one, linearly; 0 outside."""
    for axis, by in ((0, down), (1, right)):
        whole = int(np.floor(by + 1e-4))
        part = max(by - whole, 0.0)
        if part < 1e-3:
            part = 0.0
        wide = list(plane.shape)
        wide[axis] = shape[axis]
        out = np.zeros(wide, np.float32)
        count = plane.shape[axis]
        _add(out, plane, axis, whole, count, 1 - part)
        if part:
            _add(out, plane, axis, whole + 1, count, part)
        plane = out
    return plane


def _add(
    out: ScoreArray, plane: ScoreArray, axis: int, start: int, count: int, weight: float
) -> None:
    """Add `plane` times `weight` at `start` along an axis, as far as it lies inside."""
    first, last = max(start, 0), min(start + count, out.shape[axis])
    target = [slice(None), slice(None)]
    source = [slice(None), slice(None)]
    target[axis] = slice(first, last)
    source[axis] = slice(first - start, last - start)
    out[tuple(target)] += plane[tuple(source)] * np.float32(weight)


def slices_of_planes(layout: Layout) -> list[float]:
    """Places of the slices along the normal, mm from the first: the way back."""
    return [round(float(mm), 4) for mm in layout.along]
