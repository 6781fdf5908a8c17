"""A tumour on the left kidney and a cyst on the right one."""

from __future__ import annotations

import numpy as np

from kidview.core.types import LabelArray
from kidview.demo import tissue
from kidview.demo.canvas import Canvas
from kidview.demo.kidneys import LEFT, RIGHT
from kidview.demo.shapes import ellipsoid

TUMOUR, CYST = 2, 3
TUMOUR_XYZ = LEFT.point(-20.0, -21.0, 8.0)
CYST_XYZ = RIGHT.point(27.0, -21.0, 9.0)
_TUMOUR_RADII = (20.0, 19.0, 21.0)
_CYST_RADII = (15.5, 14.5, 15.0)


def paint_tumour(canvas: Canvas, labels: LabelArray) -> None:
    """A clear cell tumour: enhancing nodules, dark necrosis inside, a thin pseudocapsule."""
    box = canvas.around(TUMOUR_XYZ, 34.0)
    centre = (float(TUMOUR_XYZ[0]), float(TUMOUR_XYZ[1]), float(TUMOUR_XYZ[2]))
    shape = ellipsoid(*canvas.at(box), centre, _TUMOUR_RADII)
    shape += 1.3 * canvas.noise(box, 13.0)
    nodules, grain = canvas.noise(box, 10.0), canvas.noise(box, 3.2)
    lobules = canvas.noise(box, 6.5)
    depth = -shape
    rim = np.clip((11.0 - depth) / 7.0, 0, 1)
    look = tissue.TUMOUR + rim * (tissue.TUMOUR_RIM - tissue.TUMOUR) * 0.7
    look += 15 * nodules + 14 * lobules + 5 * grain
    dead = np.clip((depth - 10.5 + 4.0 * nodules + 2.5 * lobules) / 3.5, 0, 1)
    look += dead * (tissue.NECROSIS + 5 * grain + 7 * lobules - look)
    capsule = np.exp(-(((depth - 0.8) / 0.8) ** 2))
    look += 0.5 * capsule * (75 - look)
    canvas.paint(box, shape, np.asarray(look, dtype=np.float32))
    labels[box][shape <= 0] = TUMOUR


def paint_cyst(canvas: Canvas, labels: LabelArray) -> None:
    """A simple cyst: water in a wall too thin to be seen."""
    box = canvas.around(CYST_XYZ, 26.0)
    centre = (float(CYST_XYZ[0]), float(CYST_XYZ[1]), float(CYST_XYZ[2]))
    shape = ellipsoid(*canvas.at(box), centre, _CYST_RADII)
    shape += 0.5 * canvas.noise(box, 14.0)
    canvas.paint(box, shape - 0.5, 40.0)
    canvas.paint(box, shape, tissue.CYST)
    labels[box][shape <= 0] = CYST
