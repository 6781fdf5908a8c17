"""From labels to surfaces in the patient's mm; pure work for a worker.

A surface is first the exact boundary of the voxels and is then smoothed. Smoothing shrinks, and
small pieces more than large ones: each connected piece is scaled back to the volume of its
voxels, and smoothed only as strongly as that scaling moves it little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkFiltersCore import (
    vtkAppendPolyData,
    vtkPolyDataNormals,
    vtkSurfaceNets3D,
    vtkWindowedSincPolyDataFilter,
)

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.edit.parts import parts as apart

_ITERATIONS = 30
_PASS_BANDS = (0.01, 0.03, 0.1, 0.3, 1.0)  # from smooth to nearly untouched
_MOST_SHIFT = 0.3  # voxels that scaling may move a point
_MOST_SCALE = 2.0
_KIDNEY = 1
_SPECK_ML = 0.05
_Triangles = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Surface:
    """One label's surface.

    Parameters
    ----------
    mesh : vtkPolyData
        Triangles with normals, points (x, y, z) in RAS+ mm.
    mark : bytes
        Equal marks mean equal voxels, so equal surfaces.
    parts : mapping of bytes to vtkPolyData
        What it is joined from, by marks: what lies apart, such as the two kidneys. No view draws
        them, so a worker may read them.
    """

    mesh: vtkPolyData
    mark: bytes
    parts: Mapping[bytes, vtkPolyData]


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What differs from what was known before.

    Parameters
    ----------
    box : Box or None
        Where labels are, in the array's own voxels; None when it is all background.
    changed : dict of int to Surface or None
        New surface of each label that changed; None for one that became empty.
    """

    box: Box | None
    changed: dict[int, Surface | None]


def build_surfaces(
    labels: LabelArray,
    geometry: Geometry,
    known: Mapping[int, bytes],
    task: Task,
    built: Mapping[bytes, vtkPolyData] | None = None,
) -> Surfaces:
    """Surfaces of all labels of the table that differ from `known`.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        A copy, or labels nobody writes.
    geometry : Geometry
        Where that array lies.
    known : mapping of int to bytes
        Mark of each label's present surface.
    task : Task
    built : mapping of bytes to vtkPolyData, optional
        Parts of surfaces built before; those whose voxels are as they were are taken again.
    """
    box = labelled_box(labels)
    changed: dict[int, Surface | None] = {}
    for number, row in enumerate(LABELS):
        task.report(number / len(LABELS))
        mask = np.zeros((0, 0, 0), np.bool_) if box is None else labels[box.slices] == row.id
        inner = Box.tight(mask)
        if box is None or inner is None:
            if row.id in known:
                changed[row.id] = None
            continue
        inner = inner.shifted(box.start)
        mask = labels[inner.slices] == row.id
        where = geometry.crop(inner)
        mark = _mark(mask, where)
        if mark != known.get(row.id):
            least_ml = _SPECK_ML if row.id == _KIDNEY else 0.0  # a lesion may be small
            parts = _build_parts(mask, where, least_ml, built or {}, task)
            changed[row.id] = Surface(_joined(parts.values()), mark, parts)
    return Surfaces(box, changed)


def _build_parts(
    mask: MaskArray,
    geometry: Geometry,
    least_ml: float,
    built: Mapping[bytes, vtkPolyData],
    task: Task,
) -> dict[bytes, vtkPolyData]:
    """Surfaces of what lies apart in a mask, by their marks."""
    boxes = apart(mask.view(np.uint8), (1,), (1, 1, 1))
    ml = [np.count_nonzero(mask[box.slices]) * geometry.voxel_ml for box in boxes]
    least = least_ml if max(ml) >= least_ml else 0.0
    found = {}
    for box, volume_ml in zip(boxes, ml, strict=True):
        if volume_ml >= least:
            part, where = mask[box.slices], geometry.crop(box)
            mark = _mark(part, where)
            known = built.get(mark)
            found[mark] = known or build_mesh(part, where, task, least_ml)
    return found


def _joined(parts: Iterable[vtkPolyData]) -> vtkPolyData:
    """One mesh of several, none of whose arrays it shares."""
    joined = vtkAppendPolyData()
    for part in parts:
        joined.AddInputData(part)
    joined.Update()
    mesh = vtkPolyData()
    mesh.DeepCopy(joined.GetOutput())
    return mesh


def labelled_box(labels: LabelArray) -> Box | None:
    """Smallest box with every labelled voxel of a (Z, Y, X) array; None when there is none.

    One pass over memory in its own order, so that even the window's thread can afford it.
    """
    plane = np.bitwise_or.reduce(labels, axis=0)
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    if rows.size == 0:
        return None
    y, x = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    slices = np.flatnonzero(labels[:, y, x].any(axis=(1, 2)))
    return Box((int(slices[0]), y.start, x.start), (int(slices[-1]) + 1, y.stop, x.stop))


def build_mesh(
    mask: MaskArray, geometry: Geometry, task: Task, least_ml: float = 0.0
) -> vtkPolyData:
    """A closed smooth surface around the voxels of a mask.

    Parameters
    ----------
    mask : (Z, Y, X) bool
        At least one voxel is set.
    geometry : Geometry
        Of the mask.
    task : Task
    least_ml : float
        Pieces and cavities smaller than this are left out, unless all pieces are.

    Returns
    -------
    vtkPolyData
        Triangles, outward normals; points in RAS+ mm.
    """
    raw = _boundary(mask)
    triangles = _without_specks(raw, least_ml / geometry.voxel_ml)
    points = _smoothed(raw, triangles, task)
    points_ras = geometry.index_to_ras(points[:, ::-1])
    raw.GetPoints().SetData(numpy_to_vtk(points_ras.astype(np.float32), deep=True))
    raw.GetCellData().Initialize()  # the nets' two-column labels would be taken for colours
    normals = vtkPolyDataNormals()
    normals.SetInputData(raw)
    normals.SplittingOff()
    normals.ConsistencyOff()  # the nets' triangles all look outward already
    normals.Update()
    mesh = vtkPolyData()
    mesh.ShallowCopy(normals.GetOutput())
    return mesh


def _mark(mask: MaskArray, geometry: Geometry) -> bytes:
    digest = hashlib.blake2b(np.packbits(mask).tobytes(), digest_size=16)
    digest.update(geometry.zyx_to_ras.tobytes() + repr(mask.shape).encode())
    return digest.digest()


def _boundary(mask: MaskArray) -> vtkPolyData:
    """Faces between inside and outside, points (x, y, z) in the mask's indices."""
    padded = np.pad(mask, 1).astype(np.uint8)  # VTK takes no bool
    depth, height, width = padded.shape
    image = vtkImageData()
    image.SetDimensions(width, height, depth)
    image.SetOrigin(-1.0, -1.0, -1.0)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True))
    nets = vtkSurfaceNets3D()
    nets.SetInputData(image)
    nets.SetValue(0, 1)
    nets.SmoothingOff()  # its own smoothing shrinks: 1 mL by a fifth
    nets.SetOutputMeshTypeToTriangles()
    nets.Update()
    mesh = vtkPolyData()
    mesh.ShallowCopy(nets.GetOutput())
    return mesh


def _smoothed(raw: vtkPolyData, triangles: _Triangles, task: Task) -> FloatArray:
    """(n, 3) points; each piece as smooth as it can be, with the volume of its voxels.

    What one pass band suits is left out of the next: a kidney is smoothed once, whatever the
    crumbs beside it need.
    """
    points = np.array(vtk_to_numpy(raw.GetPoints().GetData()), dtype=np.float64)
    count, piece = _pieces(len(points), triangles)
    volume = _volumes(points, triangles, piece, count)
    is_done = volume == 0  # points the nets left without a triangle
    for pass_band in _PASS_BANDS:
        task.check()
        left = np.flatnonzero(~is_done[piece])
        if not left.size:
            break
        mesh, part = (
            (raw, triangles) if left.size == len(points) else _part(points, triangles, left)
        )
        smooth = _windowed_sinc(mesh, pass_band)
        of = piece[left]
        shrunk = _volumes(smooth, part, of, count)
        ratio = np.divide(volume, shrunk, out=np.full(count, np.inf), where=shrunk != 0)
        scale = np.cbrt(np.clip(ratio, 0.0, (2 * _MOST_SCALE) ** 3))
        offset = smooth - _centres(smooth, of, count)[of]
        shift = np.abs(scale - 1)[of] * np.linalg.norm(offset, axis=1)
        farthest = np.zeros(count)
        np.maximum.at(farthest, of, shift)
        fits = (farthest <= _MOST_SHIFT) & (scale <= _MOST_SCALE) & ~is_done
        chosen = fits[of]
        points[left[chosen]] = (smooth + offset * (scale - 1)[of, None])[chosen]
        is_done |= fits
    return points  # what suits no pass band stays as its voxels are


def _part(
    points: FloatArray, triangles: _Triangles, left: npt.NDArray[np.intp]
) -> tuple[vtkPolyData, _Triangles]:
    """A mesh of some points, whole pieces, and its triangles by their new numbers."""
    number = np.full(len(points), -1, np.int64)
    number[left] = np.arange(left.size)
    kept = number[triangles[number[triangles[:, 0]] >= 0]]
    mesh, ends, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    ends.SetData(numpy_to_vtk(points[left].astype(np.float32), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(kept.ravel(), deep=True))
    mesh.SetPoints(ends)
    mesh.SetPolys(cells)
    return mesh, kept


def _without_specks(mesh: vtkPolyData, least: float) -> _Triangles:
    """The (n, 3) triangles left after pieces of fewer voxels were taken out of a mesh."""
    triangles = _triangles(mesh)
    if least > 0:
        points = np.array(vtk_to_numpy(mesh.GetPoints().GetData()), dtype=np.float64)
        count, piece = _pieces(len(points), triangles)
        volume = _volumes(points, triangles, piece, count)
        if volume.max() >= least:
            kept = triangles[np.abs(volume)[piece[triangles[:, 0]]] >= least]
            used, triangles = np.unique(kept, return_inverse=True)  # lone points would count
            triangles = triangles.reshape(-1, 3)
            mesh.GetPoints().SetData(numpy_to_vtk(points[used].astype(np.float32), deep=True))
            mesh.GetPointData().Initialize()
            cells = vtkCellArray()
            cells.SetData(3, numpy_to_vtkIdTypeArray(triangles.ravel(), deep=True))
            mesh.SetPolys(cells)
            mesh.GetCellData().Initialize()
    return triangles


def _windowed_sinc(mesh: vtkPolyData, pass_band: float) -> FloatArray:
    """(n, 3) points after low-pass filtering.

    Source: Taubin, Zhang, Golub 1996, "Optimal surface smoothing as filter design", ECCV.
    """
    smooth = vtkWindowedSincPolyDataFilter()
    smooth.SetInputData(mesh)
    smooth.SetNumberOfIterations(_ITERATIONS)
    smooth.SetPassBand(pass_band)
    smooth.FeatureEdgeSmoothingOff()
    smooth.NonManifoldSmoothingOn()
    smooth.NormalizeCoordinatesOn()
    smooth.Update()
    return np.array(vtk_to_numpy(smooth.GetOutput().GetPoints().GetData()), dtype=np.float64)


def _triangles(mesh: vtkPolyData) -> _Triangles:
    """(n, 3) point numbers."""
    ends = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray())
    return np.array(ends, dtype=np.int64).reshape(-1, 3)


def _pieces(points: int, triangles: _Triangles) -> tuple[int, npt.NDArray[np.int32]]:
    """How many connected pieces there are, and which one each point belongs to."""
    ends = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    links = coo_array((np.ones(len(ends), np.bool_), (ends[:, 0], ends[:, 1])), (points, points))
    count, piece = connected_components(links, directed=False)
    return int(count), piece


def _volumes(
    points: FloatArray, triangles: _Triangles, piece: npt.NDArray[np.int32], count: int
) -> FloatArray:
    """Signed volume each piece encloses, by the divergence theorem; cavities are negative."""
    a, b, c = (points[triangles[:, n]] - points.mean(axis=0) for n in range(3))
    sixfold = np.einsum("ij,ij->i", a, np.cross(b, c))
    return np.bincount(piece[triangles[:, 0]], weights=sixfold, minlength=count) / 6.0


def _centres(points: FloatArray, piece: npt.NDArray[np.int32], count: int) -> FloatArray:
    """(count, 3) mean point of each piece; of one without points no number."""
    sums = [np.bincount(piece, weights=points[:, n], minlength=count) for n in range(3)]
    sizes = np.maximum(np.bincount(piece, minlength=count), 1)
    return np.stack(sums, axis=1) / sizes[:, None]
