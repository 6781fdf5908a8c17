"""What the tests of DICOM labels share: series of odd grids, made-up labels, an outside judge."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import read_scan

SHAPE = (9, 20, 26)  # slices, rows, columns
_TURN = np.array([0.9541666, -0.2080757, 0.2151061, 0.2785886, 0.880128, -0.3843997])


@dataclass(frozen=True)
class GridCase:
    """How a made-up series lies."""

    name: str
    orientation: tuple[float, ...]
    steps_mm: tuple[float, ...]  # along the normal
    shift_mm: float = 0.0  # along the columns, per mm of the normal: a tilted gantry


AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
GRIDS = (
    GridCase("axial", AXIAL, tuple(2.5 * n for n in range(9))),
    GridCase("feet first", (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0), tuple(5.0 * n for n in range(9))),
    GridCase("prone", (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0), tuple(1.0 * n for n in range(9))),
    GridCase("coronal", (1.0, 0.0, 0.0, 0.0, 0.0, -1.0), tuple(3.0 * n for n in range(9))),
    GridCase("sagittal", (0.0, 1.0, 0.0, 0.0, 0.0, -1.0), tuple(3.0 * n for n in range(9))),
    GridCase("oblique", tuple(_TURN), tuple(4.5 * n for n in range(9))),
)
UNEVEN = GridCase("uneven", AXIAL, (0.0, 4.2, 5.3, 12.7, 14.0, 18.0, 19.1, 26.0, 30.0))
TILTED = GridCase("tilted", AXIAL, tuple(3.0 * n for n in range(9)), 0.33)
GAPS = GridCase("gaps", AXIAL, tuple(2.5 * n for n in (0, 1, 2, 3, 5, 6, 7, 8, 9)))


def open_grid(case: GridCase, write_series: Callable[..., Path], **fields: object) -> Volume:
    """A CT on that grid, written by pydicom and opened."""
    rows = np.array(case.orientation).reshape(2, 3)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    rows[1] -= (rows[1] @ rows[0]) * rows[0]
    rows[1] /= np.linalg.norm(rows[1])
    normal = np.cross(rows[0], rows[1])
    corners = [
        np.array([10.0, 20.0, -40.0]) + mm * normal + case.shift_mm * mm * rows[1]
        for mm in case.steps_mm
    ]
    pixels = (np.arange(np.prod(SHAPE)).reshape(SHAPE) % 900 + 500).astype(np.int16)
    folder = write_series(corners, pixels, tuple(rows.ravel()), f"series {case.name}", **fields)
    return read_scan(folder)


def made_up(volume: Volume, *, has_specks: bool = True) -> LabelMap:
    """Every label, with a cavity; and specks, holes, voxels that touch at a corner only."""
    shape = volume.hu.shape
    z, y, x = (np.linspace(-1, 1, n).reshape([-1 if a == b else 1 for b in range(3)])
               for a, n in enumerate(shape))  # fmt: skip
    labels = np.zeros(shape, np.uint8)
    labels[z**2 + (y - 0.1) ** 2 + (x + 0.2) ** 2 < 0.6] = 1
    labels[z**2 + (y - 0.1) ** 2 + (x + 0.2) ** 2 < 0.05] = 0  # a cavity
    labels[(z - 0.3) ** 2 + (y + 0.4) ** 2 + (x - 0.4) ** 2 < 0.12] = 2
    labels[(z + 0.3) ** 2 + (y - 0.5) ** 2 + (x - 0.6) ** 2 < 0.08] = 3
    if has_specks:
        noise = np.random.default_rng(0).random(shape)
        labels[noise < 0.02] = 2
        labels[noise > 0.97] = 0
    return LabelMap(labels, volume.geometry, owned=True)


def dciodvfy_errors(path: Path) -> list[str]:
    """What the validator of Debian's dicom3tools calls an error; skips where it is not there."""
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy (Debian: dicom3tools) is not on this machine")
    told = subprocess.run([program, "-new", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")]
