"""Slabs against numpy on the slices counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.session import Slab, slab_plane


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(("kind", "reduce"), [("max", np.max), ("min", np.min), ("mean", np.mean)])
def test_a_slab_is_its_slices_in_one(axis: int, kind: str, reduce: object) -> None:
    hu = np.random.default_rng(0).integers(-1000, 1000, (9, 11, 13)).astype(np.int16)
    spacing = (5.0, 0.7, 2.0)[axis]
    for mm in (3.0, 10.0, 50.0):
        for index in (0, 4, hu.shape[axis] - 1):
            near = [k for k in range(hu.shape[axis]) if abs(k - index) * spacing <= mm / 2 + 1e-9]
            wanted = np.rint(reduce(np.take(hu, near, axis), axis=axis))  # type: ignore[operator]
            shown = slab_plane(hu, axis, index, Slab(kind, mm), spacing)
            assert shown.dtype == np.int16 and shown.flags.c_contiguous
            np.testing.assert_array_equal(shown, wanted)


def test_the_scan_stays_as_it_is() -> None:
    hu = np.zeros((3, 4, 5), np.int16)
    hu[1] = 7
    before = hu.copy()
    slab_plane(hu, 0, 0, Slab("max", 10.0), 1.0)
    np.testing.assert_array_equal(hu, before)
