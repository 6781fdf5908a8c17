"""Reading takes at most 2.2 times the memory of the int16 volume, measured in a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

SHAPE = (512, 512, 200)
AFFINE = np.array([[0, 0, -0.7, 0], [0, -0.7, 0, 0], [-2.0, 0, 0, 0], [0, 0, 0, 1]])

CODE = """
import sys
from pathlib import Path
from kidview.core.task import Task
import kidview.io, nibabel, SimpleITK

def peak():  # of this program alone: ru_maxrss would begin with what its parent had
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

kidview.io.read_scan(Path(sys.argv[1]), Task())  # imports and caches are no part of it
before = peak()
volume = kidview.io.read_scan(Path(sys.argv[2]), Task())
print((peak() - before) / volume.hu.nbytes)
"""


pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak is read from /proc"
)


def times_the_volume(small: Path, large: Path) -> float:
    command = [sys.executable, "-c", CODE, str(small), str(large)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return float(done.stdout)


@pytest.fixture(scope="module")
def scan_512() -> np.ndarray[Any, Any]:
    noise = np.random.default_rng(0).integers(-1000, 1000, (*SHAPE[:2], 4)).astype(np.int16)
    return np.tile(noise, (1, 1, SHAPE[2] // 4))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("kits.nii.gz", np.int16),  # slices first, all axes reversed
        ("plain.nii", np.int16),
        ("float.nii", np.float32),
        ("scaled.nii", np.uint16),
        ("scan.nrrd", np.int16),
    ],
)
def test_peak_memory_of_reading(
    name: str, kind: Any, scan_512: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    if not name.startswith("kits"):
        scan_512 = scan_512[..., :80]  # one of them large is enough
    small, large = tmp_path / f"small_{name}", tmp_path / name
    for path, stored in ((small, scan_512[:8, :8, :8]), (large, scan_512)):
        if name.endswith(".nrrd"):
            image = SimpleITK.GetImageFromArray(np.ascontiguousarray(stored.T))
            SimpleITK.WriteImage(image, str(path), False)
            continue
        if name.startswith("kits"):
            image = nibabel.Nifti1Image(np.asfortranarray(stored.transpose(2, 1, 0)), AFFINE)
        else:
            offset = 1024 if kind == np.uint16 else 0
            image = nibabel.Nifti1Image((stored + offset).astype(kind), np.diag([0.7, 0.7, 2, 1]))
            if offset:
                image.header.set_slope_inter(1.0, -1024.0)
        nibabel.save(image, path)
    assert times_the_volume(small, large) <= 2.2


def test_peak_memory_of_reading_a_series(write_series: Any, scan_512: np.ndarray[Any, Any]) -> None:
    slices = scan_512.T[:64]
    small = write_series([(0, 0, n) for n in range(4)], slices[:4, :8, :8], folder="small")
    large = write_series([(0, 0, n) for n in range(64)], slices, folder="large")
    assert times_the_volume(small, large) <= 2.2
