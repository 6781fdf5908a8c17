"""The kidneys: cortex, pyramids, sinus with its vessels, and the fat and fascia around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.types import FloatArray, LabelArray, ScoreArray, Triple
from kidview.demo import tissue
from kidview.demo.canvas import Canvas, Region, coverage
from kidview.demo.shapes import ellipsoid, smooth_cut, tube

KIDNEY = 1
_CORTEX_MM = 5.8
_COLUMN_MM = 3.4


@dataclass(frozen=True)
class Kidney:
    """A kidney's place and size.

    Parameters
    ----------
    side : float
        1 right, -1 left.
    centre_xyz : 3 floats, mm
    radii_mm : 3 floats
        Half of its length, of its width toward the hilum, and of its thickness.
    """

    side: float
    centre_xyz: Triple
    radii_mm: Triple

    @property
    def axes(self) -> FloatArray:
        """Rows: unit vectors along its length (up), to the hilum, and to the front of both.

        The upper pole lies nearer to the spine and further back than the lower one; the
        hilum looks to the midline and forward.
        """
        up = np.array([-0.24 * self.side, -0.22, 0.95])
        hilum = np.array([-0.84 * self.side, 0.54, 0.0])
        up /= np.linalg.norm(up)
        hilum -= up * (hilum @ up)
        hilum /= np.linalg.norm(hilum)
        return np.stack([up, hilum, -self.side * np.cross(up, hilum)])

    def local(self, canvas: Canvas, box: Region) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
        """Coordinates along the axes from the centre, mm, of a box's voxels."""
        x, y, z = (axis - at for axis, at in zip(canvas.at(box), self.centre_xyz, strict=True))
        u, v, w = (float(e[0]) * x + float(e[1]) * y + float(e[2]) * z for e in self.axes)
        return u, v, w

    def point(self, u: float, v: float, w: float) -> FloatArray:
        """(3,) xyz mm of local coordinates."""
        return np.asarray(self.centre_xyz) + np.array([u, v, w]) @ self.axes


RIGHT = Kidney(1.0, (69.0, 4.0, 4.0), (54.0, 27.5, 23.0))
LEFT = Kidney(-1.0, (-67.0, 3.0, 20.0), (56.0, 28.5, 24.0))


@dataclass(eq=False)
class KidneyShapes:
    """A kidney on a box: the hull with its sinus filled, and the sinus; negative inside, mm."""

    box: Region
    hull: ScoreArray
    sinus: ScoreArray


def kidney_shapes(canvas: Canvas, kidney: Kidney) -> KidneyShapes:
    """Bend an ellipsoid around its hilum and take the sinus out of it."""
    box = canvas.around(kidney.centre_xyz, 66.0)
    u, v, w = kidney.local(canvas, box)
    a, b, c = kidney.radii_mm
    bent = v - 9.0 * ((u / a) ** 2 - 0.35)  # the poles lean to the hilum's side
    taper = 1 + 0.06 * u / a  # the upper pole is the broader one
    hull = ellipsoid(u, bent / taper, w / taper, (0, 0, 0), (a, b, c))
    lobes = canvas.noise(box, 17.0)
    hull += 1.1 * lobes
    gap = ellipsoid(u, v, w, (0, 0.86 * b, 0), (0.36 * a, 0.60 * b, 0.50 * c))
    inner = ellipsoid(u, v, w, (0, 0.30 * b, 0), (0.56 * a, 0.44 * b, 0.40 * c))
    sinus = np.minimum(gap, inner) + 3.0 * canvas.noise(box, 10.0) + 1.3 * canvas.noise(box, 6.5)
    return KidneyShapes(box, hull, np.asarray(sinus, dtype=np.float32))


def paint_capsule(canvas: Canvas, kidney: Kidney, shapes: KidneyShapes) -> None:
    """Perirenal fat, which keeps organs off the kidney, with septa and Gerota's fascia."""
    box, hull = shapes.box, shapes.hull
    lumps, fine = canvas.noise(box, 22.0), canvas.noise(box, 9.0)
    # Thinner at the upper pole.
    u = kidney.local(canvas, box)[0] / kidney.radii_mm[0]
    reach = hull - (7.0 + 2.5 * lumps - 4.5 * np.clip(1.6 * u - 0.5, 0, 1))
    canvas.paint(box, reach, tissue.FAT + 4 * fine)
    fascia = np.exp(-(((reach + 0.8) / 0.75) ** 2))
    septa = np.exp(-((fine / 0.05) ** 2)) * (hull > 0) * (reach < 0) * (lumps > 0.2)
    fascia *= np.clip(0.45 + 0.3 * fine, 0.1, 0.7)
    canvas.blend(box, fascia + 0.28 * septa, 20.0)


def paint_kidney(canvas: Canvas, labels: LabelArray, kidney: Kidney, shapes: KidneyShapes) -> None:
    """Paint a kidney and label its parenchyma and collecting system."""
    box, hull, sinus = shapes.box, shapes.hull, shapes.sinus
    u, v, w = kidney.local(canvas, box)
    medulla = _pyramids(canvas, kidney, box, u, v, w, hull, sinus)
    grain = canvas.noise(box, 4.0)
    look = tissue.CORTEX + 5 * grain + coverage(medulla) * (tissue.MEDULLA - tissue.CORTEX)
    parenchyma = smooth_cut(hull, -sinus, 1.5)
    canvas.paint(box, np.maximum(hull, sinus), tissue.FAT + 8 * grain)
    canvas.paint(box, parenchyma, look)
    urine = _collecting_system(canvas, kidney, box)
    canvas.paint(box, urine, tissue.URINE)
    inside = (parenchyma <= 0) | ((urine <= 0) & (hull <= 0))
    labels[box][inside] = KIDNEY


def _pyramids(
    canvas: Canvas,
    kidney: Kidney,
    box: Region,
    u: ScoreArray,
    v: ScoreArray,
    w: ScoreArray,
    hull: ScoreArray,
    sinus: ScoreArray,
) -> ScoreArray:
    """Medulla: cells of the points between sinus and cortex, parted by columns of cortex."""
    a, b, c = kidney.radii_mm
    first = np.full(hull.shape, 1e6, np.float32)
    second = first.copy()
    for along, out, front in _pyramid_places(canvas, a, b, c):
        distance = np.sqrt((u - along) ** 2 + (v - out) ** 2 + (w - front) ** 2)
        np.minimum(second, np.maximum(first, distance), out=second)
        np.minimum(first, distance, out=first)
    deep = _CORTEX_MM + hull + 0.8 * canvas.noise(box, 8.0)
    column = 0.5 * (_COLUMN_MM - (second - first))
    cell = np.maximum(first - 12.5, column)
    return np.asarray(smooth_cut(np.maximum(cell, 1.0 - sinus), deep, 2.0), dtype=np.float32)


def _pyramid_places(canvas: Canvas, a: float, b: float, c: float) -> list[Triple]:
    """Middles of the pyramids: rows before, beside and behind the sinus."""
    places = []
    for row, count, out, front in ((0, 6, -0.42, 0.46), (1, 7, -0.62, 0.0), (2, 6, -0.42, -0.46)):
        for k in range(count):
            t = np.pi * (k + 0.5 + (0.15 if row == 0 else -0.15 if row == 2 else 0)) / count
            jitter = canvas.rng.normal(0, 1.2, 3)
            places.append((
                float(0.76 * a * np.cos(t) + jitter[0]),
                float(b * (out * np.sin(t) + 0.26) + jitter[1]),
                float(front * c * (0.55 + 0.45 * np.sin(t)) + jitter[2]),
            ))  # fmt: skip
    return places


def _collecting_system(canvas: Canvas, kidney: Kidney, box: Region) -> ScoreArray:
    """The pelvis in the hilum and three calyces, filled with urine before contrast arrives."""
    a, b, _ = kidney.radii_mm
    point = kidney.point
    middle = point(-3, 0.72 * b, -5)
    paths = [
        [(*point(-12, 1.35 * b, -5), 3.6), (*middle, 6.0), (*point(0, 0.45 * b, -2), 4.5)],
        [(*middle, 4.2), (*point(0.28 * a, 0.40 * b, -2), 3.4), (*point(0.5 * a, 0.25 * b, 0), 3)],
        [(*middle, 4.2), (*point(-0.3 * a, 0.40 * b, -2), 3.2), (*point(-0.5 * a, 0.2 * b, 0), 3)],
    ]
    out = np.full(canvas.x[box].shape, 60, np.float32)
    for path in paths:
        np.minimum(out, tube(canvas, box, np.array(path), (1, 1, 1)), out=out)
    return out
