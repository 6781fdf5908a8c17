"""Every axis order, through a real file: letters, crosshair and export say where things are."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import nibabel
import numpy as np
import pytest

from kidview.core.box import Box
from kidview.core.task import Task
from kidview.edit import Edit
from kidview.io import read_scan, write_labels
from kidview.session import Session
from kidview.session.plan import plan_slice, plane_to_index, voxel_under
from kidview.session.planes import PLANES, edge_letters

CODES = [
    "".join(pair[side] for pair, side in zip(order, sides, strict=True))
    for order in permutations(("RL", "AP", "SI"))
    for sides in product((0, 1), repeat=3)
]
LIVER, LUNG = 77, -800  # in the patient's right front above; in the left back below
LIVER_RAS, LUNG_RAS = (21.0, 32.0, 12.5), (-19.0, -28.0, -7.5)
SHAPE_RAS, SPACING_RAS, ORIGIN_RAS = (30, 24, 18), (2.0, 4.0, 2.5), (-29.0, -48.0, -20.0)


@pytest.fixture
def scan_in(tmp_path: Path) -> object:
    """Writes the same patient in a file of that axis order, by nibabel."""
    hu = np.zeros(SHAPE_RAS, np.int16)
    for value, point in ((LIVER, LIVER_RAS), (LUNG, LUNG_RAS)):
        index = [round((p - o) / s) for p, o, s in zip(point, ORIGIN_RAS, SPACING_RAS, strict=True)]
        hu[tuple(index)] = value
    affine = np.diag([*SPACING_RAS, 1.0])
    affine[:3, 3] = ORIGIN_RAS
    ras = nibabel.Nifti1Image(hu, affine)

    def write(codes: str) -> Path:
        orientations = nibabel.orientations
        wanted = orientations.axcodes2ornt(codes)
        turned = ras.as_reoriented(
            orientations.ornt_transform(orientations.io_orientation(affine), wanted)
        )
        assert "".join(nibabel.aff2axcodes(turned.affine)) == codes
        path = tmp_path / f"{codes}.nii.gz"
        nibabel.save(turned, path)
        return path

    return write


def test_there_are_48_orders() -> None:
    assert len(set(CODES)) == 48


@pytest.mark.parametrize("codes", CODES)
def test_letters_crosshair_and_export(codes: str, scan_in: object, tmp_path: Path) -> None:
    assert callable(scan_in)
    path: Path = scan_in(codes)
    session = Session()
    session.open(read_scan(path, Task()))
    assert session.volume is not None and session.labels is not None
    geometry, hu = session.volume.geometry, session.volume.hu

    letters = [edge_letters(geometry, axis) for axis in range(3)]
    assert letters == [("R", "L", "A", "P"), ("R", "L", "S", "I"), ("A", "P", "S", "I")]

    session.look(cursor_ras=LIVER_RAS)
    for axis, name in enumerate(PLANES):
        plan = plan_slice(geometry, session.view, axis)
        index = voxel_under(geometry, plane_to_index(geometry, axis, plan.index, *plan.cursor_uv))
        assert index is not None and hu[index] == LIVER, name
        # What lies to the patient's left, behind and below is drawn right of and below it.
        u, v = plan_slice(geometry, session.view, axis).cursor_uv
        session.look(cursor_ras=LUNG_RAS)
        other = plan_slice(geometry, session.view, axis).cursor_uv
        session.look(cursor_ras=LIVER_RAS)
        assert other[0] < u and other[1] < v, name  # u grows to the left of the screen

    at = geometry.nearest_index(LUNG_RAS)
    assert hu[at] == LUNG
    box = Box(at, (at[0] + 1, at[1] + 1, at[2] + 1))
    session.edit("One voxel", Edit(box, np.ones((1, 1, 1), dtype=bool), 3))
    target = tmp_path / "mask.nii.gz"
    write_labels(session.labels, session.volume.source, target, task=Task())
    mask, scan = nibabel.load(target), nibabel.load(path)
    assert mask.shape == scan.shape and np.array_equal(mask.affine, scan.affine)
    (place,) = np.argwhere(np.asarray(mask.dataobj) == 3)
    assert np.allclose(mask.affine @ [*place, 1], [*LUNG_RAS, 1], atol=1e-4)
    assert np.asarray(scan.dataobj)[tuple(place)] == LUNG
