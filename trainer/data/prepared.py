"""Cases resampled to a network's grid, kept on disk."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from kidview.core.types import HUArray, LabelArray, Triple


class Prepared:
    """A folder of resampled cases, one subfolder a grid.

    Parameters
    ----------
    folder : Path
        Made when the first case is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(
        self, name: str, spacing_zyx: Triple, sources: Sequence[Path], side: str
    ) -> tuple[HUArray, LabelArray] | None:
        """Scan and labels of a case; None unless kept for this side after its sources changed.

        Parameters
        ----------
        name : str
        spacing_zyx : 3 floats, mm
        sources : paths
            Files it was made of.
        side : str
            Of the split it was kept for.
        """
        path = self._path(name, spacing_zyx)
        if not path.exists():
            return None
        if path.stat().st_mtime_ns < max(source.stat().st_mtime_ns for source in sources):
            return None
        try:
            with path.open("rb") as opened, np.load(opened) as file:
                return (file["hu"], file["labels"]) if str(file["side"]) == side else None
        except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, zlib.error):
            return None  # damaged, or kept by another version: made again

    def save(
        self, name: str, spacing_zyx: Triple, side: str, hu: HUArray, labels: LabelArray
    ) -> None:
        """Keep a case: written beside and moved into place, for two runs may do it at once."""
        path = self._path(name, spacing_zyx)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        with beside.open("wb") as file:
            np.savez(file, hu=hu, labels=labels, side=side)
        os.replace(beside, path)

    def _path(self, name: str, spacing_zyx: Triple) -> Path:
        return self._folder / "x".join(f"{mm:g}" for mm in spacing_zyx) / f"{name}.npz"
