"""The bank: backgrounds, organ maps and kidney shapes at 1.5 mm, loaded for drawing.

Everything is in house order. `trainer.synthesis.prepare_bank` fills the bank's folder from the
original files once; this module only reads it.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kidview.core.errors import ReadError
from kidview.core.types import HUArray, Index, LabelArray, MaskArray, Triple
from trainer.data.split import is_held_back
from trainer.synthesis.tissue import Tissue

SPACING_MM = 1.5
"""Voxel size of everything in the bank and of every sample."""


@dataclass(frozen=True, eq=False)
class Background:
    """A real scan that may train.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    kidneys : (Z, Y, X) uint8
        Its own kidneys: 1 right, 2 left.
    tissue : (Z, Y, X) uint8
        `Tissue` codes where organs are known, else UNKNOWN.
    name : str
    slice_mm : float
        Slice thickness of the original.
    noise_hu : float
        Its own noise at 1.5 mm.
    phase : float
        Its contrast phase, 0 to 3.
    """

    hu: HUArray
    kidneys: LabelArray
    tissue: LabelArray
    name: str
    slice_mm: float
    noise_hu: float
    phase: float

    @cached_property
    def middle_zyx(self) -> Triple:
        """Voxel in the middle of the box around both kidneys."""
        return _middle(self.kidneys)

    @cached_property
    def width_mm(self) -> float:
        """Body from side to side at the kidneys."""
        return _width(self.hu[int(self.middle_zyx[0])] > -300)


@dataclass(frozen=True, eq=False)
class Abdomen:
    """A tissue map without a scan.

    Parameters
    ----------
    tissue : (Z, Y, X) uint8
        `Tissue` codes.
    kidneys : (Z, Y, X) uint8
        1 right, 2 left.
    name : str
    """

    tissue: LabelArray
    kidneys: LabelArray
    name: str

    @cached_property
    def middle_zyx(self) -> Triple:
        """Voxel in the middle of the box around both kidneys."""
        return _middle(self.kidneys)

    @cached_property
    def width_mm(self) -> float:
        """Body from side to side at the kidneys."""
        return _width(self.tissue[int(self.middle_zyx[0])] != Tissue.AIR)


def _width(inside: MaskArray) -> float:
    # A table or a tube is a few voxels in a column, the body many.
    return float((inside.sum(axis=0) > 8).sum() * SPACING_MM)


def _middle(kidneys: LabelArray) -> Triple:
    where = np.argwhere(kidneys[::2, ::2, ::2] > 0) * 2
    z, y, x = ((where.min(axis=0) + where.max(axis=0)) / 2).tolist()
    return (z, y, x)


@dataclass(frozen=True)
class Side:
    """One kidney with its lesions, turned so that it is a right one; kept packed.

    Parameters
    ----------
    case : str
        KiTS23 case.
    was_left : bool
    has_kidney, has_tumour, has_cyst : bool
    shape : 3 ints
    packed : bytes
        The labels, compressed: a thousand sides fit in a few MB.
    """

    case: str
    was_left: bool
    has_kidney: bool
    has_tumour: bool
    has_cyst: bool
    shape: Index
    packed: bytes

    @classmethod
    def pack(cls, case: str, was_left: bool, labels: LabelArray) -> Side:
        """Keep a (Z, Y, X) uint8 map of 1 kidney, 2 tumour, 3 cyst at 1.5 mm."""
        z, y, x = labels.shape
        has = [bool((labels == label).any()) for label in (1, 2, 3)]
        packed = zlib.compress(np.ascontiguousarray(labels).tobytes(), 6)
        return cls(case, was_left, has[0], has[1], has[2], (z, y, x), packed)

    @property
    def labels(self) -> LabelArray:
        """(Z, Y, X) uint8, 1 kidney, 2 tumour, 3 cyst; 1.5 mm."""
        return np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class Bank:
    """All that samples are drawn from.

    Parameters
    ----------
    backgrounds : tuple of Background
    abdomens : tuple of Abdomen
    sides : tuple of Side
        Kidney shapes of one part of the split.

    Raises
    ------
    ReadError
        There is nothing to draw from.
    """

    backgrounds: tuple[Background, ...]
    abdomens: tuple[Abdomen, ...]
    sides: tuple[Side, ...]

    def __post_init__(self) -> None:
        if not self.sides or not (self.backgrounds or self.abdomens):
            raise ReadError("the bank is empty", "prepare it first: trainer.synthesis.prepare_bank")

    @cached_property
    def with_tumour(self) -> tuple[Side, ...]:
        """Kidneys with a tumour."""
        return tuple(side for side in self.sides if side.has_tumour)

    @cached_property
    def without_tumour(self) -> tuple[Side, ...]:
        """Kidneys without a tumour, perhaps with cysts."""
        return tuple(side for side in self.sides if side.has_kidney and not side.has_tumour)


def load_bank(folder: Path, held_back: bool) -> Bank:
    """Read a prepared bank, with the shapes of one part of the split.

    Parameters
    ----------
    folder : Path
        As `prepare_bank` wrote it.
    held_back : bool
        The shapes kept out of training instead of those that train.
    """
    backgrounds = []
    for path in sorted(folder.glob("background_*.npz")):
        with np.load(path) as f:
            facts = json.loads(str(f["facts"]))
            backgrounds.append(Background(f["hu"], f["kidneys"], f["tissue"], **facts))
    abdomens = []
    for path in sorted(folder.glob("abdomen_*.npz")):
        with np.load(path) as f:
            abdomens.append(Abdomen(f["tissue"], f["kidneys"], path.stem.removeprefix("abdomen_")))
    sides = []
    for path in sorted(folder.glob("sides/case_*.npz")):
        if is_held_back(path.stem) == held_back:
            with np.load(path) as f:
                sides += [Side.pack(path.stem, key == "left", f[key]) for key in f.files]
    return Bank(tuple(backgrounds), tuple(abdomens), tuple(sides))
