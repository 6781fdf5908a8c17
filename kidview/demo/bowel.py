"""Duodenum, colon with stool and gas, and small bowel grown into what room is left."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from kidview.core.task import Task
from kidview.core.types import FloatArray, MaskArray, ScoreArray
from kidview.demo import tissue
from kidview.demo.canvas import LOW_ZYX_MM, Canvas
from kidview.demo.shapes import FAR, add_tube, curve, meet, smooth_cut, tube

_DUODENUM = [(32, 74, 28, 9), (46, 60, 24, 11), (52, 44, 8, 11), (52, 40, -18, 11),
             (42, 42, -36, 11), (16, 46, -40, 10), (-12, 47, -36, 10),
             (-32, 52, -18, 11)]  # fmt: skip
_COLON = [
    (92, 40, -150, 26), (98, 34, -118, 27), (104, 26, -85, 24), (106, 24, -58, 22),
    (98, 40, -40, 21), (84, 74, -36, 20), (56, 96, -46, 19), (20, 102, -58, 19),
    (-20, 103, -52, 18), (-60, 94, -26, 18), (-92, 70, 6, 18), (-108, 44, 36, 18),
    (-112, 32, 42, 16), (-116, 26, 20, 14), (-116, 24, -20, 13), (-114, 14, -60, 13),
    (-108, 18, -95, 13), (-98, 30, -122, 13), (-84, 36, -150, 13),
]  # fmt: skip
_HAUSTRUM_MM = 25.0
_STEP_MM = 6.5  # about, of the coarse grid on which loops look for room
_LOOPS = 54


def paint_duodenum(canvas: Canvas) -> None:
    """From the pylorus around the pancreas' head, then left before the great vessels."""
    path = curve(_DUODENUM, 5.0)
    box = canvas.around(path[:, :3], 16.0)
    shape = tube(canvas, box, path, (1, 0.9, 1)) + 1.1 * canvas.noise(box, 8.0)
    grain = canvas.noise(box, 4.0)
    canvas.paint(box, shape - 1.2, tissue.FAT)
    canvas.paint(box, shape, tissue.BOWEL_WALL + 6 * grain)
    fluid = tissue.BOWEL_FLUID + 12 * grain
    canvas.paint(box, shape + 3.0 + np.clip(grain, 0, 2), np.asarray(fluid, dtype=np.float32))


def paint_colon(canvas: Canvas, cavity: ScoreArray) -> None:
    """Caecum to sigmoid: haustra, a thin wall, stool with bubbles, gas in front."""
    path = curve(_COLON, 5.0)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path[:, :3], axis=0), axis=1))])
    pinch = 1 - 0.20 * np.cos(2 * np.pi * length / _HAUSTRUM_MM) ** 8
    sway = 1 + 0.10 * np.sin(length / 61) + 0.08 * np.sin(length / 23 + 1)
    path[:, 3] *= pinch * sway
    # Gas stands in front of a level, which changes slowly along the bowel.
    haustrum = np.floor(length / _HAUSTRUM_MM).astype(int)
    fill = canvas.rng.uniform(-0.5, 1.3, haustrum.max() + 1)
    across = (length > 190) & (length < 470)
    fill[haustrum[across]] -= 0.75
    level = np.array([path[haustrum == h, 1].mean() for h in haustrum])
    level = ndi.gaussian_filter1d(level + fill[haustrum] * path[:, 3], 6.0, mode="nearest")
    box = canvas.around(path[:, :3], 28.0)
    shape = np.full(canvas.x[box].shape, FAR, np.float32)
    surface = np.full(shape.shape, 200.0, np.float32)
    add_tube(canvas, box, shape, np.column_stack([path, level]), (1, 1, 1), 6.0, surface)
    shape += 1.3 * canvas.noise(box, 11.0)
    shape = smooth_cut(shape, cavity[box] + 2.0, 4.0)
    _, y, _ = canvas.at(box)
    grain, lumps = canvas.noise(box, 3.4), canvas.noise(box, 7.0)
    stool = tissue.STOOL + 14 * grain + 16 * lumps
    bubbles = np.clip((0.75 * grain + 0.6 * lumps - 1.05) * 2.2, 0, 1)
    stool -= 620 * bubbles
    lumen = shape + 2.2
    canvas.paint(box, shape - 1.8, tissue.FAT)
    canvas.paint(box, shape, tissue.BOWEL_WALL)
    canvas.paint(box, lumen, np.asarray(stool, dtype=np.float32))
    canvas.paint(box, np.maximum(lumen, surface - y + 1.2 * lumps), tissue.GAS)


def paint_small_bowel(canvas: Canvas, cavity: ScoreArray, kidneys: MaskArray, task: Task) -> None:
    """Grow loops into the fat before the spine and paint each with content of its own."""
    loops = _grow_loops(canvas, cavity, kidneys)
    if not loops:
        return
    box = canvas.box((-128, 6, -138), (128, 128, 66))
    first = np.full(canvas.x[box].shape, FAR, np.float32)
    second, number = first.copy(), np.zeros(first.shape, np.int16)
    for k, path in enumerate(loops):
        task.report(k / len(loops), "Bowel")
        _unite(canvas, box, path, k, first, second, number)
    grain = canvas.noise(box, 3.2)
    lumps = canvas.noise(box, 7.0)
    # Where two loops press on each other, the border lies half way.
    shape = np.maximum(first, 0.5 * (first - second) + 0.4) + 0.9 * lumps
    # They give way to what is there already.
    shape = np.maximum(shape, np.maximum(cavity[box] + 1.5, (canvas.hu[box] + 55) * 0.1))
    n = len(loops)
    rng = canvas.rng
    fluid = rng.choice([20.0, 34.0, 52.0, 74.0], n, p=[0.25, 0.25, 0.25, 0.25]).astype(np.float32)
    folds = rng.choice([0.2, 0.8, 1.6], n).astype(np.float32)
    wall = (tissue.BOWEL_WALL + rng.normal(0, 9, n)).astype(np.float32)
    gas = rng.uniform(0.3, 3.2, n)
    middle = np.array([path[:, [1, 3]].mean(axis=0) for path in loops])
    level = (middle[:, 0] + gas * middle[:, 1]).astype(np.float32)
    canvas.paint(box, shape - 0.6, tissue.FAT + 30)
    canvas.paint(box, shape, wall[number] + 6 * grain)
    lumen = shape + 2.4 + folds[number] * np.clip(grain + 0.3, 0, 2)
    canvas.paint(box, lumen, fluid[number] + 7 * grain + 6 * lumps)
    canvas.paint(box, np.maximum(lumen + 0.5, level[number] - canvas.y[box]), tissue.GAS)


def _unite(
    canvas: Canvas,
    box: tuple[slice, slice, slice],
    path: FloatArray,
    k: int,
    first: ScoreArray,
    second: ScoreArray,
    number: np.ndarray[tuple[int, ...], np.dtype[np.int16]],
) -> None:
    """Put a loop beside the others, keeping the distances to the nearest two."""
    part = meet(canvas.around(path[:, :3], float(path[:, 3].max()) + 6), box)
    if part is None:
        return
    local, inner = part
    own = tube(canvas, local, path, reach_mm=6.0)
    f, s, n = first[inner], second[inner], number[inner]
    nearer = own < f
    np.copyto(s, np.where(nearer, f, np.minimum(s, own)))
    n[nearer] = k
    np.copyto(f, np.minimum(f, own))


def _grow_loops(canvas: Canvas, cavity: ScoreArray, kidneys: MaskArray) -> list[FloatArray]:
    """Paths (x, y, z, r) of loops that keep clear of organs and of each other."""
    spacing = canvas.geometry.spacing_zyx
    dz, dy, dx = (max(1, round(_STEP_MM / mm)) for mm in spacing)
    coarse = (slice(None, None, dz), slice(None, None, dy), slice(None, None, dx))
    x, y, z = (c[coarse] for c in (canvas.x, canvas.y, canvas.z))
    step = np.array(spacing) * (dz, dy, dx)
    free = canvas.hu[coarse] < -45
    free &= (cavity[coarse] < -4) & ~kidneys[coarse] & (canvas.hu[coarse] > -300)
    free &= (y > 30 + 14 * np.exp(-((x / 40) ** 2))) & (z < np.where(x < -30, 78, 34))
    free &= x < np.where(z > -30, 34, 120)
    free = ndi.binary_opening(free, iterations=1)
    room = np.asarray(ndi.distance_transform_edt(free, step), dtype=np.float32)
    rng = canvas.rng
    points = np.stack([x, y, z], axis=-1)
    loops: list[FloatArray] = []
    for _ in range(_LOOPS):
        score = room + rng.normal(0, 1.5, room.shape)
        at = np.unravel_index(int(np.argmax(score)), room.shape)
        if room[at] < 8:
            break
        path = _wander(rng, room, points[at], step)
        loops.append(path)
        for px, py, pz, r in path[::2].tolist():
            near = _nearby((pz, py, px), r + 34, step, room.shape)
            away = np.sqrt((x[near] - px) ** 2 + (y[near] - py) ** 2 + (z[near] - pz) ** 2)
            room[near] = np.minimum(room[near], away - r * 0.82)
    return loops


def _nearby(
    at_zyx: tuple[float, float, float], reach_mm: float, step: FloatArray, shape: tuple[int, ...]
) -> tuple[slice, ...]:
    """The part of the coarse grid within reach of a point, mm."""
    return tuple(
        slice(max(int((p - reach_mm - low) / s), 0), min(int((p + reach_mm - low) / s) + 2, n))
        for p, low, s, n in zip(at_zyx, LOW_ZYX_MM, step.tolist(), shape, strict=True)
    )


def _wander(
    rng: np.random.Generator, room: ScoreArray, start: ScoreArray, step: FloatArray
) -> FloatArray:
    """A curve of 3 to 6 cm from a point, turning to where there is room."""
    radius = float(np.clip(rng.normal(11.5, 1.8), 8.5, 15))
    at = np.array(start, dtype=np.float64)
    heading = rng.normal(0, 1, 3) * (1, 0.8, 0.55)
    heading /= np.linalg.norm(heading)
    places = [at.copy()]
    low = np.array(LOW_ZYX_MM)
    for _ in range(int(rng.integers(4, 9))):
        ways = heading + rng.normal(0, 0.55, (10, 3)) * (1, 0.8, 0.7)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        ahead = at + 9 * ways
        index = np.rint((ahead[:, ::-1] - low) / step - 0.5).astype(int)
        index = np.clip(index, 0, np.array(room.shape) - 1)
        clear = room[tuple(index.T)]
        best = int(np.argmax(clear + rng.normal(0, 1, 10)))
        if clear[best] < 5:
            break
        heading, at = ways[best], ahead[best]
        places.append(at.copy())
    if len(places) == 1:
        places.append(at + 4 * heading)
    sizes = radius * (1 + rng.normal(0, 0.06, len(places)))
    return curve(np.column_stack([places, sizes]), 4.0)
