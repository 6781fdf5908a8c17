"""Diaphragm, lung bases with their vessels, and what of the heart is in the field."""

from __future__ import annotations

import numpy as np

from kidview.core.types import ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas, Region
from kidview.demo.shapes import ellipse, ellipsoid, meet, smooth_union, tubes
from kidview.demo.vessels import grow_tree

_DIAPHRAGM_MM = 3.0


def dome(x: ScoreArray, y: ScoreArray) -> ScoreArray:
    """Height of the diaphragm's underside, mm: a dome on each side, the heart's bed between."""
    # It hangs lower behind, where the lungs reach far down, than in front.
    depth = np.where(y > 22, (y - 22) / 135, (y - 22) / 82) ** 2
    right = ((x - 70) / 92) ** 2 + depth
    left = ((x + 70) / 88) ** 2 + depth
    middle = (x / 90) ** 2 + depth
    domes = (
        122 - 40 * right - 32 * right**2,
        113 - 40 * left - 32 * left**2,
        103 - 40 * middle - 30 * middle**2,
    )
    highest = np.maximum(np.maximum(domes[0], domes[1]), domes[2])
    soft = sum(np.exp((d - highest) / 9) for d in domes)
    return np.asarray(np.maximum(highest + 9 * np.log(soft) - 5, 20), dtype=np.float32)


def dome_of(canvas: Canvas, box: Region) -> ScoreArray:
    """(Y, X) `dome` under a box; it is smooth enough to be taken from one slice's coordinates."""
    x, y, z = canvas.at(box)
    return dome(x[len(z) // 2], y[len(z) // 2])


def paint_chest(canvas: Canvas, cavity: ScoreArray) -> None:
    """Paint what lies above the diaphragm.

    Parameters
    ----------
    cavity : (Z, Y, X) float32
        Distance to the wall, mm.
    """
    box = canvas.box((-140, -78, 30), (140, 126, 150))
    x, y, z = canvas.at(box)
    above = dome_of(canvas, box) - z
    muscle = np.maximum(cavity[box], above - _DIAPHRAGM_MM)
    # Between the lungs: spine, vessels, gullet, and the heart with fat around and below it.
    between = smooth_union(
        ellipse(x, y, (0.0, -8.0), (30.0, 28.0)), ellipse(x, y, (4.0, 32.0), (35.0, 22.0)), 6.0
    )
    between += 2.0 * canvas.noise(box, 19.0)
    common = meet(canvas.box((-78, 14, 80), (60, 126, 150)), box)
    assert common is not None
    bed, inner = common
    heart = ellipsoid(*canvas.at(bed), (-18.0, 66.0, 160.0), (64.0, 52.0, 60.0))
    heart += 1.5 * canvas.noise(bed, 19.0)
    pad = ellipsoid(*canvas.at(bed), (-10.0, 74.0, 152.0), (62.0, 52.0, 74.0))
    pad += 2.0 * canvas.noise(bed, 19.0)
    between[inner] = np.minimum(smooth_union(between[inner], pad, 8.0), heart - 5.0)
    chest = np.maximum(cavity[box] + 1.0, above)
    lung = np.maximum(chest, -between)
    texture = tissue.LUNG + 30 * canvas.noise(box, 3.0)
    texture += 70 * np.clip((-10 - y) / 60, 0, 1)  # blood sinks to the back
    canvas.paint(box, muscle, tissue.MUSCLE)
    canvas.paint(box, chest, tissue.FAT)
    canvas.paint(box, lung, texture)
    paths = []
    for side in (1.0, -1.0):
        for _ in range(12):
            start = (side * canvas.rng.uniform(40, 70), canvas.rng.uniform(-40, 40), 158, 2.2)
            heading = (side * 0.35, canvas.rng.normal(-0.1, 0.4), -1.0)
            paths += grow_tree(canvas.rng, start, heading, 28.0, 2)
    canvas.paint(box, np.maximum(tubes(canvas, box, paths), lung + 2), 60.0)
    _paint_heart(canvas, bed, np.maximum(heart, above[inner] + 1))
    gullet = canvas.box((-26, 20, 84), (-2, 56, 150))
    x, y, z = canvas.at(gullet)
    shape = ellipse(x, y + 0.1 * (z - 100), (-14.0, 38.0), (9.0, 7.0))
    canvas.paint(gullet, np.maximum(shape, 84 - z), 60.0)


def _paint_heart(canvas: Canvas, box: Region, wall: ScoreArray) -> None:
    canvas.paint(box, wall, tissue.MYOCARDIUM + 5 * canvas.noise(box, 6.5))
    for centre, radii in (
        ((-38.0, 66.0, 168.0), (26.0, 28.0, 44.0)),
        ((12.0, 78.0, 166.0), (26.0, 24.0, 48.0)),
    ):
        chamber = ellipsoid(*canvas.at(box), centre, radii) + 2 * canvas.noise(box, 10.0)
        canvas.paint(box, np.maximum(chamber, wall + 4), tissue.BLOOD_IN_HEART)
