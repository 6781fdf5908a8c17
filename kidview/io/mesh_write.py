"""Surfaces -> STL, OBJ and PLY: closed, smooth, in mm, and read back before they are done.

One file a label. Points are LPS mm, as DICOM and ITK have them, and each file says so the way
3D Slicer reads it: ``SPACE=LPS`` in its header or first comment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EmptyMask, WriteError
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.types import FloatArray
from kidview.core.volume import Source
from kidview.io.atomic import refuse, write_atomically
from kidview.io.mesh import Mesh, surface
from kidview.io.receipt import Receipt

MOST_OFF = 0.01
"""Share of its mask's volume that a written surface may be off."""

_RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])
_STL_ROW = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
_PLY_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def mesh_paths(path: Path, labels: Sequence[int]) -> dict[int, Path]:
    """The file of each label: `path` for one, else with the label's name before the suffix."""
    if len(labels) == 1:
        return {labels[0]: path}
    return {n: path.with_name(f"{path.stem}_{LABEL_NAMES[n]}{path.suffix}") for n in labels}


def write_meshes(
    labels: LabelMap,
    source: Source,
    path: Path,
    wanted: Sequence[int] = (),
    *,
    overwrite: bool = False,
    task: Task | None = None,
) -> tuple[Receipt, ...]:
    """Write each label's surface, read it back, move it into place.

    Parameters
    ----------
    labels : LabelMap
    source : Source
        Of the scan, whose files are never replaced.
    path : Path
        Ends in .stl, .obj or .ply; see `mesh_paths`.
    wanted : sequence of int
        Labels to write; none: all that have voxels.
    overwrite : bool
    task : Task, optional

    Returns
    -------
    tuple of Receipt
        One a file, with its volume and how far that is from the mask's.

    Raises
    ------
    EmptyMask
        A wanted label has no voxel, or none has.
    WriteError
        A file is not closed, or its volume is more than 1 % off the mask's; that file is not
        in place then.
    """
    task = task or Task()
    suffix = path.suffix.lower()
    if suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise WriteError(f"{path.name} is no name for a surface that is written", f"use {known}")
    present = {n: box for n in LABEL_NAMES if n and (box := Box.tight(labels.array == n))}
    missing = [LABEL_NAMES[n] for n in wanted if n not in present]
    if missing or not present:
        raise EmptyMask(f"there is no {missing[0] if missing else 'label'} to write", "outline it")
    paths = mesh_paths(path, tuple(wanted) or tuple(present))
    protected = (source.path, *source.header.get("files", ()))
    for one in paths.values():
        refuse(one, overwrite, protected)
    receipts = []
    for place, (label, one) in enumerate(paths.items()):
        part = task.part(place / len(paths), (place + 1) / len(paths))
        box = present[label]
        mask = labels.array[box.slices] == label
        where = labels.geometry.crop(box)
        drawn = surface(mask, where, part)
        mesh = Mesh(drawn.points * _RAS_TO_LPS, drawn.triangles)
        mask_ml = int(mask.sum()) * labels.geometry.voxel_ml
        checked: list[Mesh] = []
        digest = write_atomically(
            one,
            suffix,
            partial(_WRITERS[suffix], mesh, LABEL_NAMES[label]),
            lambda file, ml=mask_ml, into=checked: into.append(_check(file, ml)),  # type: ignore[misc]
            overwrite=overwrite,
            protected=protected,
        )
        receipts.append(_receipt(one, label, checked[0], int(mask.sum()), mask_ml, labels, digest))
    return tuple(receipts)


def read_mesh(path: Path) -> Mesh:
    """The triangles of a file as `write_meshes` writes them; corners at one place are one point.

    Raises
    ------
    WriteError
        It is no such file, or cut short.
    """
    try:
        corners = _READERS[path.suffix.lower()](path)
    except (ValueError, IndexError, KeyError) as error:
        raise WriteError(f"{path.name} does not read back", "save it elsewhere") from error
    places = corners.reshape(-1, 3)
    order = np.lexsort(places.T)  # numpy.unique along an axis takes five times as long
    is_new = np.ones(len(places), np.bool_)
    is_new[1:] = (np.diff(places[order], axis=0) != 0).any(axis=1)
    which = np.empty(len(places), np.int64)
    which[order] = np.cumsum(is_new) - 1
    return Mesh(places[order][is_new], which.reshape(-1, 3))


def _check(path: Path, mask_ml: float) -> Mesh:
    mesh = read_mesh(path)
    why = mesh.why_open()
    if why:
        raise WriteError(f"the surface is not closed: {why}", "report it with the label map")
    off = mesh.volume_ml / mask_ml - 1
    if abs(off) > MOST_OFF:
        raise WriteError(
            f"the surface's volume is {100 * off:+.1f} % off the mask's",
            "report it with the label map",
        )
    return mesh


def _receipt(
    path: Path, label: int, mesh: Mesh, voxels: int, mask_ml: float, labels: LabelMap, digest: str
) -> Receipt:
    name, ml = LABEL_NAMES[label], mesh.volume_ml
    off = f"{round(100 * (ml / mask_ml - 1), 2) + 0.0:+.2f} %"  # no minus before a zero
    z, y, x = labels.geometry.spacing_zyx
    return Receipt(
        path,
        "surface",
        (len(mesh.points), len(mesh.triangles), 0),
        (x, y, z),
        "LPS",
        {name: voxels},
        {name: ml},
        digest,
        "KidView's reader of surfaces",
        (f"volume {off} of the mask's {mask_ml:.3f} mL", "points are LPS mm"),
        proof=f"read back closed, volume {off} of the mask's",
    )


def _write_stl(mesh: Mesh, name: str, path: Path) -> None:
    corners = mesh.points[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    rows = np.zeros(len(corners), _STL_ROW)
    rows["normal"] = np.divide(across, length, out=np.zeros_like(across), where=length > 0)
    rows["corners"] = corners
    # Must not begin with "solid", which readers take for the text form.
    head = f"KidView {name}; mm; SPACE=LPS".encode("ascii").ljust(80, b" ")
    with path.open("wb") as stream:
        stream.write(head + np.uint32(len(rows)).astype("<u4").tobytes() + rows.tobytes())


def _read_stl(path: Path) -> FloatArray:
    data = path.read_bytes()
    count = int(np.frombuffer(data, "<u4", 1, 80)[0])
    if len(data) != 84 + count * _STL_ROW.itemsize:
        raise ValueError("cut short")
    return np.asarray(np.frombuffer(data, _STL_ROW, count, 84)["corners"], np.float64)


def _write_obj(mesh: Mesh, name: str, path: Path) -> None:
    points = mesh.points.astype(np.float32)
    with path.open("w", encoding="ascii") as stream:
        stream.write(f"# KidView {name}, LPS mm\n# SPACE=LPS\no {name}\n")
        np.savetxt(stream, points, "v %.9g %.9g %.9g")
        np.savetxt(stream, mesh.triangles + 1, "f %d %d %d")


def _read_obj(path: Path) -> FloatArray:
    lines = path.read_text(encoding="ascii").splitlines()
    points = np.array([line[2:].split() for line in lines if line.startswith("v ")], np.float64)
    faces = np.array([line[2:].split() for line in lines if line.startswith("f ")], np.int64)
    return np.asarray(points[faces - 1])


def _write_ply(mesh: Mesh, name: str, path: Path) -> None:
    faces = np.zeros(len(mesh.triangles), _PLY_FACE)
    faces["count"], faces["corners"] = 3, mesh.triangles
    head = (
        "ply", "format binary_little_endian 1.0", f"comment KidView {name}, LPS mm",
        "comment SPACE=LPS", f"element vertex {len(mesh.points)}", "property float x",
        "property float y", "property float z", f"element face {len(faces)}",
        "property list uchar int vertex_indices", "end_header",
    )  # fmt: skip
    with path.open("wb") as stream:
        stream.write("".join(f"{line}\n" for line in head).encode("ascii"))
        stream.write(mesh.points.astype("<f4").tobytes() + faces.tobytes())


def _read_ply(path: Path) -> FloatArray:
    data = path.read_bytes()
    start = data.index(b"end_header\n") + len(b"end_header\n")
    sizes = {
        words[1]: int(words[2])
        for line in data[:start].decode("ascii").splitlines()
        if len(words := line.split()) == 3 and words[0] == "element"
    }
    points = np.frombuffer(data, "<f4", 3 * sizes["vertex"], start).reshape(-1, 3)
    faces = np.frombuffer(data, _PLY_FACE, sizes["face"], start + points.nbytes)
    if start + points.nbytes + faces.nbytes != len(data) or (faces["count"] != 3).any():
        raise ValueError("cut short")
    return np.asarray(points.astype(np.float64)[faces["corners"]])


_WRITERS: dict[str, Callable[[Mesh, str, Path], None]] = {
    ".stl": _write_stl,
    ".obj": _write_obj,
    ".ply": _write_ply,
}
_READERS: dict[str, Callable[[Path], np.ndarray[Any, Any]]] = {
    ".stl": _read_stl,
    ".obj": _read_obj,
    ".ply": _read_ply,
}
