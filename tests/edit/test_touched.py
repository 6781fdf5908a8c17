"""Which voxels a drag reached, whatever label they had."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit import Edit, Guard, Stroke
from tests.edit.conftest import SHAPE, edits, guards

ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(st.lists(edits(), max_size=6), guards())
def test_all_that_the_guard_allows_is_touched_and_nothing_else(
    labels: LabelMap, hu: HUArray, pieces: list[Edit], guard: Guard
) -> None:
    labels = labels.copy()
    expected = np.zeros(SHAPE, bool)
    stroke = Stroke("Brush", labels, guard, hu, keeps_touched=True)
    for piece in pieces:
        region = piece.box.slices
        expected[region] |= piece.mask & guard.allowed(
            labels.array[region].copy(), piece.label, hu[region]
        )
        stroke.add(piece)
    found = np.zeros(SHAPE, bool)
    for touched in stroke.touched:
        found[touched.box.slices] |= touched.mask()
    np.testing.assert_array_equal(found, expected)


def test_nothing_is_kept_unless_asked_for(labels: LabelMap, hu: HUArray) -> None:
    from kidview.core.box import Box

    box = Box.whole(SHAPE)
    stroke = Stroke("Brush", labels, Guard(), hu)
    stroke.add(Edit(box, np.ones(box.shape, bool), 1))
    assert stroke.touched == ()
