"""Where a label's largest piece is."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.types import Index, LabelArray

__all__ = ["Index", "inside_largest"]


def inside_largest(labels: LabelArray, label: int) -> Index | None:
    """A voxel deep inside the largest piece of a label.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int

    Returns
    -------
    Index or None
        zyx of the piece's voxel nearest to its centre of mass; None without such voxels.
    """
    mask = labels == label
    box = Box.tight(mask)
    if box is None:
        return None
    parts, _ = ndimage.label(mask[box.slices])
    largest = int(np.bincount(parts.ravel())[1:].argmax()) + 1
    points = np.argwhere(parts == largest)
    nearest = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    z, y, x = (int(i) + s for i, s in zip(nearest, box.start, strict=True))
    return (z, y, x)
