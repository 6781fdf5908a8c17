"""Numbers in a file -> HU (int16) or labels (uint8), a block at a time.

A converter is told once what the file holds (`start`), then gets every block, then says
in `finish` what it had to do, or refuses the file.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from kidview.core.errors import ReadError
from kidview.core.labels import LABEL_NAMES
from kidview.core.types import LabelArray
from kidview.core.volume import Level, Note

Block = np.ndarray[Any, Any]
_LOW, _HIGH = -32768, 32767


class Values(Protocol):
    """What a reader needs from a converter."""

    dtype: np.dtype[Any]

    def start(self, name: str, dtype: np.dtype[Any], slope: float, inter: float) -> None:
        """Told before the first block: file name, stored type and scaling."""

    def __call__(self, block: Block) -> Block:
        """A block of stored numbers as numbers that fit `dtype` without loss."""

    def finish(self) -> tuple[Note, ...]:
        """What was done; raises ReadError if the numbers cannot be used."""


class ToHU:
    """Stored numbers to int16 HU; scaled, rounded and clipped where needed, and told."""

    dtype: np.dtype[Any] = np.dtype(np.int16)

    def __init__(self) -> None:
        self._not_numbers = self._clipped = 0
        self._rounded = False
        self.is_integer = True

    def start(self, name: str, dtype: np.dtype[Any], slope: float, inter: float) -> None:
        """See `Values.start`."""
        self._name, self._slope, self._inter = name, slope, inter
        whole = float(slope).is_integer() and float(inter).is_integer()
        self.is_integer = dtype.kind in "iub" and whole and max(abs(slope), abs(inter)) < 2**20
        if self.is_integer:
            # 32-bit numbers times the slope need 64; uint64 beyond int63 is no CT.
            self._wide = np.dtype(np.int32 if dtype.itemsize <= 2 and slope == 1 else np.int64)
            limits = np.iinfo(dtype)
            ends = (limits.min * int(slope) + int(inter), limits.max * int(slope) + int(inter))
            self._fits = min(ends) >= _LOW and max(ends) <= _HIGH
        else:
            small = (dtype.itemsize <= 4 and dtype.kind == "f") or dtype.itemsize <= 2
            self._wide = np.dtype(np.float32 if small else np.float64)

    def __call__(self, block: Block) -> Block:
        """(k, j, i) stored numbers to (k, j, i) HU."""
        return self._integers(block) if self.is_integer else self._floats(block)

    def _integers(self, block: Block) -> Block:
        if self._slope == 1 and self._inter == 0 and self._fits:
            return block
        wide = block.astype(np.int16 if self._fits else self._wide)
        if self._slope != 1:
            wide *= int(self._slope)
        if self._inter != 0:
            wide += int(self._inter)
        return wide if self._fits else self._clip(wide)

    def _floats(self, block: Block) -> Block:
        values = block.astype(self._wide)
        if self._slope != 1:
            values *= self._slope
        if self._inter != 0:
            values += self._inter
        finite = np.isfinite(values)
        if not finite.all():
            self._not_numbers += int(values.size - np.count_nonzero(finite))
            values[~finite] = 0
        whole = np.rint(values)
        if not self._rounded:
            values -= whole
            self._rounded = bool(np.abs(values, out=values).max(initial=0) > 1e-3)
        return self._clip(whole)

    def _clip(self, values: Block) -> Block:
        low, high = values.min(initial=0), values.max(initial=0)
        if low < _LOW or high > _HIGH:
            outside = (values < _LOW) | (values > _HIGH)
            self._clipped += int(np.count_nonzero(outside))
            np.clip(values, _LOW, _HIGH, out=values)
        return values

    def finish(self) -> tuple[Note, ...]:
        """See `Values.finish`; voxels that are no numbers refuse the scan."""
        if self._not_numbers:
            raise ReadError(
                f"{self._name} holds {self._not_numbers} voxels that are no numbers (NaN or inf)",
                "replace them first, outside the body by -1024",
            )
        notes = []
        if self._rounded:
            notes.append(Note(Level.INFO, "Fractions of HU were rounded to whole HU"))
        if self._clipped:
            text = f"{self._clipped} voxels beyond {_LOW}..{_HIGH} HU were clipped"
            notes.append(Note(Level.WARNING, text))
        return tuple(notes)


class ToLabels:
    """Stored numbers to uint8 labels; anything but the known labels refuses the file.

    Parameters
    ----------
    highest : int
        Known are 0..`highest`: the labels of the table, unless told otherwise.
    """

    dtype: np.dtype[Any] = np.dtype(np.uint8)

    def __init__(self, highest: int = max(LABEL_NAMES)) -> None:
        self._highest = highest
        self._odd: set[float] = set()

    def start(self, name: str, dtype: np.dtype[Any], slope: float, inter: float) -> None:
        """See `Values.start`."""
        self._name, self._slope, self._inter = name, slope, inter

    def __call__(self, block: Block) -> Block:
        """(k, j, i) stored numbers to (k, j, i) labels."""
        if self._slope != 1 or self._inter != 0:
            block = block * self._slope + self._inter
        elif block.dtype == np.uint8 and block.max(initial=0) <= self._highest:
            return block
        known: npt.NDArray[np.bool_] = np.isin(block, range(self._highest + 1))
        if not known.all():
            self._odd.update(np.unique(block[~known])[:20].tolist())
            block = np.where(known, block, 0)
        labels: LabelArray = block.astype(np.uint8)
        return labels

    def finish(self) -> tuple[Note, ...]:
        """See `Values.finish`."""
        if self._odd:
            values = sorted(self._odd)
            shown = ", ".join(f"{v:g}" for v in values[:6]) + (", ..." if len(values) > 6 else "")
            known = ", ".join(f"{number} {name}" for number, name in LABEL_NAMES.items())
            if any(v != int(v) for v in values if np.isfinite(v)):
                raise ReadError(
                    f"{self._name} holds values such as {shown}: it is no label map",
                    "if it is a scan, open it by itself",
                )
            raise ReadError(
                f"{self._name} has labels that are not known here: {shown}",
                f"renumber them to {known}",
            )
        return ()
