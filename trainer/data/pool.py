"""A folder of finished samples: written one by one, read while it still grows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.errors import BrokenFile, ReadError
from kidview.core.types import HUArray, LabelArray, Triple

_SUFFIX = ".npz"


@dataclass(frozen=True, eq=False)
class PoolItem:
    """One sample as training reads it.

    Parameters
    ----------
    hu : (Z, Y, X) int16
        House order, Hounsfield units.
    labels : (Z, Y, X) uint8
        0 background, 1 kidney, 2 tumour, 3 cyst.
    spacing_zyx : 3 floats, mm
    meta : dict
        Seed, cases and parameters it was drawn with.
    """

    hu: HUArray
    labels: LabelArray
    spacing_zyx: Triple
    meta: Mapping[str, Any]


class Pool:
    """The samples of one folder.

    Parameters
    ----------
    folder : Path
        Holds `sample_000000.npz` and so on; may still be empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def paths(self) -> list[Path]:
        """Finished samples, by number; unfinished ones have another suffix."""
        return sorted(self.folder.glob(f"sample_*{_SUFFIX}"))

    def path_of(self, number: int) -> Path:
        """Where the sample with a number lies or will lie."""
        return self.folder / f"sample_{number:06d}{_SUFFIX}"

    def load(self, path: Path) -> PoolItem:
        """Read one sample.

        Raises
        ------
        BrokenFile
            It cannot be read, or scan and labels differ in shape.
        """
        try:
            with np.load(path) as f:
                meta = json.loads(str(f["meta"]))
                hu, labels = f["hu"], f["labels"]
        except (OSError, KeyError, ValueError) as error:
            raise BrokenFile(f"{path.name} is no sample", "delete it, it is drawn again") from error
        if hu.shape != labels.shape:
            raise BrokenFile(f"{path.name} has two shapes", "delete it, it is drawn again")
        z, y, x = (float(s) for s in meta["spacing_zyx"])
        return PoolItem(hu, labels, (z, y, x), meta)

    def write(self, number: int, item: PoolItem) -> Path:
        """Add a sample; it appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.path_of(number)
        part = path.with_suffix(".part")
        meta = dict(item.meta) | {"spacing_zyx": list(item.spacing_zyx)}
        with part.open("wb") as f:
            np.savez_compressed(f, hu=item.hu, labels=item.labels, meta=json.dumps(meta))
        os.replace(part, path)
        return path

    def split(self) -> tuple[list[Path], list[Path]]:
        """Samples that train and samples drawn from held-back shapes.

        Raises
        ------
        ReadError
            A sample does not say which it is.
        """
        train: list[Path] = []
        held_back: list[Path] = []
        for path in self.paths():
            with np.load(path) as f:
                meta = json.loads(str(f["meta"]))
            if "held_back" not in meta:
                raise ReadError(f"{path.name} names no split", "draw it again")
            (held_back if meta["held_back"] else train).append(path)
        return train, held_back
