"""Growing from a click against other libraries, and on phantoms of known size."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import measure, morphology, segmentation

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import HUArray, Index, LabelArray, MaskArray, Triple
from kidview.edit import Edit, Work
from kidview.edit.tools import grow as module
from kidview.edit.tools.grow import ROW, grow
from tests.edit.shapes import ball

SPACING: Triple = (3.0, 1.0, 0.7)


def grid(shape: tuple[int, ...], spacing: Triple = SPACING) -> Geometry:
    """An anisotropic grid."""
    return Geometry.straight((shape[0], shape[1], shape[2]), spacing)


def grown(
    at: Index,
    tolerance: float,
    hu: HUArray,
    axis: int | None = None,
    labels: LabelArray | None = None,
    **more: object,
) -> MaskArray:
    """The region on the whole grid; plain growing unless something is asked for."""
    asked = {"fills_holes": False, "noise_mm": 0.0, "geometry": grid(hu.shape)} | more
    geometry, most_ml = asked.pop("geometry"), asked.pop("most_ml", 1e6)
    labels = np.zeros(hu.shape, np.uint8) if labels is None else labels
    edit = grow(at, tolerance, most_ml, 2, hu, labels, geometry, axis, **asked)  # type: ignore[arg-type]
    return whole(edit, hu.shape)


def whole(edit: Edit, shape: tuple[int, ...]) -> MaskArray:
    """An edit's mask on the whole grid."""
    mask = np.zeros(shape, bool)
    mask[edit.box.slices] = edit.mask
    return mask


@st.composite
def scans(draw: st.DrawFn) -> tuple[HUArray, Index]:
    """Some HU, and a voxel."""
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 12), st.integers(1, 14)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hu = random.integers(-100, 100, shape).astype(np.int16)
    hu.setflags(write=False)
    at = draw(st.tuples(*(st.integers(0, n - 1) for n in shape)))
    return hu, at


@settings(deadline=None)
@given(scans(), st.integers(0, 150))
def test_it_floods_as_two_other_libraries_do(scan: tuple[HUArray, Index], tolerance: int) -> None:
    hu, at = scan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TILE", 4)  # small, so that there are several
        mask = grown(at, tolerance, hu)
    value = int(hu[at])
    np.testing.assert_array_equal(
        mask, segmentation.flood(hu.astype(int), at, connectivity=1, tolerance=tolerance)
    )
    other = sitk.ConnectedThreshold(
        sitk.GetImageFromArray(hu), [at[::-1]], value - tolerance, value + tolerance
    )
    np.testing.assert_array_equal(mask, sitk.GetArrayFromImage(other) > 0)


@settings(deadline=None)
@given(scans(), st.integers(0, 150), st.sampled_from([0, 1, 2]))
def test_in_a_slice_it_floods_that_slice(
    scan: tuple[HUArray, Index], tolerance: int, axis: int
) -> None:
    hu, at = scan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TILE_IN_PLANE", 5)
        mask = grown(at, tolerance, hu, axis)
    place = tuple(i for a, i in enumerate(at) if a != axis)
    plane = hu.take(at[axis], axis).astype(int)
    expected = segmentation.flood(plane, place, connectivity=1, tolerance=tolerance)
    np.testing.assert_array_equal(mask.take(at[axis], axis), expected)
    assert mask.sum() == expected.sum()


def around(mask: MaskArray, half: Index, grow_it: bool) -> MaskArray:
    """Dilated or eroded by a cuboid; beyond the scan is neither in the way nor free."""
    cuboid = np.ones([2 * h + 1 for h in half], bool)
    padded = np.pad(mask, [(h, h) for h in half], constant_values=not grow_it)
    done = (morphology.dilation if grow_it else morphology.erosion)(padded, cuboid)
    return np.asarray(
        done[tuple(slice(h, h + n) for h, n in zip(half, mask.shape, strict=True))], bool
    )


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10, 25, 40]), st.sampled_from([2.2, 4.0]))
def test_a_gap_keeps_what_holds_a_cuboid_joined_to_the_click(
    seed: int, tolerance: int, gap_mm: float
) -> None:
    """The same by numbering an eroded whole scan with scikit-image."""
    random = np.random.default_rng(seed)
    rough = random.normal(0, 40, (3, 5, 6))
    hu = np.kron(rough, np.ones((2, 4, 4))).astype(np.int16)
    hu += random.integers(-5, 6, hu.shape).astype(np.int16)
    at = tuple(int(random.integers(n)) for n in hu.shape)
    half = {2.2: (0, 1, 1), 4.0: (0, 2, 2)}[gap_mm]  # odd number of voxels nearest to the gap
    fits = np.abs(hu.astype(int) - int(hu[at])) <= tolerance
    middles = around(fits, half, grow_it=False)
    pieces = measure.label(middles, connectivity=1)
    places = np.argwhere(middles)
    apart = np.abs(places - at)
    covering = (apart <= half).all(axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TILE", 5)
        if not covering.any():
            with pytest.raises(EditRefused, match="narrower than"):
                grown(at, tolerance, hu, gap_mm=gap_mm)
            return
        mask = grown(at, tolerance, hu, gap_mm=gap_mm)
    steps = np.where(covering, apart.sum(axis=1), 10**6)
    start = tuple(places[steps.argmin()])
    np.testing.assert_array_equal(mask, around(pieces == pieces[start], half, grow_it=True))
    assert not (mask & ~fits).any()


def lesion(noise: float, seed: int = 0, spacing: Triple = SPACING) -> tuple[HUArray, MaskArray]:
    """A noisy ball of 12 mm, 100 HU darker than what is around it."""
    shape = tuple(math.ceil(40 / s) for s in spacing)
    truth = ball((shape[0], shape[1], shape[2]), spacing, (20.0, 20.0, 20.0), 12.0)
    random = np.random.default_rng(seed)
    hu = np.where(truth, 20, 120) + random.normal(0, noise, truth.shape)
    return hu.astype(np.int16), truth


def middle(shape: tuple[int, ...]) -> Index:
    """The voxel in the middle."""
    z, y, x = (n // 2 for n in shape)
    return (z, y, x)


@pytest.mark.parametrize("spacing", [SPACING, (0.8, 0.8, 0.8), (5.0, 0.7, 0.7), (0.7, 0.7, 2.5)])
@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_a_noisy_lesion_is_found_whole(spacing: Triple, axis: int | None) -> None:
    hu, truth = lesion(18.0, spacing=spacing)
    at = middle(hu.shape)
    mask = grown(
        at,
        40,
        hu,
        axis,
        geometry=grid(hu.shape, spacing),
        noise_mm=1.2,
        gap_mm=6.0,
        fills_holes=True,
    )
    if axis is not None:
        only = np.zeros_like(truth)
        index = tuple(at[axis] if a == axis else slice(None) for a in range(3))
        only[index] = truth[index]
        truth = only
    dice = 2 * (mask & truth).sum() / (mask.sum() + truth.sum())
    assert dice > 0.94
    filled = ndimage.binary_fill_holes(mask if axis is None else mask.take(at[axis], axis))
    assert filled.sum() == mask.sum()


def test_noise_tears_holes_where_no_means_are_taken() -> None:
    hu, truth = lesion(18.0)
    plain = grown(middle(hu.shape), 30, hu)
    means = grown(middle(hu.shape), 30, hu, noise_mm=1.2)
    assert (plain & truth).sum() < 0.95 * truth.sum() < (means & truth).sum()


def test_means_do_not_eat_a_sharp_edge() -> None:
    """Next to an edge the mean is wrong, the voxel's own HU tells."""
    hu, truth = lesion(0.0, spacing=(0.8, 0.8, 0.8))
    mask = grown(middle(hu.shape), 30, hu, noise_mm=1.2, geometry=grid(hu.shape, (0.8, 0.8, 0.8)))
    np.testing.assert_array_equal(mask, truth)


def bridged() -> tuple[HUArray, MaskArray, Geometry]:
    """Two balls of 10 mm joined by a rod of 3 mm; and the first of them."""
    geometry = grid((17, 50, 100))
    hu = np.full(geometry.shape_zyx, -100, np.int16)
    first = ball(geometry.shape_zyx, SPACING, (24.0, 25.0, 17.0), 10.0)
    hu[first | ball(geometry.shape_zyx, SPACING, (24.0, 25.0, 52.0), 10.0)] = 40
    hu[8, 24:27, 25:75] = 40
    return hu, first, geometry


def test_it_does_not_leak_through_a_gap() -> None:
    hu, first, geometry = bridged()
    at = (8, 25, 24)
    both = grown(at, 20, hu, geometry=geometry)
    one = grown(at, 20, hu, geometry=geometry, gap_mm=6.0)
    assert both.sum() > 1.9 * first.sum()
    assert 2 * (one & first).sum() / (one.sum() + first.sum()) > 0.95


def test_a_click_into_what_is_narrower_than_the_gap() -> None:
    hu, _, geometry = bridged()
    with pytest.raises(EditRefused, match="narrower than 6 mm"):
        grown((8, 25, 50), 20, hu, geometry=geometry, gap_mm=6.0)
    assert grown((8, 25, 50), 20, hu, geometry=geometry, gap_mm=2.0).any()


@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_holes_are_filled_but_for_other_labels(axis: int | None) -> None:
    along = 0 if axis is None else (axis + 1) % 3  # of the slice
    hole = (4, 4, 4)
    cyst, click = (tuple(4 + step * (a == along) for a in range(3)) for step in (1, -1))
    hu = np.full((9, 9, 9), -100, np.int16)
    hu[2:7, 2:7, 2:7] = 40
    hu[2, 4, 4] = hu[4, 2, 4] = hu[4, 4, 2] = -100  # dents
    hu[hole] = hu[cyst] = 300
    labels = np.zeros(hu.shape, np.uint8)
    labels[cyst] = 3
    kept = grown(click, 20, hu, axis, labels)
    filled = grown(click, 20, hu, axis, labels, fills_holes=True)
    assert kept.any() and np.argwhere(filled & ~kept).tolist() == [list(hole)]


def test_a_dent_is_no_hole() -> None:
    hu = np.full((3, 7, 7), -100, np.int16)
    hu[:, 1:6, 1:6] = 40
    hu[1, 3, 3:] = -100
    mask = grown((1, 1, 1), 20, hu, 0, fills_holes=True)
    np.testing.assert_array_equal(mask[1], hu[1] == 40)


@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_a_leak_is_refused_with_its_size(axis: int | None) -> None:
    hu = np.zeros((40, 60, 70), np.int16)
    with pytest.raises(EditRefused, match="lower the tolerance below 25 HU") as caught:
        grown((20, 30, 30), 25, hu, axis, most_ml=5.0)
    most_cm2 = math.pi * (15 / (4 * math.pi)) ** (2 / 3)
    number = float(caught.value.what.split()[3])
    if axis is None:
        assert "5 mL are allowed" in caught.value.what and number > 5.0
    else:
        assert f"{most_cm2:.1f} cm² are allowed" in caught.value.what and number > most_cm2


def test_a_region_at_the_limit_is_taken() -> None:
    hu = np.full((9, 9, 9), -100, np.int16)
    hu[3:6, 3:6, 3:6] = 40
    most = 27 * 2.1 / 1000
    assert grown((4, 4, 4), 20, hu, most_ml=most + 1e-6).sum() == 27
    with pytest.raises(EditRefused, match="0.1 mL or more"):
        grown((4, 4, 4), 20, hu, most_ml=most - 1e-6)


def test_what_it_encloses_counts_too() -> None:
    hu = np.zeros((11, 11, 11), np.int16)
    hu[3:8, 3:8, 3:8] = 100
    hu[4:7, 4:7, 4:7] = 0
    voxel = 2.1 / 1000
    assert grown((3, 3, 3), 20, hu, most_ml=100 * voxel).sum() == 98
    with pytest.raises(EditRefused, match="the region reached"):
        grown((3, 3, 3), 20, hu, most_ml=100 * voxel, fills_holes=True)


def test_a_click_outside_the_scan() -> None:
    hu = np.zeros((3, 4, 5), np.int16)
    for at in ((3, 0, 0), (0, -1, 0)):
        with pytest.raises(EditRefused, match="outside the scan"):
            grown(at, 20, hu)


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        grown((1, 1, 1), 20, np.zeros((3, 4, 5), np.int16), task=task)


def test_the_row_hands_over_what_is_set() -> None:
    hu, first, geometry = bridged()
    hu[7:10, 24:27, 15:20] = 300  # a hole
    labels = np.zeros(hu.shape, np.uint8)

    def acted(**options: float | bool) -> Edit:
        assert ROW.act is not None
        values = {f"grow.{name}": value for name, value in options.items()}
        return ROW.act(Work(hu, geometry, labels, 2, (8, 25, 28), 1, options=values))

    assert acted(gap_mm=4).label == 2
    one, both = acted(gap_mm=4).mask.sum(), acted(gap_mm=0).mask.sum()
    assert 0.85 < one / first.sum() < 1.05 and 1.9 < both / first.sum() < 2.2
    assert acted(gap_mm=0, fills_holes=False).mask.sum() == both - 3 * 3 * 5
    assert acted(gap_mm=0, is_3d=False).box.shape[1] == 1
    assert acted(gap_mm=0, tolerance=400).mask.all()
    with pytest.raises(EditRefused, match="and 1 mL are allowed"):
        acted(gap_mm=0, most_ml=1)
