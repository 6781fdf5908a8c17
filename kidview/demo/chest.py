"""Diaphragm, lung bases with their vessels, and what of the heart is in the field."""

from __future__ import annotations

import numpy as np

from kidview.core.types import ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas
from kidview.demo.shapes import ellipsoid, smooth_union, tubes
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


def paint_chest(canvas: Canvas, cavity: ScoreArray) -> None:
    """Paint what lies above the diaphragm.

    Parameters
    ----------
    cavity : (Z, Y, X) float32
        Distance to the wall, mm.
    """
    box = canvas.box((-170, -100, 30), (170, 150, 150))
    x, y, z = canvas.at(box)
    above = dome(x, y) - z
    muscle = np.maximum(cavity[box], above - _DIAPHRAGM_MM)
    canvas.paint(box, muscle, tissue.MUSCLE)
    # Between the lungs: fat around aorta, oesophagus and heart.
    spine = ellipsoid(x, y, 0 * z, (0.0, -8.0, 0.0), (30.0, 28.0, 900.0))
    vessels = ellipsoid(x, y, 0 * z, (4.0, 32.0, 0.0), (35.0, 22.0, 900.0))
    between = 2.0 * canvas.noise(box, 14.0) - smooth_union(spine, vessels, 6.0)
    heart = ellipsoid(x, y, z, (-18.0, 66.0, 160.0), (64.0, 52.0, 60.0))
    heart += 1.5 * canvas.noise(box, 24.0)
    lung = np.maximum(np.maximum(cavity[box] + 1.0, above), between)
    lung = np.maximum(lung, 5.0 - heart)
    texture = tissue.LUNG + 22 * canvas.noise(box, 3.5) + 25 * canvas.noise(box, 20.0)
    texture += 70 * np.clip((-10 - y) / 60, 0, 1)  # blood sinks to the back
    canvas.paint(box, np.maximum(muscle, between), texture * 0 + tissue.MUSCLE)
    canvas.paint(box, np.maximum(np.maximum(above, cavity[box] + 1.0), -between), tissue.FAT)
    canvas.paint(box, np.maximum(above, heart - 5.0), tissue.FAT)
    canvas.paint(box, lung, texture)
    paths = []
    for side in (1.0, -1.0):
        for _ in range(12):
            start = (side * canvas.rng.uniform(40, 70), canvas.rng.uniform(-40, 40), 158, 2.2)
            heading = (side * 0.35, canvas.rng.normal(-0.1, 0.4), -1.0)
            paths += grow_tree(canvas.rng, start, heading, 28.0, 2)  # type: ignore[arg-type]
    canvas.paint(box, np.maximum(tubes(canvas, box, paths), lung + 2), 60.0)
    wall = np.maximum(heart, above + 1)
    canvas.paint(box, wall, tissue.MYOCARDIUM + 5 * canvas.noise(box, 5.0))
    for centre, radii in (
        ((-38.0, 66.0, 168.0), (26.0, 28.0, 44.0)),
        ((12.0, 78.0, 166.0), (26.0, 24.0, 48.0)),
    ):
        chamber = ellipsoid(x, y, z, centre, radii) + 2 * canvas.noise(box, 14.0)
        canvas.paint(box, np.maximum(chamber, wall + 4), tissue.BLOOD_IN_HEART)
    oesophagus = np.hypot((x + 14) / 1.3, y - 38 + 0.1 * (z - 100)) - 7
    canvas.paint(box, np.maximum(oesophagus, 84 - z), 60.0)
