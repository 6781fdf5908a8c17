"""Spleen, stomach, pancreas and adrenals."""

from __future__ import annotations

import numpy as np

from kidview.core.types import ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas
from kidview.demo.chest import dome_of
from kidview.demo.shapes import FAR, add_tube, curve, ellipsoid, smooth_cut, tube

_GAS_LEVEL_Y = 84.0  # the stomach's gas rises to the front of a patient on the back


def paint_spleen(canvas: Canvas, cavity: ScoreArray) -> None:
    """A crescent under the left dome, hollow toward stomach and kidney."""
    box = canvas.box((-165, -90, 0), (-55, 70, 128))
    x, y, z = canvas.at(box)
    shape = ellipsoid(x, y, z, (-110.0, -14.0, 70.0), (48.0, 62.0, 54.0))
    hollow = ellipsoid(x, y, z, (-62.0, 18.0, 54.0), (36.0, 50.0, 66.0))
    shape = smooth_cut(shape, -hollow, 6.0) + 1.6 * canvas.noise(box, 20.0)
    shape = smooth_cut(shape, (z - dome_of(canvas, box) + 2.0) * np.float32(0.8), 6.0)
    shape = smooth_cut(shape, cavity[box] + 2.5, 6.0)
    look = tissue.SPLEEN + 4 * canvas.noise(box, 4.0) + 3 * canvas.noise(box, 12.0)
    canvas.paint(box, shape, look)


def paint_stomach(canvas: Canvas, cavity: ScoreArray) -> None:
    """Fundus to duodenum: wall with folds, fluid with food behind, gas in front."""
    path = curve([(-40, 26, 94, 20), (-54, 34, 84, 29), (-62, 50, 66, 30), (-60, 66, 42, 25),
                  (-40, 80, 26, 20), (-12, 86, 20, 17), (14, 82, 24, 13),
                  (30, 74, 28, 9)], 9.0)  # fmt: skip
    box = canvas.around(path[:, :3], 36.0)
    x, y, z = canvas.at(box)
    shape = tube(canvas, box, path, (1.0, 0.92, 1.0), reach_mm=10.0)
    shape = smooth_cut(shape + 1.6 * canvas.noise(box, 16.0), cavity[box] + 3, 5.0)
    shape = smooth_cut(shape, z - dome_of(canvas, box) + 3, 5.0)
    folds = np.clip(canvas.noise(box, 6.0), 0, 2)
    grain = canvas.noise(box, 5.0)
    canvas.paint(box, shape - 1.5, tissue.FAT)
    canvas.paint(box, shape, tissue.BOWEL_WALL + 5 * grain)
    lumen = shape + 3.6 + 1.2 * folds
    food = tissue.BOWEL_FLUID + 16 * grain + 16 * canvas.noise(box, 11.0)
    canvas.paint(box, lumen, np.asarray(food, dtype=np.float32))
    gas = np.maximum(lumen, _GAS_LEVEL_Y - y + 0.4 * grain)
    canvas.paint(box, gas, tissue.GAS)


def paint_pancreas(canvas: Canvas) -> None:
    """Head in the duodenum's bend, body over the spine, tail to the spleen; lobulated."""
    path = curve([(30, 42, -8, 10), (30, 48, 10, 14), (18, 56, 20, 11), (0, 62, 28, 9.5),
                  (-26, 56, 42, 10), (-54, 38, 54, 11), (-80, 18, 62, 9)], 6.0)  # fmt: skip
    box = canvas.around(path[:, :3], 18.0)
    shape = tube(canvas, box, path, (1.0, 0.9, 1.0))
    lobules = canvas.noise(box, 6.5)
    shape += 2.2 * lobules
    look = tissue.PANCREAS + 7 * canvas.noise(box, 4.0) - 40 * np.clip(lobules - 0.6, 0, 1.5)
    canvas.paint(box, shape, np.asarray(look, dtype=np.float32))


def paint_adrenals(canvas: Canvas) -> None:
    """Thin limbs that meet at an angle, above and before the kidneys' upper poles."""
    for side, (x, y, z) in ((1.0, (34, 12, 62)), (-1.0, (-34, 18, 70))):
        box = canvas.around((x, y, z), 26.0)
        shape = np.full(canvas.x[box].shape, FAR, np.float32)
        for limb in ((side * 3, -14, -10), (side * 13, -11, -12), (0, 7, 2)):
            end = (x + limb[0], y + limb[1], z + limb[2], 1.9)
            add_tube(canvas, box, shape, curve([(x, y, z, 2.6), end], 4.0), (1, 1, 3.5))
        canvas.paint(box, shape + 0.4 * canvas.noise(box, 7.0), tissue.ADRENAL)
