"""Labels and a copy of their series leave together, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from kidview.core.errors import TargetExists, WriteError
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Volume
from kidview.io import Disguise, Reported, export_of, export_with_series, read_labels, read_scan
from kidview.io.exports import Choices
from tests.io.labelled_series import GRIDS, made_up, open_grid

Writer = Callable[..., Path]
CHOICES = Choices(disguise=Disguise(), measure=lambda *_given: (Reported(2, 24.7),))


@pytest.fixture
def volume(write_series: Writer) -> Volume:
    return open_grid(GRIDS[0], write_series)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def leave(volume: Volume, place: Path, form: str = "seg", **options: Any) -> int:
    path = place / "labels.dcm"
    _, count = export_with_series(
        made_up(volume), volume.source, path, export_of(path, form), CHOICES, place / "series",
        **options,
    )  # fmt: skip
    return count


def lying_in(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.mark.parametrize("form", ["seg", "rtstruct", "report"])
@pytest.mark.parametrize("is_there", [False, True])
def test_both_are_in_place_and_fit_each_other(
    form: str, is_there: bool, volume: Volume, place: Path
) -> None:
    if is_there:
        (place / "series").mkdir()
    assert leave(volume, place, form) == 9
    series = [f"series/{n:04d}.dcm" for n in range(1, 10)]
    labels = ["labels.dcm", *(["labels_seg.dcm"] if form == "report" else [])]
    assert lying_in(place) == sorted(["series", *series, *labels])
    copy = read_scan(place / "series")
    again = read_labels(place / labels[-1], copy.geometry, copy.source)
    assert np.array_equal(again.array, made_up(volume).array)


def test_receipts_name_the_files_where_they_lie(volume: Volume, place: Path) -> None:
    path = place / "labels.dcm"
    (receipt,), _ = export_with_series(
        made_up(volume), volume.source, path, export_of(path), CHOICES, place / "series"
    )
    assert receipt.path == path and receipt.summary().startswith("Saved labels.dcm")


def test_a_folder_that_holds_something_is_found_before_anything_is_written(
    volume: Volume, place: Path
) -> None:
    (place / "series").mkdir()
    (place / "series" / "mine.txt").write_text("mine")
    with pytest.raises(WriteError, match="the folder series is not empty"):
        leave(volume, place)
    assert lying_in(place) == ["series", "series/mine.txt"]


def test_a_file_that_is_there_keeps_the_series_from_being_copied(
    volume: Volume, place: Path
) -> None:
    (place / "labels_seg.dcm").write_bytes(b"old")
    with pytest.raises(TargetExists, match=r"labels_seg.dcm exists"):
        leave(volume, place, "report")
    assert lying_in(place) == ["labels_seg.dcm"]
    leave(volume, place, "report", overwrite=True)
    assert pydicom.dcmread(place / "labels_seg.dcm").Modality == "SEG"
    assert not [name for name in lying_in(place) if "old" in name or ".kidview" in name]


@pytest.mark.parametrize("after", ["series", "labels"])
def test_whatever_stops_it_nothing_is_left(
    after: str, volume: Volume, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "labels.dcm").write_bytes(b"old")
    from kidview.io import together

    def stop(*_given: object, **_options: object) -> None:
        raise KeyboardInterrupt

    if after == "series":
        monkeypatch.setattr(together, "export_labels", stop)
    else:  # Ctrl+C right behind the last move
        move = os.replace

        def replace_and_stop(was: Path, now: Path) -> None:
            move(was, now)
            if Path(now) == place / "labels.dcm" and Path(was).parent.parent == place:
                monkeypatch.setattr(os, "replace", move)
                raise KeyboardInterrupt

        monkeypatch.setattr(os, "replace", replace_and_stop)
    with pytest.raises(KeyboardInterrupt):
        leave(volume, place, overwrite=True)
    assert lying_in(place) == ["labels.dcm"]
    assert (place / "labels.dcm").read_bytes() == b"old"


def test_a_cancel_between_two_slices_leaves_nothing(volume: Volume, place: Path) -> None:
    class Stopped(Task):
        def report(self, fraction: float, note: str = "") -> None:
            if fraction > 0.2:
                raise Cancelled
            super().report(fraction, note)

    with pytest.raises(Cancelled):
        leave(volume, place, task=Stopped())
    assert lying_in(place) == []


def test_a_disk_without_room_is_one_sentence_and_leaves_nothing(
    volume: Volume, place: Path
) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))  # a slice has 2 kB
    try:
        with pytest.raises(WriteError, match=r"0001.dcm could not be written") as told:
            leave(volume, place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in told.value.what and "Traceback" not in told.value.what
    assert lying_in(place) == []


def test_labels_named_as_a_slice_are_refused(volume: Volume, place: Path) -> None:
    path = place / "0001.dcm"
    with pytest.raises(WriteError, match="name of a slice"):
        export_with_series(made_up(volume), volume.source, path, export_of(path), CHOICES, place)
    assert lying_in(place) == []


def test_burned_in_text_leaves_no_half_a_series(write_series: Writer, place: Path) -> None:
    volume = open_grid(GRIDS[0], write_series, BurnedInAnnotation="YES")
    with pytest.raises(WriteError, match="burned into"):
        leave(volume, place)
    assert lying_in(place) == []


def test_without_a_disguise_no_series_is_copied(volume: Volume, place: Path) -> None:
    path = place / "labels.dcm"
    with pytest.raises(WriteError, match="needs names taken out"):
        export_with_series(
            made_up(volume), volume.source, path, export_of(path),
            replace(CHOICES, disguise=None), place / "series",
        )  # fmt: skip
    assert lying_in(place) == []
