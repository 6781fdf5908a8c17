"""What was written: the proof handed to the user after every export."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.labels import LABEL_NAMES
from kidview.core.types import FloatArray, Index, LabelArray, Triple
from kidview.io.orientation import axis_codes, spacing_of


@dataclass(frozen=True)
class Receipt:
    """A written file, as read back.

    Parameters
    ----------
    path : Path
    kind : str
        "labels", "scan", "surface", "segments", "contours" or "report".
    shape : 3 ints
        In file order i, j, k.
    spacing : 3 floats
        mm, in file order.
    axis_codes : str
        Such as "IPL".
    voxels : dict
        Voxels per label name; empty for a scan.
    ml : dict
        mL per label name.
    sha256 : str
        Of the file.
    checked_with : str
        The program that read it back.
    notes : tuple of str
        What differs from the grid that was opened.
    proof : str
        How it was checked, where that is something else than equal voxels.
    """

    path: Path
    kind: str
    shape: Index
    spacing: Triple
    axis_codes: str
    voxels: dict[str, int]
    ml: dict[str, float]
    sha256: str
    checked_with: str
    notes: tuple[str, ...] = ()
    proof: str = ""

    def to_json(self) -> dict[str, Any]:
        """The receipt as values JSON knows."""
        return {
            "path": str(self.path),
            "kind": self.kind,
            "shape": list(self.shape),
            "spacing_mm": [round(mm, 6) for mm in self.spacing],
            "axis_codes": self.axis_codes,
            "voxels": self.voxels,
            "ml": {name: round(ml, 3) for name, ml in self.ml.items()},
            "sha256": self.sha256,
            "checked_with": self.checked_with,
            "notes": list(self.notes),
        } | ({"proof": self.proof} if self.proof else {})

    def summary(self) -> str:
        """One line for the window: name, contents, and that it was read back."""
        parts = [f"{name} {ml:.1f} mL" for name, ml in self.ml.items()]
        empty = "no label in it" if self.kind == "labels" else " x ".join(map(str, self.shape))
        what = ", ".join(parts) or empty
        proof = self.proof or f"read back equal with {self.checked_with}"
        return f"Saved {self.path.name}: {what}; {proof}"

    def __str__(self) -> str:
        return json.dumps(self.to_json(), indent=2)


def make_receipt(
    path: Path,
    shape: Index,
    affine: FloatArray,
    labels: LabelArray | None,
    sha256: str,
    checked_with: str,
    notes: tuple[str, ...] = (),
) -> Receipt:
    """A receipt of a file of that shape and affine; labels are counted where there are any."""
    voxel_ml = float(abs(np.linalg.det(affine[:3, :3]))) / 1000
    counts = {} if labels is None else count_labels(labels)
    voxels = {LABEL_NAMES.get(n, f"label {n}"): count for n, count in counts.items() if n}
    return Receipt(
        path,
        "scan" if labels is None else "labels",
        shape,
        spacing_of(affine),
        axis_codes(affine),
        voxels,
        {name: count * voxel_ml for name, count in voxels.items()},
        sha256,
        checked_with,
        notes,
    )


def count_labels(array: np.ndarray[Any, Any]) -> dict[int, int]:
    """Voxels per value of a (Z, Y, X) array of integers >= 0, ascending, none without voxels.

    Slice by slice: `numpy.bincount` turns its input into 8 bytes a voxel.
    """
    total = np.zeros(256, np.int64)
    for plane in array:
        counts = np.bincount(plane.reshape(-1), minlength=256)
        if len(counts) > len(total):
            total = np.pad(total, (0, len(counts) - len(total)))
        total[: len(counts)] += counts
    return {int(n): int(total[n]) for n in np.flatnonzero(total)}
