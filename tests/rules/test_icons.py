"""The icon's pictures are those its drawing gives."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kidview.cli.desktop import ICON_SIZES
from kidview.core.resources import asset


@pytest.mark.parametrize("size", ICON_SIZES)
def test_pictures_are_up_to_date(size: int, qapp: QApplication, root: Path) -> None:
    draw = runpy.run_path(str(root / "docs" / "make_icons.py"))["draw"]
    kept = QImage(str(asset(f"icons/{size}.png"))).convertToFormat(QImage.Format.Format_ARGB32)
    drawn = draw(size).convertToFormat(QImage.Format.Format_ARGB32)
    pair = [np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (kept, drawn)]
    assert pair[0].shape == pair[1].shape
    assert np.abs(pair[0] - pair[1]).mean() < 1.0, "run python docs/make_icons.py"
