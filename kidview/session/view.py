"""What is remembered about looking and painting while a scan is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kidview.core.types import Triple
from kidview.edit import OptionValue
from kidview.session.planes import Turn


@dataclass(frozen=True)
class WindowPreset:
    """A named grey-scale window."""

    name: str
    key: str
    width_hu: float
    level_hu: float


# Soft tissue, lung and bone as OHIF ships them; the others are our own choices.
PRESETS = (
    WindowPreset("Soft tissue", "F1", 400, 40),
    WindowPreset("Kidney, nephrographic", "F2", 300, 120),
    WindowPreset("Kidney, corticomedullary", "F3", 400, 100),
    WindowPreset("Stone, urography", "F4", 1500, 400),
    WindowPreset("Fat", "F5", 400, -80),
    WindowPreset("Bone", "F6", 2500, 480),
    WindowPreset("Lung", "F7", 1500, -600),
)


SLAB_KINDS = {"max": "MIP", "mean": "Mean", "min": "MinIP"}
"""Kind of a slab and what views call it."""

SLAB_MM = (3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0)


@dataclass(frozen=True)
class Slab:
    """How thick, and what is shown of it.

    Parameters
    ----------
    kind : str
        A key of `SLAB_KINDS`.
    mm : float
        Thickness, the slice in its middle.
    """

    kind: str
    mm: float

    def in_words(self) -> str:
        """ "MIP 10 mm"."""
        return f"{SLAB_KINDS[self.kind]} {self.mm:g} mm"


@dataclass(frozen=True)
class ViewState:
    """Everything a slice view needs to know besides scan and labels; replaced, never changed.

    Parameters
    ----------
    cursor_ras : 3 floats
        Crosshair, RAS+ mm.
    centre_ras : 3 floats
        Point in the middle of every slice view (pan), RAS+ mm.
    mm_per_pixel : float or None
        Zoom, linked between views; None fits the scan into each view.
    window_hu : (low, high)
        HU drawn black and white.
    tool : str
        Id of the active tool's row.
    label : int
        Active label.
    options : mapping
        Values of the tools' own options, by id, for those that were set.
    radius_mm : float
        Brush radius.
    is_ball : bool
        Brush is a ball instead of a disc in the plane.
    turn : Turn or None
        How the planes are turned about the crosshair; None shows those of the grid.
    slab : Slab or None
        Several slices shown as one; None shows single slices.
    is_smooth : bool
        Linear instead of nearest interpolation of the display.
    opacity : float
        Fill of the labels, 0..1; outlines stay opaque.
    is_outline : bool
        Draw outlines only.
    are_labels_hidden : bool
        Peek at the scan.
    hidden : frozenset of int
        Labels switched off.
    has_doubt : bool
        Draw where the network was unsure.
    has_crosshair : bool
        Draw the crosshair lines.
    has_ct_in_3d : bool
        Draw the CT's bones and vessels in the 3D view.
    maximised : str or None
        "axial", "coronal", "sagittal", "surface", or None for all four.
    """

    cursor_ras: Triple = (0.0, 0.0, 0.0)
    centre_ras: Triple = (0.0, 0.0, 0.0)
    mm_per_pixel: float | None = None
    window_hu: tuple[float, float] = (-160.0, 240.0)
    tool: str = "navigate"
    label: int = 1
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    radius_mm: float = 6.0
    is_ball: bool = False
    turn: Turn | None = None
    slab: Slab | None = None
    is_smooth: bool = True
    opacity: float = 0.3
    is_outline: bool = False
    are_labels_hidden: bool = False
    hidden: frozenset[int] = frozenset()
    has_doubt: bool = False
    has_crosshair: bool = True
    has_ct_in_3d: bool = False
    maximised: str | None = None

    def of_another_scan(self, middle_ras: Triple) -> ViewState:
        """What is kept when another scan is opened: not the place, scale, turn, hidden labels."""
        return replace(
            self,
            cursor_ras=middle_ras,
            centre_ras=middle_ras,
            mm_per_pixel=None,
            turn=None,
            hidden=frozenset(),
        )

    def is_turned(self, axis: int) -> bool:
        """Whether plane `axis` lies across the grid, so that nothing can be drawn on it."""
        return self.turn is not None and self.turn.is_turned(axis)
