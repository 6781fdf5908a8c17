"""Numbers to colours, lines and words: what slice views draw, as pure functions.

Nothing here knows Qt, so all of it can be tested without a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.core.types import Triple
from kidview.session import IN_PLANE
from kidview.ui.tokens import DOUBT

OVERLAY_LEVELS = (0, 256)
"""Fixed, else pyqtgraph would stretch the colours over the labels of each slice."""

_UNKNOWN = (160, 160, 160)  # values the table does not name, such as a foreign map's
_DENSEST = 190  # alpha where the network was least sure
_FAINTEST_PX, _WIDEST_PX = 48.0, 120.0


@dataclass(frozen=True)
class Stroke:
    """How a label's outline is drawn.

    Parameters
    ----------
    width_px : float
    dashes : tuple of float
        Lengths on and off in multiples of the width, as Qt counts them; () is solid.
    """

    width_px: float
    dashes: tuple[float, ...] = ()


OUTLINES = {"solid": Stroke(1.5), "thick": Stroke(2.5), "dashed": Stroke(1.5, (4.0, 2.5))}
"""Line style of each kind of label: the second cue beside the colour."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green, blue 0..255 of "#RRGGBB"."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def lightened(colour: str, share: float = 0.55) -> str:
    """ "#RRGGBB" mixed with white, to stand out from a fill of the same colour."""
    mixed = [round(c + (255 - c) * share) for c in rgb(colour)]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def overlay_table(
    opacity: float, hidden: frozenset[int], is_outline: bool
) -> npt.NDArray[np.uint8]:
    """Fill colour of every label value.

    Parameters
    ----------
    opacity : float
        Fill, 0..1.
    hidden : frozenset of int
        Labels switched off.
    is_outline : bool
        Outlines only: nothing is filled.

    Returns
    -------
    (256, 4) uint8
        Red, green, blue, alpha; background and hidden labels have alpha 0.
    """
    table = np.zeros((256, 4), np.uint8)
    table[1:, :3] = _UNKNOWN
    for row in LABELS:
        table[row.id, :3] = rgb(row.colour)
    if not is_outline:
        table[1:, 3] = round(255 * opacity)
    table[sorted(hidden), 3] = 0
    table[0, 3] = 0
    return table


def doubt_table() -> npt.NDArray[np.uint8]:
    """Colour of how unsure the network was: nothing below a tenth, then ever denser.

    Returns
    -------
    (256, 4) uint8
        Red, green, blue, alpha by `Uncertainty.values`. The colour is none of the labels'.
    """
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = rgb(DOUBT)
    share = np.clip((np.arange(256) / 255 - 0.1) / 0.5, 0, 1)
    table[:, 3] = np.rint(_DENSEST * share)
    return table


def scale_bar_mm(mm_per_pixel: float) -> float:
    """The longest of 1, 2, 5 x 10^k mm that takes at most 120 pixels.

    Steps are 2 or 2.5, so the bar is never shorter than 48 pixels.
    """
    most = _WIDEST_PX * mm_per_pixel
    power = 10.0 ** math.floor(math.log10(most))
    return max(n * power for n in (1.0, 2.0, 5.0) if n * power <= most * (1 + 1e-9))


def length_in_words(mm: float) -> str:
    """ "5 mm", "10 cm", "0.5 mm"."""
    return f"{mm / 10:g} cm" if mm >= 100 else f"{mm:g} mm"


@dataclass(frozen=True)
class BrushCut:
    """Where a plane cuts the brush, in plane coordinates (u, v) mm.

    Parameters
    ----------
    centre_uv : (u, v) mm
    half_uv : (u, v) mm
        Half axes of an ellipse, or half sides of a rectangle.
    is_round : bool
        Ellipse (always a circle) or rectangle: the edge of a disc seen from the side.
    """

    centre_uv: tuple[float, float]
    half_uv: tuple[float, float]
    is_round: bool


def brush_cut(
    geometry: Geometry,
    at_zyx: Triple,
    radius_mm: float,
    axis: int,
    index: int,
    disc_axis: int | None,
    *,
    is_square: bool = False,
) -> BrushCut | None:
    """What slice `index` of plane `axis` shows of a brush.

    Parameters
    ----------
    geometry : Geometry
    at_zyx : 3 floats
        Middle of the brush, fractional voxel indices.
    radius_mm : float
    axis, index : int
        The plane that is drawn.
    disc_axis : int or None
        Axis across which the brush is one voxel thick; None for a ball.
    is_square : bool
        Straight sides: a square, or a cube for a ball.

    Returns
    -------
    BrushCut or None
        None where the plane misses the brush.
    """
    spacing = geometry.spacing_zyx
    row, column = IN_PLANE[axis]
    centre = (at_zyx[column] * spacing[column], at_zyx[row] * spacing[row])
    if disc_axis == axis:
        return (
            BrushCut(centre, (radius_mm, radius_mm), not is_square)
            if round(at_zyx[axis]) == index
            else None
        )
    away = abs(at_zyx[axis] - index) * spacing[axis]
    if away >= max(radius_mm, spacing[axis] / 2):
        return None
    half = radius_mm if is_square else math.sqrt(max(radius_mm**2 - away**2, 0.0))
    if disc_axis is None:
        return BrushCut(centre, (half, half), not is_square) if half > 0 else None
    thick = spacing[disc_axis] / 2
    on_slice = round(at_zyx[disc_axis]) * spacing[disc_axis]
    half = max(half, min(spacing[row], spacing[column]) / 2)
    if disc_axis == row:
        return BrushCut((centre[0], on_slice), (half, thick), False)
    return BrushCut((on_slice, centre[1]), (thick, half), False)
