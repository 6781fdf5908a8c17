"""Level trace: a click on an edge fills the closed line of equal HU that runs through it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, Index, MaskArray
from kidview.edit.mean_hu import NOISE_MM, MeanArray, mean_hu, reach_of
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

MOST_MM = Option("level_trace.most_mm", "Up to", "A wider outline is refused", 150, 5, 500, "mm")

_LEAST_MM = 3.0  # what is narrower is noise
_ON_AN_EDGE = "click on a clear edge of what you want, or use the brush"


def level_trace(
    at_zyx: Index,
    axis: int,
    most_mm: float,
    label: int,
    hu: HUArray,
    geometry: Geometry,
    *,
    noise_mm: float = NOISE_MM,
) -> Edit:
    """Fill the closed line of equal HU that runs through a pixel of a slice.

    The line bounds either what is at least as bright as the pixel or what is at most as
    bright: the piece is taken whose outer edge the pixel lies on.

    Parameters
    ----------
    at_zyx : 3 ints
        The voxel clicked.
    axis : int
        Array axis across which the slice cuts.
    most_mm : float
        Largest extent along rows and columns of the slice.
    label : int
        For all inside, whatever label it has; 0 erases.
    hu : (Z, Y, X) int16
    geometry : Geometry
    noise_mm : float
        Reach of the means whose line is followed; 0 uses HU as they are.

    Returns
    -------
    Edit
        One 4-connected piece of the slice without holes, the pixel included.

    Raises
    ------
    EditRefused
        The click is outside the scan, or no closed line of that size runs through it.

    Notes
    -----
    The idea is that of 3D Slicer's effect of this name.
    """
    if not geometry.contains(at_zyx):
        raise EditRefused("the click is outside the scan", "click into the scan")
    z, y, x = (i if a == axis else 0 for a, i in enumerate(at_zyx))
    dz, dy, dx = (1 if a == axis else n for a, n in enumerate(geometry.shape_zyx))
    room = Box((z, y, x), (z + dz, y + dy, x + dx))
    means = mean_hu(hu, room, reach_of(noise_mm, geometry.spacing_zyx, axis))
    plane: MeanArray = np.take(means, 0, axis)
    row, column = (i for a, i in enumerate(at_zyx) if a != axis)
    level = plane[row, column]
    pieces = [_enclosed(side, row, column) for side in (plane >= level, plane <= level)]
    bounded = [piece for piece in pieces if _is_on_edge(piece, row, column)]
    spacing = [step for a, step in enumerate(geometry.spacing_zyx) if a != axis]
    mask = np.expand_dims(_allowed(bounded, spacing, most_mm, float(level)), axis)
    tight = Box.tight(mask)
    assert tight is not None  # the clicked pixel is in it
    return Edit(tight.shifted(room.start), mask[tight.slices], label)


def _enclosed(side: MaskArray, row: int, column: int) -> MaskArray:
    """The 4-connected piece that holds a pixel, with its holes.

    A hole that is open at a corner only is filled as well: noise makes many of them.
    """
    parts, _ = ndimage.label(side)
    filled: MaskArray = ndimage.binary_fill_holes(parts == parts[row, column])
    return filled


def _is_on_edge(piece: MaskArray, row: int, column: int) -> bool:
    """Whether one of a pixel's four neighbours lies outside."""
    around = np.pad(piece, 1)[row : row + 3, column : column + 3]
    return not (around[0, 1] and around[2, 1] and around[1, 0] and around[1, 2])


def _allowed(
    pieces: list[MaskArray], spacing: list[float], most_mm: float, level: float
) -> MaskArray:
    """The piece that is no speck, does not run off the slice and is not too wide."""
    line = f"the line of {level:.0f} HU"
    refusal = EditRefused(f"{line} does not turn around this place", _ON_AN_EDGE)
    for piece in pieces:
        rows, columns = (np.flatnonzero(piece.any(axis=a)) for a in (1, 0))
        extents = [
            (ends[-1] - ends[0] + 1) * s for ends, s in zip((rows, columns), spacing, strict=True)
        ]
        if piece[[0, -1]].any() or piece[:, [0, -1]].any():
            refusal = EditRefused(f"{line} runs to the edge of the slice", _ON_AN_EDGE)
        elif max(extents) > most_mm:
            refusal = EditRefused(
                f"{line} encloses {max(extents):.0f} mm, and {most_mm:g} mm are allowed",
                "click on a clearer edge, or raise the limit above the views",
            )
        elif min(extents) < _LEAST_MM:
            refusal = EditRefused(f"{line} encloses a speck only", _ON_AN_EDGE)
        else:
            return piece
    raise refusal


def _act(work: Work) -> Edit:
    axis = 0 if work.axis is None else work.axis
    return level_trace(work.clicked, axis, work.number(MOST_MM), work.label, work.hu, work.geometry)


ROW = ToolRow(
    "level_trace",
    "Level trace",
    "V",
    "ph.circle-wavy",
    "Click an edge to fill the line of equal HU that runs through it, in this slice",
    "click",
    ("label", MOST_MM, "over"),
    _act,
    has_hint=True,
)
