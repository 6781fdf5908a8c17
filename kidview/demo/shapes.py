"""Shapes as functions that are negative inside, in mm: ellipsoids, tubes, smooth unions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from kidview.core.types import FloatArray, ScoreArray, Triple
from kidview.demo.canvas import Canvas, Field, Region

FAR = np.float32(60.0)
"""What a tube's function says where the tube is out of reach."""

Points = Sequence[Sequence[float] | FloatArray] | FloatArray


def ellipsoid(x: Field, y: Field, z: Field, centre_xyz: Triple, radii_xyz: Triple) -> ScoreArray:
    """About the distance to an ellipsoid along the axes, mm."""
    near: Field = np.zeros((1, 1, 1), np.float32)
    slope: Field = np.full((1, 1, 1), 1e-9, np.float32)
    for axis, at, radius in zip((x, y, z), centre_xyz, radii_xyz, strict=True):
        part = axis - at
        part *= part  # in place: boxes are large, and fresh memory costs more than sums
        part *= 1 / radius**2
        near = near + part
        part *= 1 / radius**2
        slope = slope + part
    near = np.sqrt(near)
    return np.asarray(near * (near - 1) / np.sqrt(slope), dtype=np.float32)


def ellipse(
    x: Field, y: Field, centre_xy: tuple[float, float], radii_xy: tuple[float, float]
) -> ScoreArray:
    """About the distance to an upright elliptic column, mm."""
    a, b = radii_xy
    u, v = (x - centre_xy[0]) / a, (y - centre_xy[1]) / b
    k0 = np.sqrt(u * u + v * v)
    k1 = np.sqrt((u / a) ** 2 + (v / b) ** 2) + 1e-6
    return np.asarray(k0 * (k0 - 1) / k1, dtype=np.float32)


def curve(points_xyz: Points, step_mm: float = 4.0) -> FloatArray:
    """(N, C) points along a Catmull-Rom curve through the given ones, about a step apart.

    Columns beyond x, y, z, such as a radius, are carried along.
    """
    given = np.asarray(points_xyz, dtype=np.float64)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    pieces = []
    for k in range(len(given) - 1):
        p0, p1, p2, p3 = padded[k : k + 4]
        n = max(2, int(np.ceil(np.linalg.norm((p2 - p1)[:3]) / step_mm)))
        t = (np.arange(n) / n)[:, None]
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    return np.vstack([*pieces, given[-1:]])


def tube(
    canvas: Canvas,
    box: Region,
    path_xyzr: FloatArray,
    squash_xyz: Triple = (1, 1, 1),
    reach_mm: float = 4.0,
) -> ScoreArray:
    """About the distance to a tube, mm, on a box; `FAR` further than `reach_mm` away.

    Parameters
    ----------
    path_xyzr : (N, 4) float
        Points of the centre line with the radius there, mm.
    squash_xyz : 3 floats
        Radius along x, y, z as a share of that.
    """
    out = np.full(canvas.x[box].shape, FAR, np.float32)
    add_tube(canvas, box, out, path_xyzr, squash_xyz, reach_mm)
    return out


def tubes(
    canvas: Canvas, box: Region, paths: Iterable[FloatArray], reach_mm: float = 4.0
) -> ScoreArray:
    """Several tubes as one shape; see `tube`."""
    out = np.full(canvas.x[box].shape, FAR, np.float32)
    for path in paths:
        add_tube(canvas, box, out, path, reach_mm=reach_mm)
    return out


def add_tube(
    canvas: Canvas,
    box: Region,
    out: ScoreArray,
    path_xyzr: FloatArray,
    squash_xyz: Triple = (1, 1, 1),
    reach_mm: float = 4.0,
    mark: ScoreArray | None = None,
) -> None:
    """Unite a tube with the shape `out` of a box, in place; see `tube`.

    Where a `mark` array is given, it gets the path's fifth column wherever the tube lies
    nearest.
    """
    widest = max(squash_xyz)
    for a, b in zip(path_xyzr[:-1], path_xyzr[1:], strict=True):
        reach = max(a[3], b[3]) * widest + reach_mm
        part = meet(canvas.around((a[:3], b[:3]), reach, 2.5), box)
        if part is None:
            continue
        local, inner = part
        distance = capsule(*canvas.at(local), a, b, squash_xyz)
        if mark is not None:
            mark[inner][distance < out[inner]] = a[4]
        np.minimum(out[inner], distance, out=out[inner])


def capsule(
    x: Field, y: Field, z: Field, a: FloatArray, b: FloatArray, squash_xyz: Triple = (1, 1, 1)
) -> ScoreArray:
    """About the distance to the hull of two balls (x, y, z, r), mm."""
    start, end = a.tolist(), b.tolist()  # numpy's own floats would widen the arrays
    scale = [1.0 / q for q in squash_xyz]
    px, py, pz = ((axis - o) * s for axis, o, s in zip((x, y, z), start, scale, strict=False))
    ex, ey, ez = ((end[i] - start[i]) * scale[i] for i in range(3))
    length = max(ex * ex + ey * ey + ez * ez, 1e-6)
    t = np.clip((px * ex + py * ey + pz * ez) / length, 0, 1)
    px, py, pz = px - t * ex, py - t * ey, pz - t * ez
    radius = start[3] + t * (end[3] - start[3])
    return np.asarray(np.sqrt(px * px + py * py + pz * pz) - radius, dtype=np.float32)


def meet(local: Region, box: Region) -> tuple[Region, Region] | None:
    """The common part of two boxes: on the grid, and in arrays of the second; None without one."""
    on_grid, within = [], []
    for one, other in zip(local, box, strict=True):
        start, stop = max(one.start, other.start), min(one.stop, other.stop)
        if start >= stop:
            return None
        on_grid.append(slice(start, stop))
        within.append(slice(start - other.start, stop - other.start))
    return (on_grid[0], on_grid[1], on_grid[2]), (within[0], within[1], within[2])


def smooth_union(a: Field, b: Field, round_mm: float) -> ScoreArray:
    """Both shapes, their seam filled over about `round_mm`."""
    gap = b - a
    h = gap * (0.5 / round_mm)
    h += 0.5
    np.clip(h, 0, 1, out=h)
    gap *= h
    out = b - gap
    h -= h * h
    h *= round_mm
    out -= h
    return np.asarray(out, dtype=np.float32)


def smooth_cut(a: Field, b: Field, round_mm: float) -> ScoreArray:
    """What both shapes share, its edge rounded over about `round_mm`."""
    return np.asarray(-smooth_union(-a, -b, round_mm))
