"""A folder of finished samples: written one by one, read while it still grows."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from kidview.core.errors import BrokenFile, ReadError, WriteError
from kidview.core.types import HUArray, LabelArray, Triple
from trainer.data.places import make_folder

_SUFFIX = ".npz"
# What NumPy raises on files that are empty, cut short, or something else.
_DAMAGE = (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, zlib.error)


def part_suffix(pid: int) -> str:
    """Ending of what a process is writing: two may draw the same number at once."""
    return f".{pid}.part"


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
            with path.open("rb") as file, np.load(file) as f:
                meta = _meta(f)
                hu, labels = f["hu"], f["labels"]
            z, y, x = (float(s) for s in meta["spacing_zyx"])
        except _DAMAGE as error:
            raise _broken(path) from error
        if hu.shape != labels.shape:
            raise BrokenFile(f"{path.name} has two shapes", "delete it, it is drawn again")
        return PoolItem(hu, labels, (z, y, x), meta)

    def meta(self, path: Path) -> dict[str, Any]:
        """What a sample says of itself, without its voxels.

        Raises
        ------
        BrokenFile
        """
        try:
            with path.open("rb") as file, np.load(file) as f:
                return _meta(f)
        except _DAMAGE as error:
            raise _broken(path) from error

    def write(self, number: int, item: PoolItem) -> Path:
        """Add a sample; it appears whole or not at all.

        Raises
        ------
        WriteError
        """
        make_folder(self.folder)
        path = self.path_of(number)
        part = path.with_suffix(part_suffix(os.getpid()))
        meta = dict(item.meta) | {"spacing_zyx": list(item.spacing_zyx)}
        try:
            with part.open("wb") as f:
                np.savez_compressed(f, hu=item.hu, labels=item.labels, meta=json.dumps(meta))
            os.replace(part, path)
        except OSError as error:
            raise WriteError(f"cannot write {path}", "check the folder and disk space") from error
        finally:
            part.unlink(missing_ok=True)  # Ctrl+C may come in the middle, too
        return path

    def sweep(self, pid: int) -> None:
        """Remove what a process that was ended left half written."""
        for part in self.folder.glob(f"sample_*{part_suffix(pid)}"):
            part.unlink(missing_ok=True)

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
            meta = self.meta(path)
            if "held_back" not in meta:
                raise ReadError(f"{path.name} names no split", "draw it again")
            (held_back if meta["held_back"] else train).append(path)
        return train, held_back


def _meta(opened: Mapping[str, Any]) -> dict[str, Any]:
    """The meta of an opened sample; a KeyError or ValueError where there is none."""
    meta = json.loads(str(opened["meta"]))
    if not isinstance(meta, dict):
        raise ValueError("no table")
    return meta


def _broken(path: Path) -> BrokenFile:
    return BrokenFile(f"{path.name} is no sample", "delete it, it is drawn again")
