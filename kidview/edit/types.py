"""What a tool returns."""

from __future__ import annotations

from dataclasses import dataclass

from kidview.core.box import Box
from kidview.core.types import LabelArray, MaskArray


@dataclass(frozen=True, eq=False)
class Edit:
    """Voxels of a box that shall get a label; nothing is written yet.

    Parameters
    ----------
    box : Box
        Part of the scan, inside its grid.
    mask : bool array of the box's shape
        Which voxels of the box.
    label : int or uint8 array of the box's shape
        One label for all, or one for each voxel (accepting a proposal).
    """

    box: Box
    mask: MaskArray
    label: int | LabelArray

    def __post_init__(self) -> None:
        if self.mask.shape != self.box.shape:
            raise ValueError(f"mask {self.mask.shape} does not fit box {self.box.shape}")
        if not isinstance(self.label, int) and self.label.shape != self.box.shape:
            raise ValueError(f"labels {self.label.shape} do not fit box {self.box.shape}")
