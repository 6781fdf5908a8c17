"""Stored pixels of one slice -> HU, with the places that hold no data."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.pixels.utils import pixel_array

from kidview.core.errors import BrokenFile
from kidview.core.types import HUArray, MaskArray
from kidview.io.dicom_header import Slice, name_of, read_dataset
from kidview.io.parts import Files, Part

OUTSIDE_HU = -1024
_LOW, _HIGH = -32768, 32767


class Decoder:
    """Decodes slices one after the other; holds the file of the last one only."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._part: Part | None = None
        self._dataset: Any = None
        self.lowest_stored = _HIGH
        self.clipped = 0

    def stored(self, one: Slice) -> np.ndarray[Any, Any]:
        """(rows, columns) integers as stored.

        Raises
        ------
        BrokenFile
            Cut short, or compressed in a way no decoder here knows.
        """
        if self._part != one.part:
            self._dataset = read_dataset(self._files.read(one.part))
            self._part = one.part
        try:
            index = one.frame if one.frames > 1 else None
            # Unused bits stay: padding may lie in them, and HighBit counts (`_masked_bits`).
            pixels = pixel_array(self._dataset, index=index, correct_unused_bits=False)
        except NotImplementedError as error:
            raise _undecodable(one) from error
        except Exception as error:  # decoders raise whatever they like
            raise _damaged(one, error) from error
        if pixels.shape != one.shape:
            raise _damaged(one, ValueError("another shape than its header says"))
        return pixels

    def hu(self, one: Slice) -> tuple[HUArray, MaskArray | None]:
        """(rows, columns) int16 HU, and where the file says there is no data (None: nowhere)."""
        stored = self.stored(one)
        empty = _empty(one, stored)
        values = _masked_bits(one, stored)
        low = int(values.min() if empty is None else values.min(initial=_HIGH, where=~empty))
        self.lowest_stored = min(self.lowest_stored, low)
        return self._rescaled(one, values, empty), empty

    def _rescaled(
        self, one: Slice, values: np.ndarray[Any, Any], empty: MaskArray | None
    ) -> HUArray:
        if one.slope == 1 and float(one.intercept).is_integer():
            wide = values.astype(np.int32)
            wide += int(one.intercept)
        else:
            wide = np.rint(values * one.slope + one.intercept)
        if empty is not None:
            wide[empty] = OUTSIDE_HU
        if wide.min() < _LOW or wide.max() > _HIGH:
            self.clipped += int(np.count_nonzero((wide < _LOW) | (wide > _HIGH)))
            np.clip(wide, _LOW, _HIGH, out=wide)
        return wide.astype(np.int16)


def _empty(one: Slice, stored: np.ndarray[Any, Any]) -> MaskArray | None:
    """Where the stored value means "no data" (PS3.3 C.7.5.1.1.2)."""
    if one.padding is None:
        return None
    low, high = one.padding
    if stored.dtype.kind == "u" and high < 0:  # told as signed, stored as unsigned
        low, high = low % 65536, high % 65536
    elif stored.dtype.kind == "i" and low > _HIGH:
        low, high = low - 65536, high - 65536
    if one.lossy and high * one.slope + one.intercept < 2 * OUTSIDE_HU:
        # Compression blurs the padding: whatever is nearer to it than to air is padding.
        high = max(high, int((1.5 * OUTSIDE_HU - one.intercept) / one.slope))
        low = _LOW
    empty: MaskArray = (stored >= low) & (stored <= high)
    return empty if empty.any() else None


def _masked_bits(one: Slice, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The stored value without what else lies in unused bits, sign extended."""
    size = stored.dtype.itemsize * 8
    bits = one.bits_stored
    if bits >= size or stored.dtype.kind not in "iu":
        return stored
    shift = max(one.high_bit + 1 - bits, 0)
    raw = stored.astype(stored.dtype.newbyteorder("="), copy=False) >> shift
    if not one.signed:
        return raw & np.array((1 << bits) - 1, raw.dtype)
    signed = raw.astype(np.dtype(f"i{size // 8}"), copy=False)
    extended: np.ndarray[Any, Any] = (signed << (size - bits)) >> (size - bits)
    return extended


def _undecodable(one: Slice) -> BrokenFile:
    name = name_of(one.syntax)
    return BrokenFile(
        f"{one.part.name} is compressed as {name}, which cannot be decoded here",
        "export the series uncompressed or as JPEG lossless",
    )


def _damaged(one: Slice, error: Exception) -> BrokenFile:
    if not one.syntax or "less than expected" in str(error):
        what = f"{one.part.name} is cut short: pixels are missing"
    else:
        what = f"{one.part.name} has pixels that cannot be decoded"
    return BrokenFile(what, "copy or export the series again")
