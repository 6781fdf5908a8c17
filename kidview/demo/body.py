"""The trunk's wall: skin, subcutaneous fat with its septa, muscles with fat between them."""

from __future__ import annotations

import numpy as np

from kidview.core.task import Task
from kidview.core.types import ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas, Region
from kidview.demo.outline import BINS, Outline, direction
from kidview.demo.shapes import curve, ellipse, smooth_union, tube

_SKIN_MM = 1.9
_SIDE_DEG = (41.0, 116.0)  # where the wall has three layers


def paint_wall(canvas: Canvas, outline: Outline, task: Task) -> ScoreArray:
    """Skin, fat and muscle layers on every slice, with fat in the cavity.

    Returns
    -------
    (Z, Y, X) float32
        Distance to the cavity's wall, negative inside, mm.
    """
    rows = canvas.rows
    trunk = (slice(None), rows, slice(None))
    lumps = canvas.noise(trunk, (30.0, 16.0, 16.0))
    grain = canvas.noise(trunk, 3.2)
    inside = np.full_like(canvas.hu, 60.0)
    for k in range(len(canvas.hu)):
        if k % 8 == 0:
            task.report(k / len(canvas.hu), "Skin and muscle")
        _paint_slice(canvas, outline, k, lumps[k], grain[k], inside[k, rows])
    return inside


def _paint_slice(
    canvas: Canvas,
    outline: Outline,
    k: int,
    lumps: ScoreArray,
    grain: ScoreArray,
    inside: ScoreArray,
) -> None:
    """One slice's rings; (Y, X) arrays stay in the processor's cache."""
    hu = canvas.hu[k, canvas.rows]
    pixel = canvas.geometry.spacing_zyx[2] * 1.2
    bins, radius = direction(canvas.x[k, canvas.rows], canvas.y[k, canvas.rows])
    skin = (radius - outline.skin[k][bins]) * np.float32(0.96)
    muscle = radius - outline.muscle[k][bins]
    cavity = radius - outline.cavity[k][bins]

    def lay(inside: ScoreArray, value: float | ScoreArray, opacity: float | ScoreArray = 1) -> None:
        share = np.clip(0.5 - inside / pixel, 0, 1) * opacity
        hu[...] += share * (value - hu)

    fat = tissue.FAT + 5 * grain + 3 * lumps
    # Septa run where smooth noise crosses zero; one of them goes round as Scarpa's fascia.
    depth = -skin / np.maximum(muscle - skin, 1)
    fat += 55 * np.exp(-((lumps / 0.05) ** 2)) * (grain > -0.5)
    fat += 38 * np.exp(-(((depth - 0.5 - 0.08 * lumps) / 0.035) ** 2))
    lay(skin, tissue.SKIN)
    lay(skin + _SKIN_MM, fat)
    degrees = np.abs(bins) * (360 / BINS)
    meat = tissue.MUSCLE + 4 * grain
    meat -= 75 * np.clip(grain + 0.4 * lumps - 2.0, 0, 1)
    plain = tissue.FAT + 5 * grain + 3 * lumps
    lay(muscle, meat)
    inner = radius - outline.inner[k][bins]
    t = muscle / (muscle - inner - 1e-3)
    in_side = (degrees > _SIDE_DEG[0]) & (degrees < _SIDE_DEG[1])
    # On the chest only the outermost layer stays apart from what lies between the ribs.
    fading = float(np.clip((60 - float(canvas.z[k].mean())) / 40, 0, 1))
    for at, opacity in ((0.36, 0.2 + 0.22 * fading), (0.70, 0.4 * fading)):
        line = np.exp(-(((t - at - 0.06 * lumps) / 0.035) ** 2)) * in_side
        line *= np.clip(0.8 + 0.5 * grain, 0.1, 1)
        hu += opacity * line * (tissue.FAT - hu)
    # The fat within is hazier than that outside.
    lay(inner, plain + 4 * np.clip(lumps, 0, 3))
    inside[...] = cavity


def paint_back(canvas: Canvas) -> None:
    """The muscles of the back, and the psoas before them."""
    for side in (1.0, -1.0):
        _paint_erector(canvas, side)
        _paint_quadratus(canvas, side)
        _paint_psoas(canvas, side)
        _paint_crus(canvas, side)


def _meat(canvas: Canvas, box: Region, streaks: float) -> ScoreArray:
    """HU of a muscle with strands of fat along it."""
    grain = canvas.noise(box, (22.0, 3.0, 3.4))
    coarse = canvas.noise(box, (40.0, 9.0, 9.0))
    hu = tissue.MUSCLE + 4 * canvas.noise(box, 3.0)
    hu -= streaks * np.clip(grain + 0.7 * coarse - 1.7, 0, 1.3)
    return np.asarray(hu, dtype=np.float32)


def _paint_erector(canvas: Canvas, side: float) -> None:
    """Multifidus beside the spinous processes, longissimus and iliocostalis outside it."""
    box = canvas.box((min(0, side * 92), -100, -138), (max(0, side * 92), -18, 150))
    x, y, z = canvas.at(box)
    wide = 1 + 0.12 * np.exp(-(((z + 10) / 60) ** 2)) - 0.22 * np.clip((z - 40) / 100, 0, 1)
    inner = ellipse(x, y, (side * 16, -54.0), (17.5, 22.0))
    across = (x - side * 48) / wide
    outer = ellipse(across, y + 0.16 * side * across, (0.0, -54.0), (30.0, 22.5))
    rough = 1.1 * canvas.noise(box, (25.0, 7.0, 7.0))
    meat = _meat(canvas, box, 110.0)
    both = smooth_union(inner, outer, 5.0)
    canvas.paint(box, both + rough, meat)
    # Fat between multifidus and longissimus, and between the bundles further out.
    cleft = np.exp(-(((inner - 0.8 * rough) / 1.1) ** 2)) * np.clip(0.5 + 0.5 * rough, 0, 1)
    bundle = np.exp(-((canvas.noise(box, (60.0, 9.0, 7.0)) / 0.09) ** 2)) * (rough > 0.4)
    share = np.maximum(0.75 * cleft, 0.5 * bundle) * (both + rough < 0)
    canvas.blend(box, np.asarray(share, dtype=np.float32), tissue.FAT)


def _paint_quadratus(canvas: Canvas, side: float) -> None:
    path = curve([(side * 46, -32, 62, 9), (side * 50, -31, 20, 13), (side * 57, -29, -30, 16),
                  (side * 69, -28, -82, 15)], 8)  # fmt: skip
    box = canvas.around(path[:, :3], 22)
    shape = tube(canvas, box, path, (1.3, 0.72, 1))
    canvas.paint(box, shape + 0.7 * canvas.noise(box, 9.0), _meat(canvas, box, 60.0))
    # Latissimus and serratus: a flap that closes the wall behind the flank.
    flap = curve([(side * 88, -56, 150, 8), (side * 104, -44, 100, 8), (side * 106, -42, 40, 7),
                  (side * 100, -48, -20, 6), (side * 90, -56, -75, 3)], 8)  # fmt: skip
    box = canvas.around(flap[:, :3], 30)
    shape = tube(canvas, box, flap, (2.2, 0.9, 1))
    canvas.paint(box, shape + 0.5 * canvas.noise(box, 9.0), _meat(canvas, box, 60.0))


def _paint_psoas(canvas: Canvas, side: float) -> None:
    """From the first lumbar vertebra down its flank to the pelvic brim."""
    path = curve([(side * 25, -10, 50, 5), (side * 29, -12, 20, 10), (side * 34, -9, -20, 16),
                  (side * 39, -3, -65, 21), (side * 47, 7, -110, 23),
                  (side * 56, 20, -150, 22)], 8)  # fmt: skip
    box = canvas.around(path[:, :3], 30)
    shape = tube(canvas, box, path, (0.93, 1.2, 1))
    canvas.paint(box, shape + 0.9 * canvas.noise(box, 10.0), _meat(canvas, box, 40.0))


def _paint_crus(canvas: Canvas, side: float) -> None:
    """The diaphragm's pillar beside the aorta, the right one stronger and longer."""
    size = 4.4 if side > 0 else 3.4
    path = curve([(side * 13 - 3, 36, 108, 0.6 * size), (side * 15 - 4, 24, 80, size),
                  (side * 15 - 4, 20, 45, size), (side * 13 - 3, 18, 10, 0.7 * size),
                  (side * 10, 17, -15, 0.4 * size)], 8)  # fmt: skip
    box = canvas.around(path[:, :3], 12)
    shape = tube(canvas, box, path, (0.8, 1.7, 1))
    canvas.paint(box, shape + 0.5 * canvas.noise(box, 10.0), tissue.MUSCLE)
