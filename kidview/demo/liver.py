"""The liver with its vessels, and the gallbladder under it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from kidview.core.types import FloatArray, ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas
from kidview.demo.chest import dome_of
from kidview.demo.shapes import curve, smooth_cut, tube, tubes
from kidview.demo.vessels import grow_tree

# How far to the left the liver reaches, mm, by height (rows) and depth (columns): the
# visceral surface as a height field.
_Z = (-66.0, -44.0, -18.0, 8.0, 34.0, 60.0, 86.0, 112.0)
_Y = (-60.0, -30.0, 0.0, 30.0, 60.0, 90.0, 130.0)
_REACH = (
    (170, 165, 160, 158, 158, 160, 170),
    (132, 124, 116, 112, 112, 118, 128),
    (108, 98, 88, 82, 78, 76, 80),
    (88, 76, 62, 54, 44, 34, 30),
    (66, 46, 30, 28, 2, -42, -50),
    (48, 30, 14, 4, -40, -66, -70),
    (45, 24, 8, -8, -46, -72, -76),
    (58, 30, 10, 0, -30, -40, -40),
)


def liver_shape(canvas: Canvas, box: tuple[slice, slice, slice], cavity: ScoreArray) -> ScoreArray:
    """The liver on a box: what wall, diaphragm and visceral surface enclose."""
    x, y, z = canvas.at(box)
    table, low_z, low_y = _reach_table()
    rows = np.clip(z - low_z, 0, table.shape[0] - 1).astype(np.int16)
    columns = np.clip(y - low_y, 0, table.shape[1] - 1).astype(np.int16)
    reach = table[rows, columns]
    visceral = (reach - x) * np.float32(0.8) + 1.8 * canvas.noise(box, 22.0)
    shape = smooth_cut(visceral, (z - dome_of(canvas, box) + 1.0) * np.float32(0.8), 9.0)
    return smooth_cut(shape, cavity[box] + 2.5, 7.0)


def _reach_table() -> tuple[ScoreArray, float, float]:
    """`_REACH` for every millimetre of height and depth, smoothed, and where it begins."""
    heights, depths = np.arange(_Z[0] - 20, _Z[-1] + 20), np.arange(_Y[0] - 30, _Y[-1] + 10)
    by_depth = np.array([np.interp(depths, _Y, row) for row in _REACH])
    full = np.array([np.interp(heights, _Z, column) for column in by_depth.T]).T
    smooth = ndi.gaussian_filter(full, 8.0, mode="nearest")
    return smooth.astype(np.float32), float(heights[0]), float(depths[0])


def paint_liver(canvas: Canvas, cavity: ScoreArray) -> None:
    """Liver, its fissure, hepatic and portal veins, gallbladder."""
    box = canvas.box((-85, -90, -70), (165, 140, 128))
    x, y, z = canvas.at(box)
    shape = liver_shape(canvas, box, cavity)
    # The round ligament's fissure, and the hilum's fat.
    cleft = np.maximum(
        np.abs(x + 12 - 0.15 * (y - 80) + 2.5 * canvas.noise(box, 15.0)) - 1.8,
        np.maximum(52 - y, z - 58),
    )
    shape = smooth_cut(shape, -np.asarray(cleft, dtype=np.float32), 3.0)
    look = tissue.LIVER + 4 * canvas.noise(box, 3.5) + 2.5 * canvas.noise(box, 18.0)
    canvas.paint(box, shape, look)
    inside = shape + 1.5
    for paths, hu in ((_hepatic_veins(canvas.rng), tissue.HEPATIC_VEIN),
                      (_portal_veins(canvas.rng), tissue.PORTAL - 8)):  # fmt: skip
        canvas.paint(box, np.maximum(tubes(canvas, box, paths), inside), hu)
    _paint_gallbladder(canvas, cavity)


def _hepatic_veins(rng: np.random.Generator) -> list[FloatArray]:
    root = (24.0, 36.0, 100.0, 4.8)
    headings = ((1.0, -0.45, -0.35), (0.75, 0.25, -0.55), (-0.55, 0.6, -0.3), (0.9, 0.5, -0.1))
    return [path for way in headings for path in grow_tree(rng, root, way, 44.0, 4)]


def _portal_veins(rng: np.random.Generator) -> list[FloatArray]:
    right, left = (36.0, 42.0, 52.0, 5.2), (26.0, 50.0, 56.0, 4.4)
    ways = ((1.0, 0.15, 0.25), (0.9, -0.6, -0.15), (0.8, 0.35, -0.6), (0.85, -0.3, 0.7))
    paths = [path for way in ways for path in grow_tree(rng, right, way, 38.0, 4)]
    return paths + [path for way in ((-0.75, 0.55, 0.2), (-0.3, 0.9, 0.35))
                    for path in grow_tree(rng, left, way, 34.0, 3)]  # fmt: skip


def _paint_gallbladder(canvas: Canvas, cavity: ScoreArray) -> None:
    path = curve([(40, 52, 34, 3.5), (50, 64, 24, 9), (61, 77, 10, 14), (67, 86, -2, 14),
                  (69, 89, -8, 10)], 6.0)  # fmt: skip
    box = canvas.around(path[:, :3], 20.0)
    shape = tube(canvas, box, path) + 0.6 * canvas.noise(box, 14.0)
    shape = smooth_cut(shape, cavity[box] + 4.0, 5.0)
    canvas.paint(box, shape - 1.4, 70.0)
    canvas.paint(box, shape, tissue.BILE)
