"""Sets and scans for the tests of sets, made by code; files read without any code of ours."""

from __future__ import annotations

import json
from itertools import permutations, product
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import SimpleITK as sitk

from kidview.cases import Case, CaseStore, Status
from kidview.io import read_labels, read_scan

SHAPE_IJK = (7, 6, 5)


def orientations() -> list[np.ndarray[Any, Any]]:
    """The 48 ways in which axes can lie, and a tilted one."""
    found = []
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        affine = np.eye(4)
        affine[:3, :3] = np.diag([0.7, 0.8, 2.5])[:, list(order)] * signs
        affine[:3, 3] = (-11.0, 23.0, 150.0)
        found.append(affine)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    return [*found, turn @ found[0]]


def save(path: Path, voxels: np.ndarray[Any, Any], affine: np.ndarray[Any, Any]) -> Path:
    """A NIfTI file as another program writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)
    return path


def voxels(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Random HU and labels."""
    draw = np.random.default_rng(seed)
    hu = draw.integers(-1000, 1000, SHAPE_IJK).astype(np.int16)
    return hu, draw.choice([0, 0, 0, 1, 2, 3], SHAPE_IJK).astype(np.uint8)


def write_pair(
    image: Path, labels: Path, seed: int, affine: np.ndarray[Any, Any] | None = None
) -> None:
    """A scan and its mask."""
    hu, mask = voxels(seed)
    affine = orientations()[0] if affine is None else affine
    save(image, hu, affine)
    save(labels, mask, affine)


def add_file(store: CaseStore, image: Path, labels: Path, **given: Any) -> Case:
    """An approved case of two files: corrected by Ann, approved by Bob."""
    volume = read_scan(image)
    mask = read_labels(labels, volume.geometry, volume.source)
    case = store.add(volume, labels=mask, by="Ann", **given)
    return store.set_status(case, Status.APPROVED, "Bob")


def write_nnunet(folder: Path, names: list[str], **changed: Any) -> Path:
    """A set of another program in nnU-Net's layout; `changed` goes into its dataset.json."""
    for n, name in enumerate(names):
        write_pair(
            folder / "imagesTr" / f"{name}_0000.nii.gz", folder / "labelsTr" / f"{name}.nii.gz", n
        )
    table = {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "kidney": 1, "tumor": 2, "cyst": 3},
        "numTraining": len(names),
        "file_ending": ".nii.gz",
    }
    (folder / "dataset.json").write_text(json.dumps(table | changed))
    return folder


def write_kits(folder: Path, names: list[str]) -> Path:
    """A set of another program in KiTS23's layout, one case in each orientation in turn."""
    for n, name in enumerate(names):
        affine = orientations()[7 * n % 48]
        at = folder / name
        write_pair(at / "imaging.nii.gz", at / "segmentation.nii.gz", n, affine)
    return folder


def same_place(one: Path, other: Path) -> bool:
    """Whether two files hold the same voxels at the same places, asked of two libraries."""
    return _same_for_nibabel(one, other) and _same_for_itk(one, other)


def _same_for_nibabel(one: Path, other: Path) -> bool:
    a, b = (nibabel.as_closest_canonical(nibabel.load(path)) for path in (one, other))
    is_grid = a.shape == b.shape and np.allclose(a.affine, b.affine, atol=1e-4)
    return is_grid and np.array_equal(np.asarray(a.dataobj), np.asarray(b.dataobj))


def _same_for_itk(one: Path, other: Path) -> bool:
    a, b = (sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS") for path in (one, other))
    is_grid = a.GetSize() == b.GetSize() and all(
        np.allclose(getattr(a, f"Get{what}")(), getattr(b, f"Get{what}")(), atol=1e-4)
        for what in ("Origin", "Spacing", "Direction")
    )
    return is_grid and np.array_equal(sitk.GetArrayFromImage(a), sitk.GetArrayFromImage(b))


def below(folder: Path) -> set[str]:
    """Everything in a folder, hidden files included."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
