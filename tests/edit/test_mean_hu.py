"""Means of HU: a box of them equals that box of the means of all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.types import Index
from kidview.edit.mean_hu import NOISE_MM, mean_hu, reach_of

SHAPE = (6, 8, 9)
HU = np.random.default_rng(0).integers(-1024, 3072, SHAPE).astype(np.int16)
HU.setflags(write=False)


@settings(deadline=None)
@given(st.tuples(*(st.integers(0, 2) for _ in range(3))), st.data())
def test_the_mean_of_the_cuboid_around(reach: Index, data: st.DataObject) -> None:
    corners = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 2))) for n in SHAPE]
    box = Box(*(tuple(side) for side in zip(*corners, strict=True)))
    means = mean_hu(HU, box, reach)
    assert means.shape == box.shape
    padded = np.pad(HU.astype(float), [(r, r) for r in reach], mode="edge")
    for at in np.ndindex(box.shape):
        first = [i + s for i, s in zip(at, box.start, strict=True)]
        around = padded[tuple(slice(f, f + 2 * r + 1) for f, r in zip(first, reach, strict=True))]
        assert abs(means[at] - around.mean()) < 1e-3


def test_the_reach_is_in_mm() -> None:
    assert reach_of(NOISE_MM, (5.0, 0.7, 0.5)) == (0, 1, 2)
    assert reach_of(NOISE_MM, (1.2, 1.2, 0.3)) == (1, 1, 4)
    assert reach_of(NOISE_MM, (1.0, 0.7, 0.5), axis=1) == (1, 0, 2)
