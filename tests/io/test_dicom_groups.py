"""Which slices make one scan, and which do not belong together."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

from kidview.core.task import Task
from kidview.io import (
    SeveralScans,
    choose,
    find,
    read_scan,
)
from tests.io.dicom_slices import SHAPE, sentences, up


def test_a_slice_stored_twice_counts_once(write_series: Any, stored: Any) -> None:
    folder = write_series(up(8), stored)
    for name in sorted(folder.iterdir())[:2]:
        shutil.copy(name, folder / f"copy_of_{name.name}")
    volume = read_scan(folder, Task())
    assert volume.hu.shape == SHAPE
    assert "2 copies of slices were left out" in sentences(volume)


def test_phases_are_scans_of_their_own(write_series: Any, stored: Any) -> None:
    def phase(n: int, dataset: Any) -> None:
        dataset.AcquisitionNumber = 1 + n // 8
        dataset.ContentTime = f"1010{10 + n}"

    both = np.concatenate([stored, stored + 1000])
    folder = write_series(up(8) + up(8), both, change=phase)
    with pytest.raises(SeveralScans, match="holds 2 scans - choose one with --series") as caught:
        read_scan(folder, Task())
    first, second = caught.value.scans
    assert "2 phases" in first.notes[0].text
    assert np.array_equal(read_scan(first).hu + 1000, read_scan(second).hu)
    assert choose(caught.value.scans, second.key) == second
    assert choose(caught.value.scans, "2") == second


def test_blocks_that_overlap_unevenly_are_opened_apart(write_series: Any, stored: Any) -> None:
    positions = [(0, 0, 7.0 * n) for n in range(4)] + [(0, 0, 18.0 + 5 * n) for n in range(4)]

    def block(n: int, dataset: Any) -> None:
        dataset.AcquisitionNumber = 1 + n // 4

    found = find(write_series(positions, stored, change=block), Task())
    assert [one.detail for one in found] == [
        "4 slices, 12 x 10, 7 mm",
        "4 slices, 12 x 10, 5 mm",
    ]
    assert "overlap" in found[0].notes[0].text


def test_blocks_far_apart_are_opened_apart(write_series: Any, stored: Any) -> None:
    positions = up(5) + up(3, start=400)
    found = find(write_series(positions, stored), Task())
    assert [one.slices for one in found] == [5, 3]
    assert found[0].key != found[1].key


def test_two_series_in_a_folder_are_two_scans(write_series: Any, stored: Any) -> None:
    write_series(up(8), stored, uid="1.2.3", SeriesDescription="arterial")
    folder = write_series(up(8), stored, uid="1.2.4", SeriesDescription="venous")
    with pytest.raises(SeveralScans, match="choose one with --series: 1.2.3, 1.2.4"):
        read_scan(folder, Task())
    assert {one.title for one in find(folder)} == {"4 arterial", "4 venous"}


def test_slices_of_another_size_are_told_and_apart(write_series: Any, stored: Any) -> None:
    folder = write_series(up(8), stored)
    small = write_series(up(4, start=60), stored[:4, :5, :6].copy(), folder="small")
    for path in small.iterdir():
        shutil.move(path, folder / f"small_{path.name}")
    found = find(folder)
    assert [one.slices for one in found] == [8, 4]
    assert [one.key for one in found] == ["1.2.3", "1.2.3/2"]
    assert "mixes slices that do not fit each other (8 of 12 x 10; 4 of 6 x 5)" in (
        found[0].notes[0].text
    )


def test_a_localizer_in_the_series_is_left_out(write_series: Any, stored: Any) -> None:
    def scout(n: int, dataset: Any) -> None:
        dataset.SOPInstanceUID = f"1.2.3.55.{n}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID

    folder = write_series(up(8), stored)
    extra = write_series([(0, 0, 0)], stored[:1], (1, 0, 0, 0, 0, -1), folder="scout", change=scout)
    for path in extra.iterdir():
        shutil.move(path, folder / f"scout_{path.name}")
    volume = read_scan(folder, Task())
    assert volume.hu.shape == SHAPE
    assert "A localizer was left out" in sentences(volume)


def test_one_file_opens_its_whole_series_and_no_other(write_series: Any, stored: Any) -> None:
    write_series(up(8), stored, uid="1.2.4")
    folder = write_series(up(8), stored + 100, uid="1.2.3")
    file = next(path for path in folder.iterdir() if "_1.2.3_5" in path.name)
    volume = read_scan(file, Task())
    assert np.array_equal(volume.hu[:, ::-1, ::-1], stored + 100 - 1024)
