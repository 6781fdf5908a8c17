"""Label maps to change the shape of, and distances measured by another library."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from hypothesis import settings
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.types import FloatArray, Index, LabelArray, MaskArray, Triple
from kidview.edit import Edit

SPACING: Triple = (3.0, 1.0, 0.7)
"""mm; no two axes alike."""

few = settings(deadline=None, max_examples=40)
"""Of tests whose other side is slow."""


def result(labels: LabelArray, edit: Edit) -> LabelArray:
    """The labels with an edit written into them."""
    new = labels.copy()
    new[edit.box.slices] = np.where(edit.mask, edit.label, new[edit.box.slices])
    return new


def ball(shape: Index, spacing: Triple, centre_mm: Triple, radius_mm: float) -> MaskArray:
    """Voxels whose centre is within a ball."""
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    square = sum((g * s - c) ** 2 for g, s, c in zip(grid, spacing, centre_mm, strict=True))
    return np.asarray(square <= radius_mm**2)


@st.composite
def blobs(draw: st.DrawFn, kinds: int = 1) -> LabelArray:
    """Lumps of the labels 1..kinds, all there, that may touch the edge of the scan; read-only."""
    shape = draw(st.tuples(st.integers(2, 9), st.integers(4, 14), st.integers(4, 16)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    smooth = draw(st.sampled_from([0.4, 0.8, 1.5]))
    labels = np.zeros(shape, np.uint8)
    for label in range(1, kinds + 1):
        noise = ndimage.gaussian_filter(random.standard_normal(shape), smooth)
        labels[noise > np.quantile(noise, draw(st.sampled_from([0.6, 0.8, 0.95])))] = label
        labels[tuple(random.integers(0, shape))] = label
    for label in range(1, kinds + 1):  # whatever the others left of it
        labels[0, 0, label - 1] = label
    labels.setflags(write=False)
    return labels


def distance_to(mask: MaskArray, spacing: Triple, surface: bool = True) -> FloatArray:
    """Distance (mm) of voxel centres outside a mask from it, by SimpleITK; 0 or less inside.

    To the surface, a quarter of a voxel beyond the centres: on a grid of a quarter of the
    spacing these are 3 x 3 x 3 points a voxel, and the nearest to any centre is among them.
    """
    if surface:
        fine = np.zeros([4 * n for n in mask.shape], np.uint8)
        fine[2::4, 2::4, 2::4] = mask
        fine = ndimage.grey_dilation(fine, size=3)
    else:
        fine = mask.astype(np.uint8)
    image = sitk.GetImageFromArray(fine)
    step = 0.25 if surface else 1.0
    image.SetSpacing([s * step for s in reversed(spacing)])
    distance = sitk.GetArrayFromImage(
        sitk.SignedMaurerDistanceMap(
            image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
        )
    )
    return np.asarray(distance[2::4, 2::4, 2::4] if surface else distance, np.float64)


def within(mask: MaskArray, spacing: Triple, mm: float) -> MaskArray:
    """Voxels whose centre is within a distance of a mask's surface."""
    if not mask.any():
        return np.zeros_like(mask)
    return mask | (distance_to(mask, spacing) <= mm + 1e-4)
