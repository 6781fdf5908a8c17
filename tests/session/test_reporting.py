"""What a report tells of a lesion is what is measured of it."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.io.segments import segments_of
from kidview.measure import measure_case
from kidview.session.reporting import measured


def test_lesions_get_the_numbers_of_measure_and_kidneys_none() -> None:
    geometry = Geometry.straight((20, 40, 60), (2.5, 0.8, 0.7))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[2:18, 5:35, 5:30] = 1
    labels[5:12, 10:20, 8:22], labels[4:6, 25:30, 12:15], labels[15, 30, 25] = 2, 3, 2
    segments, numbers = segments_of(LabelMap(labels, geometry), each_lesion=True)
    told = measured(numbers, segments, geometry)
    lesions = measure_case(None, labels, geometry).lesions
    assert [segments[one.segment - 1].label for one in told] == [2, 2, 3]
    for one, lesion in zip(told, lesions, strict=True):
        assert one.volume_ml == pytest.approx(lesion.values["volume_ml"].number)
        assert one.longest_mm == (lesion.values["axial_diameter_mm"].number or None)
    assert told[1].longest_mm is None  # one voxel has no diameter
