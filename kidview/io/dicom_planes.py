"""A DICOM series as its own slices: labels from the house grid onto them and back.

Masks belong on the slices that were acquired, also where the scan was resampled on opening
because they lie unevenly or sideways: each slice takes the labels of the plane nearest to it,
and each plane those of its nearest slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.errors import GridMismatch, WriteError
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Index, LabelArray
from kidview.core.volume import Source
from kidview.io.dicom_series import Stack
from kidview.io.dicom_stack import Grid, grid_of


@dataclass(frozen=True, eq=False)
class Slices:
    """The slices of an open series, sorted along their normal.

    Parameters
    ----------
    stack : Stack
    grid : Grid
        The straight one they became.
    """

    stack: Stack
    grid: Grid

    @classmethod
    def of(cls, source: Source, wanted_for: str) -> Slices:
        """The slices a scan was read from.

        Parameters
        ----------
        source : Source
        wanted_for : str
            What needs them, such as "DICOM SEG".

        Raises
        ------
        WriteError
            The scan is no DICOM series.
        """
        stack = source.header.get("stack")
        if stack is None:
            raise WriteError(
                f"{wanted_for} needs the DICOM series it belongs to, and this scan is "
                f"{source.format or 'no DICOM'}",
                "open the DICOM series, or use NIfTI or a surface",
            )
        return cls(stack, grid_of(stack))

    @property
    def shape(self) -> Index:
        """Slices, rows, columns."""
        rows, columns = self.stack.slices[0].shape
        return (len(self.stack.slices), rows, columns)

    @property
    def axes(self) -> FloatArray:
        """(3, 3) columns along a row, down a column, normal; LPS."""
        return self.stack.layout.axes

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Between rows, between columns."""
        return self.stack.slices[0].spacing or (1.0, 1.0)

    @property
    def corners_lps(self) -> FloatArray:
        """(n, 3) mm, centre of each slice's first pixel, as the headers have it."""
        return np.array([one.position for one in self.stack.slices], np.float64)

    @property
    def without_slice(self) -> tuple[int, ...]:
        """Planes of the grid that stand for missing slices."""
        return self.stack.layout.inserted

    def nearest(self, points_lps: FloatArray) -> tuple[int, float]:
        """The slice nearest to points along the normal, and the farthest point's distance, mm."""
        along = (points_lps - self.corners_lps[0]) @ self.axes[:, 2]
        n = int(np.argmin(np.abs(self.stack.layout.along - along.mean())))
        return n, float(np.abs(along - self.stack.layout.along[n]).max())

    def reach_mm(self, n: int) -> float:
        """How far from a slice along the normal a point still belongs to it."""
        gaps = np.diff(self.stack.layout.along)
        if not len(gaps):
            return max(self.stack.layout.gap, 1.0) / 2
        return float(gaps[max(n - 1, 0) : n + 1].max()) / 2 + 1e-3

    def from_house(self, array: LabelArray, geometry: Geometry) -> LabelArray:
        """Labels on the slices.

        Parameters
        ----------
        array : (Z, Y, X) uint8
        geometry : Geometry
            Of the array.

        Returns
        -------
        (slices, rows, columns) uint8
            Rows as in the files.

        Raises
        ------
        GridMismatch
            The labels do not lie on the series' grid.
        """
        difference = self.grid.geometry.difference(geometry)
        if difference is not None:
            raise GridMismatch(
                f"the labels do not lie on the grid of the series: {difference}",
                "resample them to the scan first",
            )
        planes = self.grid.order.to_file(array).T[:, ::-1]
        count, rows, columns = self.shape
        if not self.stack.layout.is_resampled:
            return np.ascontiguousarray(planes[list(self.stack.layout.plane_of_slice)])
        on_slices = np.zeros(self.shape, np.uint8)
        for n, (plane, down, right) in enumerate(self._places()):
            on_slices[n] = planes[plane, down : down + rows, right : right + columns]
        return on_slices

    def to_house(self, on_slices: LabelArray) -> LabelArray:
        """Labels of the slices on the house grid; planes of missing slices stay empty.

        Parameters
        ----------
        on_slices : (slices, rows, columns) uint8

        Returns
        -------
        (Z, Y, X) uint8
        """
        house = np.zeros(self.grid.geometry.shape_zyx, np.uint8)
        planes = self.grid.order.to_file(house).T[:, ::-1]
        layout = self.stack.layout
        if not layout.is_resampled:
            planes[list(layout.plane_of_slice)] = on_slices
            return house
        _, rows, columns = self.shape
        places = self._places()
        for plane in range(len(planes)):
            n = int(np.argmin(np.abs(layout.along - plane * layout.gap)))
            _, down, right = places[n]
            planes[plane, down : down + rows, right : right + columns] = on_slices[n]
        return house

    def _places(self) -> list[tuple[int, int, int]]:
        """Of each slice: its nearest plane, and its first pixel's row and column there."""
        layout, (row_mm, column_mm) = self.stack.layout, self.pixel_mm
        low = np.array(self.grid.low)
        found = []
        columns, rows, planes = self.grid.shape_ijk
        for along, across in zip(layout.along, layout.across, strict=True):
            right, down = (across - low) / (column_mm, row_mm) if layout.is_shifted else (0, 0)
            found.append(
                (
                    min(int(np.rint(along / layout.gap)), planes - 1),
                    min(max(int(np.rint(down)), 0), rows - self.shape[1]),
                    min(max(int(np.rint(right)), 0), columns - self.shape[2]),
                )
            )
        return found
