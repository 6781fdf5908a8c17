"""A small anisotropic grid with labels and HU to edit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit import Edit, Guard

SHAPE = (5, 7, 9)
GRID = Geometry.straight(SHAPE, (3.0, 1.0, 0.7))


@pytest.fixture
def labels() -> LabelMap:
    """Random labels 0..3."""
    values = np.random.default_rng(1).integers(0, 4, SHAPE).astype(np.uint8)
    return LabelMap(values, GRID, owned=True)


@pytest.fixture
def hu() -> HUArray:
    """Random HU, -100..199."""
    return np.random.default_rng(2).integers(-100, 200, SHAPE).astype(np.int16)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Any edit of the grid, empty boxes included; one label, or one for each voxel."""
    corners = [sorted(draw(st.tuples(*[st.integers(0, n)] * 2))) for n in SHAPE]
    start, stop = zip(*corners, strict=True)
    box = Box(start, stop)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = random.random(box.shape) < draw(st.sampled_from([0.1, 0.5, 1.0]))
    one = draw(st.integers(0, 3))
    many = random.integers(0, 4, box.shape).astype(np.uint8)
    return Edit(box, mask, draw(st.sampled_from([one, many])))


def guards() -> st.SearchStrategy[Guard]:
    """Any guard."""
    some = st.frozensets(st.integers(0, 3), max_size=2)
    ranges = st.tuples(st.integers(-100, 50), st.integers(50, 200))
    return st.builds(
        Guard,
        locked=st.frozensets(st.integers(1, 3), max_size=2),
        over=st.none() | some,
        hu_range=st.none() | ranges,
    )
