"""Surfaces of labels: where they lie, how much they enclose, which are made again."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkFeatureEdges, vtkMassProperties

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.ui import surfaces
from kidview.ui.surfaces import build_mesh, build_surfaces, labelled_box


def ball(radius: float, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> MaskArray:
    """Voxels within `radius` mm of the middle voxel, some background around."""
    counts = [int(radius / s) + 2 for s in spacing]
    grid = np.ogrid[tuple(slice(-n, n + 1) for n in counts)]
    return np.asarray(sum((g * s) ** 2 for g, s in zip(grid, spacing, strict=True)) <= radius**2)


def oblique(shape: tuple[int, int, int]) -> Geometry:
    """A grid of 2 x 0.7 x 0.9 mm turned about two axes, far from the origin."""
    a, b = np.deg2rad(17), np.deg2rad(-11)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3] = (about_z @ about_x)[:, ::-1] * [2.0, 0.7, 0.9]
    matrix[:3, 3] = (-212.5, 130.25, -801.0)
    return Geometry(shape, matrix)


def points_of(mesh: vtkPolyData) -> FloatArray:
    return np.array(vtk_to_numpy(mesh.GetPoints().GetData()), dtype=np.float64)


def volume_ml(mesh: vtkPolyData) -> float:
    properties = vtkMassProperties()
    properties.SetInputData(mesh)
    return float(properties.GetVolume()) / 1000.0


def test_a_surface_lies_where_its_voxels_lie_on_an_oblique_grid() -> None:
    mask = ball(9.0, (2.0, 0.7, 0.9))
    geometry = oblique(mask.shape)
    index = geometry.ras_to_index(points_of(build_mesh(mask, geometry, Task())))
    offset = (index - (np.array(mask.shape) - 1) / 2) * geometry.spacing_zyx
    # Half a voxel lies between the outermost centres and the faces around them.
    assert np.abs(np.linalg.norm(offset, axis=1) - 9.0).max() < 1.0
    assert np.abs(offset.mean(axis=0)).max() < 0.05
    inside = geometry.index_to_ras(np.argwhere(mask))
    points = points_of(build_mesh(mask, geometry, Task()))
    for axis, spacing in zip(range(3), (0.9, 0.7, 2.0), strict=True):
        assert abs(points[:, axis].min() - inside[:, axis].min()) < spacing
        assert abs(points[:, axis].max() - inside[:, axis].max()) < spacing


def test_one_voxel_in_a_corner_is_surrounded_at_its_centre() -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[3, 0, 5] = 2
    geometry = oblique(labels.shape)
    surface = build_surfaces(labels, geometry, {}, Task()).changed[2]
    assert surface is not None
    centre = points_of(surface.mesh).mean(axis=0)
    assert np.allclose(centre, geometry.index_to_ras((3, 0, 5)), atol=0.01)


@pytest.mark.parametrize("radius", [0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 12.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.8, 0.8)])
def test_the_surface_encloses_the_volume_of_the_voxels(
    radius: float, spacing: tuple[float, float, float]
) -> None:
    mask = ball(radius, spacing)
    geometry = Geometry.straight(mask.shape, spacing)
    mesh = build_mesh(mask, geometry, Task())
    assert volume_ml(mesh) == pytest.approx(mask.sum() * geometry.voxel_ml, rel=0.02)


def test_a_small_lesion_beside_a_large_one_keeps_its_volume() -> None:
    mask = np.zeros((40, 60, 60), np.bool_)
    mask[2:35, 2:35, 2:35] = ball(15.0)[:33, :33, :33]
    large = int(mask.sum())
    mask[30:37, 45:52, 45:52] = ball(2.0)[:7, :7, :7]
    geometry = Geometry.straight(mask.shape, (1.0, 1.0, 1.0))
    mesh = build_mesh(mask, geometry, Task())
    assert volume_ml(mesh) == pytest.approx(mask.sum() / 1000, rel=0.002)
    only_large = mask.copy()
    only_large[30:, 45:, 45:] = False
    difference = volume_ml(mesh) - volume_ml(build_mesh(only_large, geometry, Task()))
    assert difference == pytest.approx((mask.sum() - large) / 1000, rel=0.02)


def test_a_thin_disc_keeps_its_place_and_volume() -> None:
    mask = np.zeros((3, 40, 40), np.bool_)
    mask[1] = np.hypot(*np.ogrid[-20:20, -20:20]) < 15
    geometry = Geometry.straight(mask.shape, (5.0, 0.7, 0.7))
    mesh = build_mesh(mask, geometry, Task())
    assert volume_ml(mesh) == pytest.approx(mask.sum() * geometry.voxel_ml, rel=0.02)
    z = points_of(mesh)[:, 2]
    assert z.min() > 5.0 - 3.5 and z.max() < 5.0 + 3.5  # faces are 2.5 mm away


def test_a_surface_is_smooth_not_stepped() -> None:
    mask = ball(20.0)
    mesh = build_mesh(mask, Geometry.straight(mask.shape, (1.0, 1.0, 1.0)), Task())
    points = points_of(mesh)
    outward = points - points.mean(axis=0)
    outward /= np.linalg.norm(outward, axis=1)[:, None]
    normals = vtk_to_numpy(mesh.GetPointData().GetNormals())
    cosine = np.einsum("ij,ij->i", outward, normals)
    assert cosine.min() > 0.9  # steps would turn normals by up to 55 degrees; outward, too


def test_a_surface_at_the_scans_edge_is_closed() -> None:
    labels = np.full((4, 4, 4), 1, np.uint8)
    surface = build_surfaces(labels, Geometry.straight((4, 4, 4), (1, 1, 1)), {}, Task()).changed[1]
    assert surface is not None
    edges = vtkFeatureEdges()
    edges.SetInputData(surface.mesh)
    edges.FeatureEdgesOff()
    edges.NonManifoldEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0


@pytest.mark.parametrize(("label", "is_left_out"), [(1, True), (2, False)])
def test_specks_of_kidney_are_left_out_and_small_lesions_are_not(
    label: int, is_left_out: bool
) -> None:
    labels = np.zeros((30, 30, 60), np.uint8)
    labels[5:25, 5:25, 5:25] = label
    labels[12:14, 12:14, 12:14] = 0  # a hole of 0.008 mL
    labels[10:13, 10:13, 50:53] = label  # a speck of 0.027 mL
    geometry = oblique(labels.shape)
    surface = build_surfaces(labels, geometry, {}, Task()).changed[label]
    assert surface is not None
    whole_ml = 20**3 * geometry.voxel_ml
    wanted_ml = whole_ml if is_left_out else whole_ml + (27 - 8) * geometry.voxel_ml
    assert volume_ml(surface.mesh) == pytest.approx(wanted_ml, rel=1e-4)
    farthest = geometry.ras_to_index(points_of(surface.mesh))[:, 2].max()
    assert (farthest < 26) == is_left_out  # no lone point widens the box either


def test_a_label_of_specks_alone_is_shown() -> None:
    labels = np.zeros((9, 9, 9), np.uint8)
    labels[2:4, 2:4, 2:4] = labels[6, 6, 6] = 1
    surface = build_surfaces(labels, Geometry.straight((9, 9, 9), (1, 1, 1)), {}, Task()).changed[1]
    assert surface is not None
    assert volume_ml(surface.mesh) == pytest.approx(0.009, rel=0.02)


def two_labels() -> LabelArray:
    labels = np.zeros((12, 14, 16), np.uint8)
    labels[2:6, 2:6, 2:6] = 1
    labels[7:10, 8:12, 9:14] = 2
    return labels


def test_only_labels_whose_voxels_changed_are_made_again() -> None:
    labels = two_labels()
    geometry = oblique(labels.shape)
    first = build_surfaces(labels, geometry, {}, Task())
    assert set(first.changed) == {1, 2} and first.box == Box((2, 2, 2), (10, 12, 14))
    known = {label: s.mark for label, s in first.changed.items() if s is not None}
    assert build_surfaces(labels, geometry, known, Task()).changed == {}
    crop = first.box
    cropped = build_surfaces(labels[crop.slices].copy(), geometry.crop(crop), known, Task())
    assert cropped.changed == {}  # the same voxels, seen through another box
    labels[8, 9, 10] = 0
    assert set(build_surfaces(labels, geometry, known, Task()).changed) == {2}
    labels[labels == 2] = 0
    assert build_surfaces(labels, geometry, known, Task()).changed == {2: None}


def test_a_label_that_moved_is_made_again() -> None:
    labels = two_labels()
    geometry = oblique(labels.shape)
    known = {
        label: s.mark
        for label, s in build_surfaces(labels, geometry, {}, Task()).changed.items()
        if s is not None
    }
    moved = np.roll(labels, 1, axis=2)
    assert set(build_surfaces(moved, geometry, known, Task()).changed) == {1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_the_box_of_all_labels_is_the_tight_one(seed: int) -> None:
    draw = np.random.default_rng(seed)
    labels = np.zeros((9, 11, 13), np.uint8)
    for voxel in draw.integers(0, (9, 11, 13), (seed, 3)):
        labels[tuple(voxel)] = draw.integers(1, 4)
    assert labelled_box(labels) == Box.tight(labels != 0)


def test_background_has_no_box_and_no_surface() -> None:
    labels = np.zeros((3, 3, 3), np.uint8)
    result = build_surfaces(labels, oblique(labels.shape), {}, Task())
    assert result.box is None and result.changed == {}


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        build_surfaces(two_labels(), oblique((12, 14, 16)), {}, task)


def test_a_kidney_that_did_not_change_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((20, 20, 40), np.uint8)
    labels[4:16, 4:16, 4:14] = labels[4:16, 4:16, 26:36] = 1
    geometry = Geometry.straight(labels.shape, (1.0, 1.0, 1.0))
    first = build_surfaces(labels, geometry, {}, Task()).changed[1]
    assert first is not None and len(first.parts) == 2
    asked = []
    monkeypatch.setattr(
        surfaces,
        "build_mesh",
        lambda mask, *rest: asked.append(mask.shape) or build_mesh(mask, *rest),
    )
    labels[8, 8, 14] = 1  # at one of them
    second = build_surfaces(labels, geometry, {1: first.mark}, Task(), first.parts).changed[1]
    assert second is not None and asked == [(12, 12, 11)]
    whole = build_surfaces(labels, geometry, {}, Task()).changed[1]
    assert whole is not None
    assert np.array_equal(points_of(second.mesh), points_of(whole.mesh))
