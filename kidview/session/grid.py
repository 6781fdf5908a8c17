"""Whether labels lie where a scan does."""

from __future__ import annotations

from kidview.core.errors import GridMismatch
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume


def check_grid(volume: Volume, labels: LabelMap) -> None:
    """Raise GridMismatch unless labels lie on a scan's grid; says in what they differ."""
    difference = volume.geometry.difference(labels.geometry)
    if difference is not None:
        raise GridMismatch(
            f"the label map lies on another grid: {difference}",
            "resample it to the scan with nearest neighbour",
        )
