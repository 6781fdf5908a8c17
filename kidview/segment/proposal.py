"""What the network proposes: labels in a box, who made them, and how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS, LabelMap
from kidview.core.types import LabelArray
from kidview.core.uncertainty import Uncertainty


@dataclass(frozen=True, eq=False)
class Proposal:
    """A network's outline of one scan, not yet accepted.

    Parameters
    ----------
    box : Box
        Where anything was found, in the scan's voxels; one voxel where nothing was.
    labels : (Z, Y, X) uint8
        Labels of the box, on the scan's own grid; outside the box all is background.
    voxel_ml : float
        Volume of a voxel.
    model : str
        Name of the model.
    provider : str
        What computed it in truth: "CPU", "CUDA" or "OpenVINO f32".
    elapsed_s : float
    notes : tuple of str
        What did not go as asked, one sentence each: CUDA missing, out of memory, a tile halved.
    uncertainty : Uncertainty, optional
        How unsure the network was where it looked closely.
    """

    box: Box
    labels: LabelArray
    voxel_ml: float
    model: str
    provider: str
    elapsed_s: float
    notes: tuple[str, ...] = ()
    uncertainty: Uncertainty | None = None

    @cached_property
    def voxels(self) -> dict[int, int]:
        """Voxels of every label of the table."""
        counts = np.bincount(self.labels.ravel(), minlength=256)
        return {row.id: int(counts[row.id]) for row in LABELS}

    def as_label_map(self, geometry: Geometry) -> LabelMap:
        """The proposal as the labels of its whole scan."""
        array = np.zeros(geometry.shape_zyx, np.uint8)
        array[self.box.slices] = self.labels
        return LabelMap(array, geometry, owned=True)

    @property
    def doubt(self) -> float | None:
        """Of the whole scan (`Uncertainty.per_ml`); None where the network told none."""
        if self.uncertainty is None:
            return None
        outline_ml = sum(self.voxels.values()) * self.voxel_ml
        return self.uncertainty.per_ml(outline_ml, self.voxel_ml)

    def summary(self) -> str:
        """Volumes in words: "Kidney 331 mL, tumour 36.8 mL, cyst none"."""
        parts = [f"{row.name} {_in_ml(self.voxels[row.id] * self.voxel_ml)}" for row in LABELS]
        words = ", ".join(parts)
        return words[:1].upper() + words[1:]


def _in_ml(volume_ml: float) -> str:
    """Three digits as far as they mean something: "331 mL", "36.8 mL", "0.42 mL", "none"."""
    if volume_ml == 0:
        return "none"
    digits = 0 if volume_ml >= 100 else 1 if volume_ml >= 10 else 2
    return f"{volume_ml:.{digits}f} mL"
