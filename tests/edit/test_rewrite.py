"""A label worked on in many boxes is as if it were worked on at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.errors import EditRefused
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray
from kidview.edit import parts as parts_module
from kidview.edit.kernel import ball
from kidview.edit.rewrite import given_up, partners, rewrite
from tests.edit.shapes import blobs, few, result

KERNEL = ball(3.5, (1.5, 1.0, 0.7))


def spread(region: LabelArray) -> LabelArray:
    """Label 1 grows over all within reach."""
    return np.where(KERNEL.reaches(region == 1), np.uint8(1), region)


@few
@given(blobs(kinds=3), st.booleans())
def test_boxes_and_slabs_leave_no_seam(labels: LabelArray, in_slabs: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if in_slabs:
            patch.setattr(parts_module, "_LARGEST", 1)  # slabs of 8 slices
        wide = np.pad(labels, ((12, 12), (0, 0), (0, 0)))  # so that they are several
        wide[2, 1, 1] = 1
        edit = rewrite(wide, 1, KERNEL.reach_zyx, KERNEL.reach_zyx, spread, Task())
    assert edit is not None
    np.testing.assert_array_equal(result(wide, edit), spread(wide))
    assert edit.mask.any(axis=(1, 2))[[0, -1]].all()  # the tightest box


def test_nothing_changes() -> None:
    labels = np.zeros((5, 6, 7), np.uint8)
    labels[2, 3, 3] = 1
    assert rewrite(labels, 1, (0, 0, 0), (0, 0, 0), lambda region: region.copy(), Task()) is None


def test_a_label_that_is_not_there() -> None:
    with pytest.raises(EditRefused, match="there is no cyst"):
        rewrite(np.zeros((5, 6, 7), np.uint8), 3, (0, 0, 0), (0, 0, 0), spread, Task())


def test_a_cancel_is_noticed() -> None:
    labels = np.ones((5, 6, 7), np.uint8)
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        rewrite(labels, 1, (0, 0, 0), (0, 0, 0), spread, task)


def test_a_lesion_exchanges_with_kidney_and_kidney_with_background_only() -> None:
    assert partners(1) == (0,)
    assert partners(2) == partners(3) == (0, 1)


@few
@given(blobs(kinds=3))
def test_what_is_lost_becomes_the_commonest_around_it(labels: LabelArray) -> None:
    gone = labels == 2
    found = given_up(labels, gone, (0, 1), KERNEL)
    reach = KERNEL.reach_zyx
    padded = np.pad(labels, [(r, r) for r in reach], constant_values=9)
    for at, value in zip(np.argwhere(gone), found, strict=True):
        near = padded[tuple(slice(i, i + 2 * r + 1) for i, r in zip(at, reach, strict=True))]
        near = near[KERNEL.weights > 0]
        assert value == (1 if (near == 1).sum() > (near == 0).sum() else 0)
