"""Aorta, cava and their branches; trees of vessels that branch by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kidview.core.types import FloatArray, ScoreArray, Triple
from kidview.demo import tissue
from kidview.demo.canvas import Canvas, Field, Region, coverage
from kidview.demo.kidneys import LEFT, RIGHT, Kidney
from kidview.demo.shapes import Points, curve, tube, tubes

_AORTA = [(-12, 14, 160, 11.5), (-10, 24, 110, 11), (-7, 29, 60, 10.5), (-7, 30, 20, 9.8),
          (-8, 30, -30, 9), (-7, 31, -66, 8.8)]  # fmt: skip
_CAVA = [(20, 40, 160, 11), (22, 34, 118, 12.5), (25, 30, 85, 12.5), (25, 31, 50, 11.5),
         (22, 31, 20, 11.5), (19, 30, -20, 10.5), (18, 29, -60, 10.5),
         (17, 28, -80, 10)]  # fmt: skip


def grow_tree(
    rng: np.random.Generator,
    start_xyzr: Sequence[float] | FloatArray,
    heading_xyz: Triple,
    length_mm: float,
    depth: int,
) -> list[FloatArray]:
    """Paths (x, y, z, r) of a vessel that forks `depth` times, wandering a little."""
    start = np.asarray(start_xyzr, dtype=np.float64).reshape(4)
    heading = np.asarray(heading_xyz, dtype=np.float64)
    heading = heading / np.linalg.norm(heading)
    middle = start[:3] + heading * length_mm * 0.5 + rng.normal(0, 0.09 * length_mm, 3)
    end = start[:3] + heading * length_mm + rng.normal(0, 0.10 * length_mm, 3)
    thin = max(0.72 * start[3], 0.7)
    path = curve([start, (*middle, 0.88 * start[3]), (*end, thin)], 14.0)
    paths = [path]
    if depth > 0:
        side = np.cross(heading, rng.normal(0, 1, 3))
        side /= np.linalg.norm(side)
        for turn, share in ((rng.uniform(0.3, 0.6), 0.95), (-rng.uniform(0.5, 0.95), 0.75)):
            way = heading + turn * side
            paths += grow_tree(
                rng,
                (*end, thin * share),
                (way[0], way[1], way[2]),
                length_mm * rng.uniform(0.62, 0.85),
                depth - 1,
            )
    return paths


def paint_great_vessels(canvas: Canvas) -> None:
    """Aorta, cava and iliac vessels, renal arteries and veins, the visceral trunks."""
    _paint_cava(canvas)
    for kidney in (RIGHT, LEFT):
        _paint_renal_vein(canvas, kidney)
    _line(canvas, [*_AORTA], tissue.AORTA)
    for side in (1.0, -1.0):
        _line(canvas, [(-7 + side * 3, 31, -62, 6), (side * 15 - 3, 29, -95, 5.5),
                       (side * 36, 30, -140, 5.2)], tissue.ARTERY)  # fmt: skip
    _line(canvas, [(-7, 36, 52, 3.8), (-6, 52, 56, 3.6), (4, 56, 54, 3)], tissue.ARTERY)  # coeliac
    _line(canvas, [(-6, 50, 56, 2.8), (-30, 42, 58, 2.6), (-60, 18, 62, 2.4)], tissue.ARTERY)
    _line(canvas, [(-7, 36, 38, 3.8), (-6, 50, 28, 3.6), (-6, 56, 0, 3.4), (-3, 60, -40, 3),
                   (5, 66, -80, 2.2)], tissue.ARTERY)  # superior mesenteric  # fmt: skip
    for kidney in (RIGHT, LEFT):
        _paint_renal_artery(canvas, kidney)
    for side in (1.0, -1.0):  # gonadal vessels and ureters run down on the psoas
        _line(canvas, [(side * 36, 20, -20, 1.3), (side * 46, 27, -70, 1.4),
                       (side * 54, 40, -135, 1.6)], 110.0)  # fmt: skip
        _line(canvas, [(side * 46, 15, 0 if side > 0 else 12, 2.2), (side * 44, 19, -40, 2.0),
                       (side * 47, 28, -90, 2.0), (side * 42, 32, -145, 2.0)], 20.0)  # fmt: skip


def paint_portal(canvas: Canvas) -> None:
    """Splenic vein behind the pancreas, superior mesenteric vein, portal vein."""
    _line(canvas, [(-92, 8, 62, 3.4), (-60, 26, 56, 3.8), (-25, 46, 42, 4.4), (6, 48, 24, 5)],
          tissue.PORTAL)  # fmt: skip
    _line(canvas, [(8, 66, -80, 3.2), (9, 62, -35, 5.2), (8, 56, 0, 5.6), (8, 50, 22, 6)],
          tissue.PORTAL)  # fmt: skip
    _line(canvas, [(8, 50, 20, 6.6), (20, 46, 38, 6.6), (33, 43, 50, 6.2)], tissue.PORTAL)


def _paint_cava(canvas: Canvas) -> None:
    path = curve(_CAVA, 6.0)
    box = canvas.around(path[:, :3], 16.0)
    shape = tube(canvas, box, path, (1.12, 0.86, 1))
    _, _, z = canvas.at(box)
    # Blood from the kidneys is brighter than what comes from the legs; they mix above.
    rise = np.clip((z - 2) / 26 + 0.25 * canvas.noise(box, 9.0), 0, 1)
    look = tissue.CAVA_LOW + rise * (tissue.CAVA_HIGH - tissue.CAVA_LOW)
    canvas.paint(box, shape + 0.5 * canvas.noise(box, 12.0), np.asarray(look, dtype=np.float32))
    for side in (1.0, -1.0):
        _line(canvas, [(17, 28, -76, 8), (side * 16 + 8, 24, -104, 7.5), (side * 36, 20, -142, 7)],
              tissue.CAVA_LOW)  # fmt: skip


def _paint_renal_vein(canvas: Canvas, kidney: Kidney) -> None:
    b = kidney.radii_mm[1]
    gate = kidney.point(3, 1.0 * b, 5)
    end: Points
    if kidney.side > 0:
        end = [(38, 28, gate[2] + 4, 5), (24, 31, gate[2] + 9, 5.5)]
    else:  # before the aorta, under the superior mesenteric artery
        end = [(-30, 32, gate[2] - 1, 5), (-8, 43, gate[2] - 3, 4.6), (16, 36, gate[2] - 4, 5.5)]
    _line(canvas, [(*gate, 4.6), *end], tissue.RENAL_VEIN)
    for u, v in ((26, 0.40), (-24, 0.42), (4, 0.35)):
        inner = kidney.point(u, v * b, 5)
        _line(canvas, [(*gate, 4.0), (*kidney.point(0.5 * u, 0.7 * b, 5), 3.2), (*inner, 2.0)],
              tissue.RENAL_VEIN)  # fmt: skip


def _paint_renal_artery(canvas: Canvas, kidney: Kidney) -> None:
    b = kidney.radii_mm[1]
    gate = kidney.point(0, 1.02 * b, 0)
    start = (-7 + 8 * kidney.side, 30, gate[2] + 9, 3.2)
    middle = (kidney.side * 32, 20, gate[2] + 3, 2.9)
    _line(canvas, [start, middle, (*gate, 2.7)], tissue.ARTERY)
    for u, v, w in ((30, 0.35, 2), (-28, 0.38, 1), (-6, 0.3, 3), (12, 0.32, -4)):
        _line(canvas, [(*gate, 2.2), (*kidney.point(0.5 * u, 0.72 * b, w), 1.8),
                       (*kidney.point(u, v * b, w), 1.2)], tissue.ARTERY)  # fmt: skip


def _line(canvas: Canvas, points: Points, hu: float) -> None:
    path = curve(points, 5.0)
    box = canvas.around(path[:, :3], float(path[:, 3].max()) + 3.0)
    canvas.paint(box, tube(canvas, box, path), hu)


def paint_mesentery(canvas: Canvas, cavity: ScoreArray) -> None:
    """Vessels that fan out from the root to the bowel; they show only where there is fat."""
    rng = canvas.rng
    paths = []
    for k in range(40):
        z = 20 - 3.8 * k + rng.normal(0, 3)
        root = (float(rng.normal(2, 5)), 58 + 0.06 * max(-z, 0), z, 2.3)
        heading = (
            float(rng.uniform(-1.3, 1.2)),
            float(rng.uniform(0.1, 0.9)),
            rng.uniform(-0.7, 0.3),
        )
        paths += grow_tree(rng, root, heading, 36.0, 3)
    box = canvas.box((-115, 20, -138), (115, 120, 40))
    lay_on_fat(canvas, box, np.maximum(tubes(canvas, box, paths), cavity[box] + 3), 165.0)


def lay_on_fat(canvas: Canvas, box: Region, shape: Field, hu: float) -> None:
    """Paint only where fat is underneath."""
    free = np.clip((-25 - canvas.hu[box]) / 40, 0, 1)
    canvas.blend(box, coverage(shape) * free, hu)
