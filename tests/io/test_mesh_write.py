"""Surfaces: closed, as large as the mask, where the mask lies, as VTK reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkFeatureEdges, vtkMassProperties
from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkSTLReader
from vtkmodules.vtkIOPLY import vtkPLYReader

from kidview.core.errors import EmptyMask, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.io import house_source, mesh_write
from kidview.io.mesh import Mesh, surface
from kidview.io.mesh_write import read_mesh, write_meshes

READERS = {".stl": vtkSTLReader, ".obj": vtkOBJReader, ".ply": vtkPLYReader}
ANISOTROPIC = Geometry.straight((16, 30, 34), (4.0, 0.7, 0.9), (-30.0, 12.0, 55.0))


def oblique() -> Geometry:
    turn = np.linalg.qr(np.array([[1, 0.2, -0.1], [-0.2, 1, 0.3], [0.1, -0.3, 1]]))[0]
    turn *= np.sign(np.diag(turn))
    matrix = np.eye(4)
    matrix[:3, :3] = turn[:, ::-1] * (2.0, 0.8, 0.8)
    matrix[:3, 3] = (5, -7, 11)
    return Geometry((16, 30, 34), matrix)


def ball(shape: tuple[int, ...], radius: float = 0.7) -> np.ndarray[Any, Any]:
    axes = [np.linspace(-1, 1, n).reshape([-1 if a == b else 1 for b in range(3)])
            for a, n in enumerate(shape)]  # fmt: skip
    return sum(axis**2 for axis in axes) < radius**2


def by_vtk(path: Path) -> Any:
    """What VTK makes of a file, corners at one place joined."""
    reader = READERS[path.suffix]()
    reader.SetFileName(str(path))
    clean = vtkCleanPolyData()
    clean.SetInputConnection(reader.GetOutputPort())
    clean.Update()
    return clean.GetOutput()


def open_edges(mesh: Any) -> int:
    edges = vtkFeatureEdges()
    edges.SetInputData(mesh)
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.Update()
    return int(edges.GetOutput().GetNumberOfCells())


def volume_ml(mesh: Any) -> float:
    mass = vtkMassProperties()
    mass.SetInputData(mesh)
    return float(mass.GetVolume()) / 1000


@pytest.mark.parametrize("suffix", list(READERS))
@pytest.mark.parametrize("geometry", [ANISOTROPIC, oblique()], ids=["anisotropic", "oblique"])
def test_vtk_reads_a_closed_surface_of_the_masks_volume_in_lps(
    geometry: Geometry, suffix: str, tmp_path: Path
) -> None:
    mask = ball(geometry.shape_zyx)
    labels = LabelMap(2 * mask.astype(np.uint8), geometry)
    path = tmp_path / f"tumour{suffix}"
    (receipt,) = write_meshes(labels, house_source(geometry, tmp_path / "scan"), path)
    mesh = by_vtk(path)
    mask_ml = mask.sum() * geometry.voxel_ml
    assert open_edges(mesh) == 0
    assert volume_ml(mesh) == pytest.approx(mask_ml, rel=0.01)
    assert receipt.ml["tumour"] == pytest.approx(volume_ml(mesh), rel=1e-3)
    points = vtk_to_numpy(mesh.GetPoints().GetData()) * (-1, -1, 1)  # back to RAS
    corners = geometry.index_to_ras(np.argwhere(mask))
    middle = corners.mean(axis=0)
    assert np.linalg.norm(points.mean(axis=0) - middle) < 1.0
    reach = max(geometry.spacing_zyx)
    assert np.abs(points.max(axis=0) - corners.max(axis=0)).max() < reach


@pytest.mark.parametrize("suffix", list(READERS))
def test_each_file_says_that_it_is_lps_and_mm(suffix: str, tmp_path: Path) -> None:
    labels = LabelMap(ball(ANISOTROPIC.shape_zyx).astype(np.uint8), ANISOTROPIC)
    source = house_source(ANISOTROPIC, tmp_path / "scan")
    write_meshes(labels, source, tmp_path / f"k{suffix}")
    head = (tmp_path / f"k{suffix}").read_bytes()[:200]
    assert b"SPACE=LPS" in head and b"mm" in head
    assert not head.startswith(b"solid")


@pytest.mark.parametrize(
    "make",
    [
        lambda r: r.random((9, 12, 11)) < 0.5,
        lambda r: r.random((9, 12, 11)) < 0.1,
        lambda r: np.indices((5, 8, 8)).sum(axis=0) % 2 == 0,
        lambda r: np.ones((1, 1, 1), np.bool_),
        lambda r: np.ones((1, 9, 9), np.bool_),
        lambda r: ball((12, 12, 12)) & ~ball((12, 12, 12), 0.4),
    ],
    ids=["noise", "specks", "checkerboard", "voxel", "plate", "cavity"],
)
def test_even_ugly_masks_are_closed_and_keep_their_volume(make: Any, tmp_path: Path) -> None:
    mask = make(np.random.default_rng(3))
    geometry = Geometry.straight(mask.shape, (2.5, 0.7, 0.7))
    path = tmp_path / "m.stl"
    labels = LabelMap(mask.astype(np.uint8), geometry)
    write_meshes(labels, house_source(geometry, tmp_path / "scan"), path)
    mesh = by_vtk(path)
    assert open_edges(mesh) == 0
    assert read_mesh(path).volume_ml == pytest.approx(mask.sum() * geometry.voxel_ml, rel=0.01)


def test_smoothing_takes_the_steps_off() -> None:
    geometry = Geometry.straight((40, 40, 40), (1.0, 1.0, 1.0))
    mesh = surface(ball((40, 40, 40)), geometry)
    radius = np.linalg.norm(mesh.points - geometry.centre_ras, axis=1)
    assert radius.std() < 0.15  # a voxel's own corners lie 0.29 mm off on average
    assert radius.mean() == pytest.approx(0.7 * 19.5, abs=0.2)


def test_all_labels_go_to_files_of_their_own(tmp_path: Path) -> None:
    labels = np.zeros(ANISOTROPIC.shape_zyx, np.uint8)
    labels[2:8, 5:15, 5:15], labels[9:12, 5:15, 20:30] = 1, 3
    source = house_source(ANISOTROPIC, tmp_path / "scan")
    receipts = write_meshes(LabelMap(labels, ANISOTROPIC), source, tmp_path / "case.obj")
    assert [r.path.name for r in receipts] == ["case_kidney.obj", "case_cyst.obj"]
    assert "read back closed" in receipts[0].summary()
    write_meshes(LabelMap(labels, ANISOTROPIC), source, tmp_path / "one.obj", [3])
    assert (tmp_path / "one.obj").exists()
    with pytest.raises(EmptyMask, match="no tumour"):
        write_meshes(LabelMap(labels, ANISOTROPIC), source, tmp_path / "two.obj", [2])


def test_an_existing_file_stays_unless_told(tmp_path: Path) -> None:
    labels = LabelMap(ball(ANISOTROPIC.shape_zyx).astype(np.uint8), ANISOTROPIC)
    source = house_source(ANISOTROPIC, tmp_path / "scan")
    (tmp_path / "k.ply").write_bytes(b"old")
    with pytest.raises(WriteError, match="exists already"):
        write_meshes(labels, source, tmp_path / "k.ply")
    write_meshes(labels, source, tmp_path / "k.ply", overwrite=True)
    assert (tmp_path / "k.ply").read_bytes() != b"old"


@pytest.mark.parametrize("fault", ["open", "shrunk"])
def test_a_surface_that_is_not_as_meant_is_not_kept(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(*given: Any) -> Mesh:
        mesh = surface(*given)
        if fault == "open":
            return Mesh(mesh.points, mesh.triangles[1:])
        middle = mesh.points.mean(axis=0)
        return Mesh(middle + 0.99 * (mesh.points - middle), mesh.triangles)

    monkeypatch.setattr(mesh_write, "surface", spoilt)
    labels = LabelMap(ball(ANISOTROPIC.shape_zyx).astype(np.uint8), ANISOTROPIC)
    with pytest.raises(WriteError, match="not closed|off the mask"):
        write_meshes(labels, house_source(ANISOTROPIC, tmp_path / "s"), tmp_path / "k.stl")
    assert not list(tmp_path.iterdir())


def test_a_name_of_another_kind_is_refused(tmp_path: Path) -> None:
    labels = LabelMap(ball(ANISOTROPIC.shape_zyx).astype(np.uint8), ANISOTROPIC)
    with pytest.raises(WriteError, match=r"\.stl, \.obj, \.ply"):
        write_meshes(labels, house_source(ANISOTROPIC, tmp_path / "s"), tmp_path / "k.vtk")
