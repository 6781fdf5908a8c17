"""The whole thread through the real program on a real display: open to export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

from kidview.cli import main

DRIVE = Path(__file__).with_name("drive.py")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of our own."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = pipe.readline().strip()
    assert name, "Xvfb did not start"
    yield f":{name}"
    server.terminate()
    server.wait()


def drive(scan: Path, folder: Path, display: str) -> tuple[dict[str, Any], Path]:
    """Run the program with a user's hands on it; what they saw and the mask they saved."""
    target, report = folder / "mask.nii.gz", folder / "report.json"
    environment = os.environ | {
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "KIDVIEW_CONFIG_DIR": str(folder / "config"),
        "KIDVIEW_DATA_DIR": str(folder / "data"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, str(DRIVE), str(scan), str(target), str(report)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert report.exists(), done.stderr[-2000:]
    seen = json.loads(report.read_text())
    assert "error" not in seen, (seen, done.stderr[-2000:])
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert not list((folder / "data" / "work").rglob("*.journal"))
    return seen, target


def check_thread(seen: dict[str, Any]) -> None:
    """What holds for any scan."""
    assert seen["provider"] in ("CPU", "OpenVINO f32") and "mL" in seen["summary"]
    assert seen["painted_voxels"] > 50
    assert seen["undo_is_exact"] and seen["redo_is_exact"]
    assert seen["is_dirty"] is False and seen["is_recorded"]
    assert seen["steps"] == ["Segmentation", "Brush, tumour"]


@pytest.mark.display
@pytest.mark.timeout(240)
def test_a_kits_scan_from_opening_to_export(real_data: Path, tmp_path: Path, display: str) -> None:
    scan = real_data / "ct" / "kits_00016.nii.gz"
    before = scan.stat()
    seen, target = drive(scan, tmp_path, display)
    check_thread(seen)
    assert "kits_00016.nii.gz" in seen["title"]
    labels = np.load(tmp_path / "report.npy")  # z, y, x toward S, A, R
    source, mask = nibabel.load(scan), nibabel.load(target)
    assert mask.shape == source.shape and np.array_equal(mask.affine, source.affine)
    in_ras = np.asanyarray(nibabel.as_closest_canonical(mask).dataobj)
    assert np.array_equal(in_ras.transpose(2, 1, 0), labels)
    one, other = SimpleITK.ReadImage(str(scan)), SimpleITK.ReadImage(str(target))
    for name in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
        assert np.allclose(getattr(one, name)(), getattr(other, name)(), atol=1e-6), name
    in_file = np.asanyarray(mask.dataobj).transpose(2, 1, 0)
    assert np.array_equal(SimpleITK.GetArrayFromImage(other), in_file)
    assert scan.stat().st_mtime_ns == before.st_mtime_ns and scan.stat().st_size == before.st_size


@pytest.mark.display
@pytest.mark.timeout(240)
def test_a_dicom_zip_from_opening_to_export(real_data: Path, tmp_path: Path, display: str) -> None:
    scan = real_data / "ct" / "ircad_17.zip"
    seen, target = drive(scan, tmp_path, display)
    check_thread(seen)
    assert main(["convert", str(scan), "-o", str(tmp_path / "scan.nii.gz")]) == 0
    mask, ours = nibabel.load(target), nibabel.load(tmp_path / "scan.nii.gz")
    assert mask.shape == ours.shape and np.allclose(
        mask.affine, ours.affine, atol=1e-4
    )  # equal to dcm2niix's: tests/io
