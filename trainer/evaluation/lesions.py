"""Lesions found and missed: what counts for a reader who looks from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.types import MaskArray

HIT_IOU = 0.1
_CORNERS = ndimage.generate_binary_structure(3, 3)


@dataclass(frozen=True)
class Detection:
    """Counts of one case.

    Parameters
    ----------
    lesions : int
        Truly there.
    hits : int
        Of them, found.
    false_alarms : int
        Found pieces that hit no lesion.
    """

    lesions: int
    hits: int
    false_alarms: int


def detect(found: MaskArray, truth: MaskArray) -> Detection:
    """Match pieces (26-connected) of two masks.

    A lesion is hit when some found piece overlaps it with an intersection over union above
    0.1; a found piece that does so with no lesion is a false alarm.

    Parameters
    ----------
    found, truth : (Z, Y, X) bool
    """
    real, lesions = ndimage.label(truth, _CORNERS)
    mine, pieces = ndimage.label(found, _CORNERS)
    common = np.zeros((lesions + 1, pieces + 1), np.int64)
    both = (real > 0) & (mine > 0)
    np.add.at(common, (real[both], mine[both]), 1)
    real_size = np.bincount(real.ravel(), minlength=lesions + 1)[:, None]
    my_size = np.bincount(mine.ravel(), minlength=pieces + 1)[None]
    iou = common / np.maximum(real_size + my_size - common, 1)
    is_hit = iou[1:, 1:] > HIT_IOU
    hits = int(is_hit.any(axis=1).sum())
    return Detection(lesions, hits, pieces - int(is_hit.any(axis=0).sum()))
