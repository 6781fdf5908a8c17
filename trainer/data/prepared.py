"""Cases resampled to a network's grid, and kept on disk."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from kidview.core.types import HUArray, LabelArray, MaskArray, Triple


class OnGrid(NamedTuple):
    """A case on the grid of a network.

    Parameters
    ----------
    hu : (Z, Y, X) int16, HU
    labels : (Z, Y, X) uint8
    changed : (Z, Y, X) bool, optional
        Where people made something else of it than a network; None where nobody knows.
    """

    hu: HUArray
    labels: LabelArray
    changed: MaskArray | None = None


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
    ) -> OnGrid | None:
        """A case as it was kept; None unless for this side and after its sources changed.

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
        try:
            if path.stat().st_mtime_ns < max(source.stat().st_mtime_ns for source in sources):
                return None
            with path.open("rb") as opened, np.load(opened) as file:
                if str(file["side"]) != side:
                    return None
                return OnGrid(file["hu"], file["labels"], file.get("changed"))
        except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, zlib.error):
            return None  # not there, damaged, or kept by another version: made again

    def save(self, name: str, spacing_zyx: Triple, side: str, case: OnGrid) -> None:
        """Keep a case: written beside and moved into place, for two runs may do it at once."""
        path = self._path(name, spacing_zyx)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.part")
        known: dict[str, Any] = {} if case.changed is None else {"changed": case.changed}
        try:
            with beside.open("wb") as file:
                np.savez(file, hu=case.hu, labels=case.labels, side=side, **known)
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    def _path(self, name: str, spacing_zyx: Triple) -> Path:
        return self._folder / "x".join(f"{mm:g}" for mm in spacing_zyx) / f"{name}.npz"
