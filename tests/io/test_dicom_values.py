"""From stored bits to HU: rescaling, unused bits, padding, and values that may be no HU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kidview.core.task import Task
from kidview.io import (
    read_scan,
)
from tests.io.dicom_slices import sentences, up


def test_rescale_may_differ_from_slice_to_slice(write_series: Any, stored: Any) -> None:
    def rescale(n: int, dataset: Any) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = 0.5 + n / 10, -1000 - n

    volume = read_scan(write_series(up(8), stored, change=rescale), Task())
    for n in range(8):
        expected = np.rint(stored[n] * (0.5 + n / 10) - 1000 - n)
        assert np.array_equal(volume.hu[n, ::-1, ::-1], expected)
    assert "differs from slice to slice" in sentences(volume)


@pytest.mark.parametrize("signed", [True, False])
def test_garbage_in_unused_bits_is_masked(signed: bool, write_series: Any) -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(-2048 if signed else 0, 2048 if signed else 4096, (4, 6, 5))
    stored = (true & 0x0FFF) | (rng.integers(0, 16, true.shape) << 12)
    folder = write_series(
        up(4),
        stored.astype(np.uint16),
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=int(signed),
    )
    volume = read_scan(folder, Task())
    assert np.array_equal(volume.hu[:, ::-1, ::-1], true - 1024)


def test_values_in_the_upper_bits_are_shifted_down(write_series: Any) -> None:
    true = np.random.default_rng(3).integers(0, 4096, (4, 6, 5))
    stored = ((true << 4) | 9).astype(np.uint16)
    folder = write_series(up(4), stored, BitsStored=12, HighBit=15)
    volume = read_scan(folder, Task())
    assert np.array_equal(volume.hu[:, ::-1, ::-1], true - 1024)


def test_padding_becomes_air_also_when_told_as_signed(write_series: Any) -> None:
    stored = np.full((3, 4, 5), 1100, np.uint16)
    stored[:, 0, 0] = 63536  # -2000 as signed
    volume = read_scan(write_series(up(3), stored, PixelPaddingValue=63536), Task())
    assert set(np.unique(volume.hu)) == {-1024, 76}


def test_values_that_may_be_no_hu_are_told(write_series: Any, stored: Any) -> None:
    volume = read_scan(write_series(up(8), stored, RescaleIntercept=0), Task())
    assert "perhaps these are no HU" in sentences(volume)


def test_another_modality_is_told(write_series: Any, stored: Any) -> None:
    volume = read_scan(write_series(up(8), stored, Modality="MR"), Task())
    assert "This is MR, not CT" in sentences(volume)


def test_a_single_slice_is_a_volume_of_one(write_series: Any, stored: Any) -> None:
    volume = read_scan(write_series(up(1), stored[:1]), Task())
    assert volume.hu.shape == (1, 10, 12)
    assert "One slice only: its depth was taken as 2 mm" in sentences(volume)
