"""Vertebrae with their processes and canal, ribs with costal cartilage, iliac wings."""

from __future__ import annotations

import numpy as np

from kidview.core.types import FloatArray, ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import LOW_ZYX_MM, Canvas, Region
from kidview.demo.outline import CENTRE_Y_MM, Outline, radius_at
from kidview.demo.shapes import FAR, Points, add_tube, capsule, curve, smooth_cut, tube

# Middle height and half height of the bodies, mm: first sacral to ninth thoracic.
_VERTEBRAE = (
    (-141.0, 14.0), (-104.0, 13.5), (-69.5, 13.5), (-34.5, 13.5), (0.0, 13.5),
    (33.5, 13.0), (66.0, 12.5), (97.0, 12.0), (126.5, 11.5), (155.0, 11.5),
)  # fmt: skip
_BODY_XY = (24.5, 17.0)
_CANAL_Y = -26.0

# Ribs: height at the spine, height at its end, direction of its end (degrees from anterior).
_RIBS = (
    (66.0, 26.0, 128.0), (97.0, 30.0, 100.0), (127.0, 42.0, 62.0), (156.0, 58.0, 52.0),
    (184.0, 78.0, 45.0), (212.0, 98.0, 36.0), (240.0, 118.0, 28.0),
)  # fmt: skip
_COSTAL_MARGIN = ((60, 40), (48, 56), (36, 80), (24, 104), (10, 128), (5, 150))


def paint_skeleton(canvas: Canvas, outline: Outline) -> None:
    """All bones in the field."""
    _paint_pelvis(canvas)
    _paint_ribs(canvas, outline)
    _paint_spine(canvas)


def _paint_bone(
    canvas: Canvas, box: Region, shape: ScoreArray, cortex_mm: float, opacity: float = 1.0
) -> None:
    """A shell of cortical bone around trabecular bone."""
    marrow = tissue.TRABECULAR_BONE + 42 * canvas.noise(box, 3.2) + 10 * canvas.noise(box, 10.0)
    shell = np.exp(-((np.minimum(shape + 0.4, 0) / cortex_mm) ** 2))
    canvas.paint(box, shape, marrow + shell * (tissue.CORTICAL_BONE - marrow), opacity)


def _paint_spine(canvas: Canvas) -> None:
    column = canvas.box((-32, -24, -150), (32, 24, 160))
    x, y, z = canvas.at(column)
    rough = 0.5 * canvas.noise(column, 9.0)
    canvas.paint(column, _outline_of_body(x, y, 0 * z) + rough, tissue.DISC)
    for middle, half in _VERTEBRAE:
        box = canvas.box((-31, -24, middle - half), (31, 24, middle + half))
        x, y, z = canvas.at(box)
        height = np.abs(z - middle)
        waist = 1 - np.clip(height / half, 0, 1) ** 2
        shape = smooth_cut(_outline_of_body(x, y, waist), height - half, 2.0)
        _paint_bone(canvas, box, shape + 0.4 * canvas.noise(box, 7.0), 1.7)
    for middle, half in _VERTEBRAE:
        _paint_arch(canvas, middle, half, is_thoracic=middle > 50)
    canal = canvas.box((-14, _CANAL_Y - 12, -150), (14, _CANAL_Y + 12, 160))
    x, y, _ = canvas.at(canal)
    # A rounded triangle: wide in front, pointed behind.
    wide = 11.5 - 0.28 * (_CANAL_Y - y)
    hole = np.maximum(np.hypot(x / wide, (y - _CANAL_Y) / 9.0) - 1, -1) * 9.0
    canvas.paint(canal, hole, -45.0)
    sac = (np.hypot(x / 8.5, (y - _CANAL_Y - 1) / 7.0) - 1) * 7.5
    canvas.paint(canal, sac, tissue.THECAL_SAC)


def _outline_of_body(x: ScoreArray, y: ScoreArray, waist: ScoreArray) -> ScoreArray:
    """A vertebral body seen from above: flat behind, waisted between its end plates."""
    a, b = _BODY_XY
    u, v = np.abs(x) / (a * (1 - 0.09 * waist)), np.abs(y) / (b * (1 - 0.09 * waist))
    front = (u**2.3 + v**2.3) ** (1 / 2.3) - 1
    behind = -(y + b - 2.5 + 0.004 * x**2) / b
    return smooth_cut(np.asarray(front * b), np.asarray(behind * b), 4.0)


def _paint_arch(canvas: Canvas, middle: float, half: float, is_thoracic: bool) -> None:
    """Pedicles, laminae, spinous, transverse and articular processes."""
    low = middle - half
    box = canvas.box((-48, -76, low - 22), (48, -8, middle + half + 8))
    out = np.full(canvas.x[box].shape, FAR, np.float32)
    tip = 30.0 if is_thoracic else 46.0
    back = -38.0 if is_thoracic else -30.0
    drop = 16.0 if is_thoracic else 4.0
    for side in (1.0, -1.0):
        parts: tuple[Points, ...] = (
            [(side * 15, -12, middle + 5, 5.0), (side * 17, -27, middle + 4, 5.5)],
            [(side * 17, -30, middle, 4.6), (side * 5, -41, middle - 6, 4.0)],
            [(side * 17, -33, middle - 8, 4.2), (side * 4, -42, middle - 12, 3.6)],
            [(side * 17, -28, middle + 2, 4.5), (side * tip, back, middle + 2, 3.2)],
            [(side * 18, -32, middle + 12, 5.0), (side * 16, -35, low - 5, 5.5)],
        )
        for part in parts:
            add_tube(canvas, box, out, np.array(part))
    spine = np.array([(0, -38, middle - 7, 3.2), (0, -67, middle - 7 - drop, 3.6)])
    add_tube(canvas, box, out, spine, (1, 1, 2.9))  # a plate on edge
    _paint_bone(canvas, box, out + 0.4 * canvas.noise(box, 6.0), 2.6)


def _on_wall(outline: Outline, side: float, degrees: float, z: float, canvas: Canvas) -> FloatArray:
    """(3,) xyz of the middle of a rib in the wall."""
    k = round((z - LOW_ZYX_MM[0]) / canvas.geometry.spacing_zyx[0])
    turn = degrees if side > 0 else 360 - degrees
    radius = radius_at(outline.cavity, k, turn) + 5.0
    angle = np.deg2rad(turn)
    return np.array([np.sin(angle) * radius, CENTRE_Y_MM + np.cos(angle) * radius, z])


def _paint_ribs(canvas: Canvas, outline: Outline) -> None:
    for side in (1.0, -1.0):
        for top, end, last in _RIBS:
            turns = np.arange(150.0, last, -7.0)
            share = (150.0 - turns) / 110.0
            fall = (top - end) * (share / share[-1]) ** 0.8
            points = [_on_wall(outline, side, float(t), top - 4 - float(f), canvas)
                      for t, f in zip(turns, fall, strict=True)]  # fmt: skip
            head = [np.array([side * 24, -26, top + 2]), np.array([side * 40, -41, top])]
            path = curve(np.array([[*p, 3.3] for p in [*head, *points]]), 6.0)
            box = canvas.around(path[:, :3], 8.0)
            shape = tube(canvas, box, path, (1, 1, 1.9))
            _paint_bone(canvas, box, shape + 0.3 * canvas.noise(box, 6.0), 1.1)
        margin = [_on_wall(outline, side, turn, z, canvas) for turn, z in _COSTAL_MARGIN]
        path = curve(np.array([[*p, 4.2] for p in margin]), 6.0)
        box = canvas.around(path[:, :3], 9.0)
        shape = tube(canvas, box, path, (1, 1, 1.5)) + 0.4 * canvas.noise(box, 6.0)
        canvas.paint(box, shape, tissue.CARTILAGE + 25 * canvas.noise(box, 5.0))


def _paint_pelvis(canvas: Canvas) -> None:
    """Iliac wings between their muscles, and the sacrum's wings."""
    for side in (1.0, -1.0):
        box = canvas.box((min(0, side * 145), -75, -140), (max(0, side * 145), 75, -62))
        x, y, z = canvas.at(box)
        path = curve([(side * 47, -60, 0, 5.5), (side * 72, -48, 0, 4.0), (side * 100, -18, 0, 3.3),
                      (side * 118, 18, 0, 4.2), (side * 122, 48, 0, 4.8)], 15.0)  # fmt: skip
        # The wing leans outward; its crest is an arch from back to front.
        lean = x + side * 0.30 * (-72 - z)
        wing = np.full(x.shape, FAR, np.float32)
        for a, b in zip(path[:-1], path[1:], strict=True):
            np.minimum(wing, capsule(lean, y, np.zeros((1, 1, 1), np.float32), a, b), out=wing)
        crest = z + 70 + ((y + 10) / 50) ** 2 * 34 + 2 * canvas.noise(box, 19.0)
        meat = tissue.MUSCLE + 4 * canvas.noise(box, 4.0)
        canvas.paint(box, smooth_cut(wing - 9.0, crest + 4, 4.0) + canvas.noise(box, 9.0), meat)
        _paint_bone(canvas, box, smooth_cut(wing + 1.0 * canvas.noise(box, 10.0), crest, 3.0), 1.6)
    box = canvas.box((-64, -60, -150), (64, 10, -120))
    shape = np.full(canvas.x[box].shape, FAR, np.float32)
    for side in (1.0, -1.0):
        ala = np.array([(side * 14, -14, -142, 14), (side * 40, -36, -146, 13)])
        add_tube(canvas, box, shape, ala)
    _paint_bone(canvas, box, shape, 1.5)
