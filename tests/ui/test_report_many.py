"""Many lesions: names that can be read, pictures of the larger ones, a line for each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.measure import CaseMeasures, measure_case
from kidview.ui.opengl import SWITCH
from kidview.ui.report import names
from kidview.ui.report.authorship import by_file
from kidview.ui.report.names import placed
from kidview.ui.report.pictures import evidence_of, overview_picture
from kidview.ui.report.smaller import A_PAGE, MOST_PICTURED, smaller_of, split
from kidview.ui.report.writing import Wanted, make_report
from tests.ui.report_stage import Told, scan_of, text_of

SPECKS = [(12 + n // 8 * 8, 14 + n % 8 * 4, 70) for n in range(24)]
"""Corners of cysts of 2 × 2 × 2 voxels, 0.096 mL each."""


@pytest.fixture(autouse=True, scope="module")
def flat() -> Iterator[None]:
    """No process that draws in 3D; `test_report_solid` has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "off")
        yield


@pytest.fixture(scope="module")
def made() -> tuple[Volume, LabelMap]:
    """A tumour, and 24 specks in the right kidney."""
    volume, labels = scan_of()
    array = labels.array.copy()
    for z, y, x in SPECKS:
        array[z : z + 2, y : y + 2, x : x + 2] = 3
    return volume, LabelMap(array, labels.geometry)


@pytest.fixture(scope="module")
def measured(made: tuple[Volume, LabelMap]) -> CaseMeasures:
    volume, labels = made
    return measure_case(volume.hu, labels.array, volume.geometry)


def test_the_largest_and_all_of_a_size_have_pictures(
    qapp: object, made: tuple[Volume, LabelMap], measured: CaseMeasures
) -> None:
    volume, labels = made
    pictured, others = split(measured.lesions)
    assert len(measured.lesions) == 25 and len(pictured) == MOST_PICTURED
    volumes = [[one.values["volume_ml"].number or 0 for one in some] for some in (pictured, others)]
    assert min(volumes[0]) >= max(volumes[1]) and max(volumes[1]) < 0.5
    drawn = evidence_of(volume, labels.array, measured).lesions
    assert set(drawn) == {one.name for one in pictured}
    (part,) = smaller_of(others)
    assert part.words == f"And 16 smaller ones, {sum(volumes[1]):.2f} mL together"
    assert [row[0] for row in part.rows] == [one.name for one in others]
    place = f"right kidney, {others[0].facts['pole']} third"
    assert part.rows[0][1:] == ("cyst", place, "0.10", "2.8 × 2.8")


def test_large_ones_all_have_a_picture(measured: CaseMeasures) -> None:
    tumour = measured.lesions[0]
    assert tumour.name == "T1"
    assert split([tumour] * 12) == ((tumour,) * 12, ())
    assert split(measured.lesions[:9])[1] == () == smaller_of(())
    assert smaller_of(measured.lesions[1:2])[0].words == "And 1 smaller one, 0.10 mL"
    parts = smaller_of(list(measured.lesions[1:2]) * (A_PAGE + 1))
    assert [len(part.rows) for part in parts] == [A_PAGE, 1]
    assert parts[1].words == "Smaller ones, continued"


@pytest.mark.parametrize("suffix", ["pdf", "html"])
def test_every_lesion_is_told(
    suffix: str,
    qapp: object,
    made: tuple[Volume, LabelMap],
    measured: CaseMeasures,
    tmp_path: Path,
) -> None:
    volume, labels = made
    path = tmp_path / f"a.{suffix}"
    wanted = Wanted(volume, "a", lambda _labels: by_file("labels.nii.gz"))
    written = make_report(wanted, labels, path, "a4", overwrite=False)
    assert written.lesions == 25 and written.pages <= 4
    if suffix == "pdf":
        words = " ".join(text_of(path))
        assert len(text_of(path)) == written.pages
    else:
        told = Told(path.read_text(encoding="utf-8"))
        assert len(told.pictures) == 1 + MOST_PICTURED
        words = " ".join(told.words)
    assert "And 16 smaller ones" in words
    found = words.split()
    for one in measured.lesions:
        assert one.name in found, one.name


def test_names_do_not_overlap_and_are_few(
    qapp: object, made: tuple[Volume, LabelMap], measured: CaseMeasures
) -> None:
    volume, labels = made
    picture = overview_picture(volume, labels.array, measured)
    assert "ids mark the largest lesions' centres" in picture.caption
    area, taken = QRectF(0, 0, 336, 240), [QRectF(0, 0, 80, 36)]
    heap = [(f"T{n}", QPointF(60 + n % 3, 30 + n % 2)) for n in range(1, 94)]
    found = placed(heap, 14, area, taken)
    assert [name for name, _room in found] == [f"T{n}" for n in range(1, len(found) + 1)]
    assert 5 <= len(found) <= names.MOST
    rooms = [room for _name, room in found] + taken
    assert not any(one.intersects(other) for one, other in combinations(rooms, 2))
    assert all(area.contains(room) for _name, room in found)
    ((_name, alone),) = placed([("T1", QPointF(200, 100))], 14, area)
    assert np.allclose((alone.center().x(), alone.center().y()), (200, 100))


def test_a_target_is_refused_before_anything_is_measured(
    qapp: object,
    made: tuple[Volume, LabelMap],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    volume, labels = made
    monkeypatch.setattr("kidview.ui.report.writing.measure_case", None)
    (tmp_path / "a.pdf").write_text("mine")
    wanted = Wanted(volume, "a", lambda _labels: ())
    with pytest.raises(WriteError, match="exists already"):
        make_report(wanted, labels, tmp_path / "a.pdf", "a4", overwrite=False)
