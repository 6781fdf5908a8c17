"""All 48 axis orders, through real files, with nibabel and SimpleITK as the oracles."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.volume import AxisOrder
from kidview.io import read_labels, read_scan, write_labels, write_scan
from kidview.io.orientation import (
    axis_codes,
    axis_order,
    file_affine,
    house_affine,
    place,
    shape_in_file,
    shape_in_house,
)

ORDERS = [
    "".join(pair[sign] for pair, sign in zip(axes, signs, strict=True))
    for axes in permutations((("L", "R"), ("P", "A"), ("I", "S")))
    for signs in product((0, 1), repeat=3)
]


def affine_of(codes: str, oblique_degrees: float = 0.0) -> np.ndarray[Any, Any]:
    """An affine with those axis codes, anisotropic, off the origin, perhaps turned."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, (letter, mm) in enumerate(zip(codes, (0.7, 1.1, 2.5), strict=True)):
        row = next(n for n, pair in enumerate(("LR", "PA", "IS")) if letter in pair)
        affine[row, axis] = mm if letter in "RAS" else -mm
    turn = Rotation.from_rotvec(np.radians(oblique_degrees) * np.array([0.6, 0.48, 0.64]))
    affine[:3, :3] = turn.as_matrix() @ affine[:3, :3]
    affine[:3, 3] = (-31.5, 12.25, 207.0)
    return affine


@pytest.mark.parametrize("codes", ORDERS)
@pytest.mark.parametrize("oblique", [0.0, 17.0])
def test_every_order_is_read_voxel_by_voxel_and_mm_by_mm(
    codes: str, oblique: float, ramp: np.ndarray[Any, Any], write_nifti: Any
) -> None:
    affine = affine_of(codes, oblique)
    path = write_nifti(ramp, affine)
    image = nibabel.load(path)
    volume = read_scan(path, Task())
    canonical = np.asanyarray(nibabel.as_closest_canonical(image).dataobj)
    assert np.array_equal(volume.hu, canonical.transpose(2, 1, 0))
    assert "".join(nibabel.aff2axcodes(image.affine)) == axis_codes(volume.source.file_affine)
    last = np.array(volume.hu.shape) - 1
    for corner in product((0, 1), repeat=3):
        index = np.array(corner) * last
        point = volume.geometry.index_to_ras(index)
        in_file = np.linalg.inv(image.affine) @ [*point, 1]
        rounded = np.rint(in_file[:3]).astype(int)
        assert np.abs(in_file[:3] - rounded).max() < 1e-4
        assert image.dataobj[tuple(rounded)] == volume.hu[tuple(index)]


@pytest.mark.parametrize("codes", ORDERS)
def test_every_order_is_exported_on_its_own_grid(
    codes: str, ramp: np.ndarray[Any, Any], write_nifti: Any, tmp_path: Path
) -> None:
    path = write_nifti(ramp, affine_of(codes, 9.0))
    volume = read_scan(path, Task())
    expected = np.where(ramp > 300, 2, np.where(ramp > 0, 1, 0)).astype(np.uint8)
    hu = volume.hu
    labels = LabelMap(
        np.where(hu > 300, 2, np.where(hu > 0, 1, 0)).astype(np.uint8), volume.geometry
    )
    scan, scan_itk = nibabel.load(path), SimpleITK.ReadImage(str(path))
    for name in ("mask.nii.gz", "mask.nrrd"):
        receipt = write_labels(labels, volume.source, tmp_path / name, task=Task())
        assert receipt.axis_codes == codes
        assert receipt.voxels == {
            "kidney": int((expected == 1).sum()),
            "tumour": int((expected == 2).sum()),
        }
        mask = SimpleITK.ReadImage(str(tmp_path / name))
        assert np.array_equal(SimpleITK.GetArrayFromImage(mask), expected.transpose(2, 1, 0))
        assert mask.GetSize() == scan_itk.GetSize()
        for part in ("GetOrigin", "GetSpacing", "GetDirection"):
            assert np.allclose(getattr(mask, part)(), getattr(scan_itk, part)(), atol=1e-5)
        again = read_labels(tmp_path / name, volume.geometry, volume.source, Task())
        assert np.array_equal(again.array, labels.array)
    mask_nib = nibabel.load(tmp_path / "mask.nii.gz")
    assert np.array_equal(mask_nib.affine, scan.affine)
    assert mask_nib.get_data_dtype() == np.uint8
    assert np.array_equal(np.asanyarray(mask_nib.dataobj), expected)
    write_scan(volume, tmp_path / "copy.nii", task=Task())
    assert np.array_equal(np.asanyarray(nibabel.load(tmp_path / "copy.nii").dataobj), ramp)


rotations = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)


@given(rotations, st.sampled_from(ORDERS), st.tuples(*[st.integers(1, 9)] * 3))
def test_house_and_file_affine_undo_each_other(
    angles: tuple[float, float, float], codes: str, shape: tuple[int, int, int]
) -> None:
    affine = affine_of(codes)
    affine[:3, :3] = Rotation.from_rotvec(angles).as_matrix() @ affine[:3, :3]
    order = axis_order(affine)
    house = shape_in_house(shape, order)
    geometry = Geometry(house, house_affine(affine, shape, order))  # checks the directions
    assert np.allclose(file_affine(geometry, order), affine, atol=1e-9)
    assert shape_in_file(house, order) == shape


@given(rotations)
def test_the_nearest_axes_are_those_nibabel_takes_unless_it_is_nearly_a_tie(
    angles: tuple[float, float, float],
) -> None:
    matrix = Rotation.from_rotvec(angles).as_matrix()
    sums = sorted(sum(abs(matrix[r, p[r]]) for r in range(3)) for p in permutations(range(3)))
    largest = np.sort(np.abs(matrix), axis=None)
    if sums[-1] - sums[-2] < 0.4 or np.diff(largest).min() < 1e-6:
        return
    affine = np.eye(4)
    affine[:3, :3] = matrix
    assert axis_codes(affine) == "".join(nibabel.aff2axcodes(affine))


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("degrees", [45, 135, 225, 315])
def test_turned_by_45_degrees_the_axes_still_make_a_house_grid(axis: str, degrees: int) -> None:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
    order = axis_order(affine)
    Geometry((3, 4, 5), house_affine(affine, (5, 4, 3), order))
    assert sorted(order.axes) == [0, 1, 2]


@given(
    st.permutations(range(3)),
    st.tuples(*[st.booleans()] * 3),
    st.tuples(*[st.integers(1, 6)] * 3),
)
def test_axis_order_there_and_back_is_the_same_array(
    axes: list[int], flips: tuple[bool, bool, bool], shape: tuple[int, int, int]
) -> None:
    order = AxisOrder((axes[0], axes[1], axes[2]), flips)
    array = np.arange(np.prod(shape)).reshape(shape)
    assert np.array_equal(order.to_file(order.to_house(array)), array)


@given(st.permutations(range(3)), st.tuples(*[st.booleans()] * 3))
def test_tiled_copy_equals_a_plain_one(axes: list[int], flips: tuple[bool, bool, bool]) -> None:
    source = np.random.default_rng(1).integers(-9, 9, (70, 33, 131)).astype(np.int16)
    order = AxisOrder((axes[0], axes[1], axes[2]), flips)
    target = np.empty(order.to_house(source).shape, np.int16)
    place(order.to_file(target), source)
    assert np.array_equal(target, order.to_house(source))
