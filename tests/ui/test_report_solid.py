"""The report's picture in 3D: drawn by another process, or left out and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from kidview.core.task import Task
from kidview.ui.opengl import SWITCH, probe_opengl
from kidview.ui.report import solid
from kidview.ui.report.solid import solid_picture
from kidview.ui.report.writing import NO_SOLID, Wanted, make_report
from tests.ui.report_stage import CYST, Told, scan_of
from tests.ui.stage import blue, orange


@pytest.mark.display
def test_the_kidneys_are_seen_from_the_front(qapp: object) -> None:
    if probe_opengl(Task()) is None:
        pytest.skip("this machine does not draw in 3D")
    volume, labels = scan_of(CYST)
    picture = solid_picture(labels.array, volume.geometry, Task())
    assert picture is not None
    image = QImage.fromData(picture.png()).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(np.int16)
    kidneys, tumour = (np.argwhere(one(pixels))[:, 1] for one in (blue, orange))
    middle = image.width() / 2
    assert kidneys.min() < 0.8 * middle < 1.2 * middle < kidneys.max()
    assert tumour.mean() > middle  # the left kidney's: at the right of who stands before one


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('short')"])
def test_a_process_that_cannot_draw_leaves_no_picture(
    code: str, qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text(code)
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(solid, "__name__", "broken")
    volume, labels = scan_of()
    assert solid_picture(labels.array, volume.geometry, Task()) is None


def test_without_opengl_the_report_says_so(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    volume, labels = scan_of()
    wanted = Wanted(volume, "made up", lambda _labels: ())
    make_report(wanted, labels, tmp_path / "a.html", "a4", overwrite=False)
    words = Told((tmp_path / "a.html").read_text(encoding="utf-8")).words
    assert f"{NO_SOLID[:1].upper()}{NO_SOLID[1:]}." in words
